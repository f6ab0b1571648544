import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FairQueue, type FairWork } from "./fair-queue.ts";

/** A queue whose turns are taken by hand. */
function manual(options: { maxPerSource?: number; maxTotal?: number } = {}): { queue: FairQueue; turn: () => boolean } {
  const turns: (() => void)[] = [];
  const queue = new FairQueue({ maxPerSource: 1000, maxTotal: 10_000, ...options, defer: (callback) => turns.push(callback) });
  return {
    queue,
    turn: () => {
      const next = turns.shift();
      next?.();
      return next !== undefined;
    },
  };
}

const once = (callback: () => void): FairWork => ({
  run: () => {
    callback();
    return false;
  },
});

test("a flooding peer slows nobody else: a single message waits for one of the flooder's", () => {
  const { queue, turn } = manual();
  const order: string[] = [];
  for (let i = 0; i < 500; i++)
    queue.offer(
      "flooder",
      1,
      once(() => order.push("flooder")),
    );
  queue.offer(
    "other",
    1,
    once(() => order.push("other")),
  );
  turn();
  expect(order.indexOf("other")).toBeLessThanOrEqual(1);
});

test("a connection with a thousand messages behind another takes turns as well", () => {
  const { queue, turn } = manual();
  const order: string[] = [];
  let left = 500;
  queue.add("flooder", 1, {
    run: () => {
      order.push("flooder");
      left -= 1;
      return left > 0;
    },
  });
  queue.offer(
    "other",
    1,
    once(() => order.push("other")),
  );
  turn();
  expect(order.indexOf("other")).toBeLessThanOrEqual(1);
});

test("a turn is short, so that sockets are read in between", () => {
  const { queue, turn } = manual();
  let ran = 0;
  for (let i = 0; i < 500; i++)
    queue.offer(
      "one",
      1,
      once(() => ran++),
    );
  turn();
  expect(ran).toBeLessThanOrEqual(64);
  while (turn());
  expect([ran, queue.length]).toEqual([500, 0]);
});

test("what waits is bounded, by source and in all", () => {
  const { queue } = manual({ maxPerSource: 3, maxTotal: 5 });
  const offers = ["a", "a", "a", "a", "b", "b", "b"].map((source) =>
    queue.offer(
      source,
      1,
      once(() => {}),
    ),
  );
  expect(offers).toEqual([undefined, undefined, undefined, "refused", undefined, undefined, "refused"]);
  expect(queue.length).toBe(5);
});

test("of one address, the port that floods waits for its own, and what it has filled makes room for others", () => {
  const { queue, turn } = manual({ maxPerSource: 100 });
  const order: number[] = [];
  const offer = (port: number): string | undefined =>
    queue.offer(
      "nat",
      port,
      once(() => order.push(port)),
    );
  for (let i = 0; i < 200; i++) offer(4000);
  expect([offer(4000), queue.length]).toEqual(["refused", 100]);
  expect([offer(5001), offer(5002), offer(5001), queue.length]).toEqual(["displaced", "displaced", "displaced", 100]);
  turn();
  expect(order.slice(0, 6)).toEqual([4000, 5001, 5002, 4000, 5001, 4000]);
  while (turn());
  expect([order.length, queue.length]).toEqual([100, 0]);
});

test("a flooder that uses many ports gets no more than the bound, and nothing is lost track of", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(200)), { maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (items, maxPerSource) => {
      const { queue, turn } = manual({ maxPerSource });
      let served = 0;
      let lost = 0;
      let added = 0;
      for (const [source, port] of items) {
        const work = once(() => {
          served += 1;
          if (served % 7 !== 0) return;
          added += 1;
          queue.add(
            String(source),
            port,
            once(() => {
              served += 1;
            }),
          );
        });
        if (queue.offer(String(source), port, work) !== undefined) lost += 1;
        if (port % 5 === 0) turn();
      }
      while (turn());
      expect(served).toBe(items.length - lost + added);
      expect(queue.length).toBe(0);
    }),
  );
});

test("work that throws takes nobody's turn away", () => {
  const { queue, turn } = manual();
  const order: string[] = [];
  queue.offer(
    "a",
    1,
    once(() => {
      throw new Error("the owner's mistake");
    }),
  );
  queue.offer(
    "a",
    1,
    once(() => order.push("a")),
  );
  queue.offer(
    "b",
    1,
    once(() => order.push("b")),
  );
  expect(() => turn()).toThrow("the owner's mistake");
  while (turn());
  expect(order.sort()).toEqual(["a", "b"]);
});

test("everything is served once, in its source's order, and nothing after the end", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(5)), { maxLength: 200 }), (items) => {
      const { queue, turn } = manual();
      const served: string[] = [];
      items.forEach(([source], i) => {
        queue.offer(
          source,
          1,
          once(() => served.push(`${source} ${i}`)),
        );
      });
      while (turn());
      for (const source of ["a", "b", "c"]) {
        expect(served.filter((each) => each.startsWith(source))).toEqual(
          items.flatMap(([each], i) => (each === source ? [`${source} ${i}`] : [])),
        );
      }
      queue.offer(
        "a",
        1,
        once(() => served.push("late")),
      );
      queue.close();
      while (turn());
      expect(served).not.toContain("late");
      expect(queue.length).toBe(0);
    }),
  );
});
