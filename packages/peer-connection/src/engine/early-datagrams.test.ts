import { expect, test } from "vitest";
import { EarlyDatagrams } from "./early-datagrams.ts";

test("Protocol, laws 5 and 8: copies are kept, at most eight of them and 12,000 bytes, and handed out once", () => {
  const early = new EarlyDatagrams();
  const datagram = new Uint8Array(1400).fill(1);
  for (let i = 0; i < 8; i++) expect(early.keep(datagram)).toBe(true);
  expect(early.keep(Uint8Array.of(1))).toBe(false);
  datagram.fill(9);
  const kept = early.take();
  expect(kept.length).toBe(8);
  expect(kept.every((copy) => copy.length === 1400 && copy.every((byte) => byte === 1))).toBe(true);
  expect(early.take()).toEqual([]);
  expect(early.keep(new Uint8Array(12_000))).toBe(true);
  expect(early.keep(Uint8Array.of(1))).toBe(false);
});
