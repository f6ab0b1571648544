import { transportAddress } from "@purertc/core";
import { expect, test } from "vitest";
import { RequestMemory } from "./request-memory.ts";

const local = transportAddress("192.0.2.1", 1)!;
const path = (port: number) => ({ local, remote: transportAddress("192.0.2.2", port)! });
const id = (n: number) => Uint8Array.from({ length: 12 }, (_, i) => (i === 0 ? n >> 8 : n & 255));

test("RFC 8489 §16.1.3: the same request over the same path is a retransmission, over another a replay; memory is bounded", () => {
  const memory = new RequestMemory();
  expect(memory.isElsewhere(id(1), path(1))).toBe(false);
  expect(memory.isElsewhere(id(1), path(1))).toBe(false);
  expect(memory.isElsewhere(id(1), path(2))).toBe(true);
  for (let i = 2; i <= 256; i++) memory.isElsewhere(id(i), path(1));
  expect(memory.isElsewhere(id(1), path(2))).toBe(true);
  memory.isElsewhere(id(257), path(1));
  expect(memory.isElsewhere(id(1), path(2))).toBe(false); // forgotten
});
