import { transportAddress } from "@purertc/core";
import { expect, test } from "vitest";
import { Trace } from "./trace.ts";

const a = transportAddress("192.0.2.1", 1)!;
const b = transportAddress("192.0.2.2", 1)!;
const c = transportAddress("2001:db8::1", 1)!;

test("the hash covers time, direction, both addresses, bytes and order", () => {
  const hashOf = (...calls: readonly Parameters<Trace["add"]>[]): string => {
    const trace = new Trace(false);
    for (const call of calls) trace.add(...call);
    expect(trace.count).toBe(calls.length);
    return trace.hash;
  };
  const bytes = Uint8Array.of(1, 2, 3);
  const all = [
    hashOf(),
    hashOf(["sent", 5, a, b, bytes]),
    hashOf(["received", 5, a, b, bytes]),
    hashOf(["sent", 5.001, a, b, bytes]),
    hashOf(["sent", 5, c, b, bytes]),
    hashOf(["sent", 5, a, c, bytes]),
    hashOf(["sent", 5, a, b, Uint8Array.of(1, 2, 4)]),
    hashOf(["sent", 5, a, b, Uint8Array.of(1, 2, 3, 0)]),
    hashOf(["sent", 5, a, b, bytes], ["sent", 5, b, a, bytes]),
    hashOf(["sent", 5, b, a, bytes], ["sent", 5, a, b, bytes]),
  ];
  expect(new Set(all).size).toBe(all.length);
  for (const hash of all) expect(hash).toMatch(/^[0-9a-f]{16}$/);
  expect(hashOf(["sent", 5, { ...a }, b, bytes])).toBe(all[1]); // equal addresses, not the same object
});

test("keeps copies of what was sent, when asked to", () => {
  const bytes = Uint8Array.of(7);
  const [keeping, forgetting] = [new Trace(true), new Trace(false)];
  for (const trace of [keeping, forgetting]) {
    trace.add("sent", 1, a, b, bytes);
    trace.add("received", 2, a, b, bytes);
  }
  bytes.fill(0);
  expect(keeping.sent).toEqual([{ timestampMs: 1, source: a, destination: b, payload: Uint8Array.of(7) }]);
  expect(forgetting.sent).toEqual([]);
});
