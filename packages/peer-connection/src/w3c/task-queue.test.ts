import { expect, test } from "vitest";
import { type HostTasks, TaskQueue } from "./task-queue.ts";

const host = (): HostTasks => ({ queue: (task) => void setImmediate(task), waiting: 0 });

test("queue-a-task: in order, one a turn, with the microtasks of each before the next", async () => {
  const tasks = new TaskQueue(host());
  const log: string[] = [];
  const task = (name: string) => () => {
    log.push(name);
    queueMicrotask(() => queueMicrotask(() => log.push(`${name} microtask`)));
  };
  tasks.queue(task("a"));
  tasks.stage(task("b"));
  tasks.stage(task("c"));
  tasks.commit(false);
  expect(log).toEqual([]);
  await new Promise<void>((resolve) => tasks.queue(resolve));
  expect(log).toEqual(["a", "a microtask", "b", "b microtask", "c", "c microtask"]);
});

test("queue-a-task: inside a task the first staged one runs at once, unless others were waiting", async () => {
  const tasks = new TaskQueue(host());
  const log: string[] = [];
  tasks.stage(() => log.push("first"));
  tasks.stage(() => log.push("second"));
  tasks.commit(true);
  expect(log).toEqual(["first"]);
  tasks.stage(() => log.push("third"));
  tasks.commit(true);
  expect(log).toEqual(["first"]);
  await new Promise<void>((resolve) => tasks.queue(resolve));
  expect(log).toEqual(["first", "second", "third"]);
});

test("queue-a-task: a task of one connection does not overtake those that another one on the host queued before", async () => {
  const shared = host();
  const [one, other] = [new TaskQueue(shared), new TaskQueue(shared)];
  const log: string[] = [];
  one.queue(() => log.push("one"));
  other.stage(() => log.push("other"));
  other.commit(true);
  expect(log).toEqual([]);
  await new Promise<void>((resolve) => other.queue(resolve));
  expect(log).toEqual(["one", "other"]);
  expect(shared.waiting).toBe(0);
});
