import { expect, test } from "vitest";
import { ReadableQueue } from "./readable-queue.ts";

function queue(maxChunks: number, maxOctets: number): { queue: ReadableQueue<string>; log: string[] } {
  const log: string[] = [];
  const created = new ReadableQueue<string>({
    maxChunks,
    maxOctets,
    onRead: () => log.push("read"),
    onCancel: () => log.push("cancel"),
  });
  return { queue: created, log };
}

test("ReadableQueue: room by number and by octets; one chunk always fits", () => {
  const { queue: bounded } = queue(3, 100);
  expect(bounded.hasRoom(1000)).toBe(true);
  bounded.push("a", 60);
  expect([bounded.hasRoom(40), bounded.hasRoom(41)]).toEqual([true, false]);
  bounded.push("b", 10);
  bounded.push("c", 10);
  expect(bounded.hasRoom(0)).toBe(false);
  bounded.dropOldest();
  expect([bounded.length, bounded.hasRoom(80), bounded.hasRoom(81)]).toEqual([2, true, false]);
});

test("ReadableQueue: gives nothing before it is read, all that waits after the end, and then closes", async () => {
  const { queue: ending, log } = queue(10, 100);
  ending.push("a", 1);
  ending.push("b", 1);
  ending.end();
  ending.push("late", 1);
  await Promise.resolve();
  expect([ending.length, log]).toEqual([2, []]);
  const chunks: string[] = [];
  for await (const chunk of ending.readable) chunks.push(chunk);
  expect([chunks, log]).toEqual([["a", "b"], ["read"]]);
});

test("ReadableQueue: a read that waits gets the next chunk, or the end; cancelling forgets what waits", async () => {
  const { queue: live } = queue(10, 100);
  const reader = live.readable.getReader();
  const [first, second] = [reader.read(), reader.read()];
  live.push("a", 1);
  expect(await first).toEqual({ value: "a", done: false });
  live.end();
  expect(await second).toEqual({ value: undefined, done: true });
  const { queue: cancelled, log } = queue(10, 100);
  cancelled.push("a", 1);
  await cancelled.readable.cancel();
  cancelled.push("b", 1);
  expect([cancelled.length, log]).toEqual([0, ["cancel"]]);
});
