import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Queue } from "./queue.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

interface Model {
  items: number[];
}

/** One command: what it does to the queue and to a plain array, which must agree. */
class Operation implements fc.Command<Model, Queue<number>> {
  readonly #name: string;
  readonly #run: (model: Model, queue: Queue<number>) => void;

  constructor(name: string, run: (model: Model, queue: Queue<number>) => void) {
    this.#name = name;
    this.#run = run;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, queue: Queue<number>): void {
    this.#run(model, queue);
    expect(queue.length).toBe(model.items.length);
    expect(queue.peek()).toBe(model.items[0]);
  }

  toString(): string {
    return this.#name;
  }
}

const operations = [
  fc.integer().map(
    (value) =>
      new Operation(`push(${value})`, (model, queue) => {
        model.items.push(value);
        queue.push(value);
      }),
  ),
  fc.integer().map(
    (value) =>
      new Operation(`unshift(${value})`, (model, queue) => {
        model.items.unshift(value);
        queue.unshift(value);
      }),
  ),
  fc.constant(new Operation("shift", (model, queue) => expect(queue.shift()).toBe(model.items.shift()))),
  fc
    .integer({ min: -2, max: 40 })
    .map(
      (index) => new Operation(`at(${index})`, (model, queue) => expect(queue.at(index)).toBe(index < 0 ? undefined : model.items[index])),
    ),
  fc.constant(
    new Operation("clear", (model, queue) => {
      model.items = [];
      queue.clear();
    }),
  ),
];

test("behaves as an array does, through growth and wrap-around", () => {
  // Three pushes for one of each other kind: queues that get long enough to grow.
  const commands = fc.commands([operations[0]!, operations[0]!, operations[0]!, ...operations], { maxCommands: 200 });
  fc.assert(fc.property(commands, (list) => fc.modelRun(() => ({ model: { items: [] }, real: new Queue<number>() }), list)));
});

test("a queue that stays short works for ever", () => {
  const queue = new Queue<number>();
  let mistakes = 0;
  for (let i = 0; i < 100_000; i++) {
    queue.push(i);
    if (queue.shift() !== i) mistakes += 1;
  }
  expect(mistakes).toBe(0);
  expect(queue.shift()).toBeUndefined();
});

test("undefined is an item as any other", () => {
  const queue = new Queue<string | undefined>();
  queue.push(undefined);
  queue.push("x");
  expect(queue.length).toBe(2);
  expect(queue.shift()).toBeUndefined();
  expect(queue.shift()).toBe("x");
  expect(queue.length).toBe(0);
});

test("what was shifted is let go of", async () => {
  const queue = new Queue<object>();
  const references = [{}, {}, {}].map((item) => {
    queue.push(item);
    return new WeakRef(item);
  });
  queue.shift();
  queue.shift();
  await new Promise((resolve) => setImmediate(resolve)); // a WeakRef holds its target until the task ends
  collectGarbage();
  expect(references.map((reference) => reference.deref() !== undefined)).toEqual([false, false, true]);
  expect(queue.length).toBe(1);
});
