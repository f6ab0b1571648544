import { expect, test } from "vitest";
import { SeenPackets } from "./seen-packets.ts";

test("RFC 3711 §3.3.2: each number once, in any order within the window, again after a whole cycle", () => {
  const seen = new SeenPackets();
  expect([5, 6, 5, 3, 4, 3].map((one) => seen.add(one))).toEqual([true, true, false, true, true, false]);
  for (let i = 7; i < 65_536; i++) expect(seen.add(i)).toBe(true);
  expect(seen.add(5)).toBe(true);
  expect(seen.add(65_000)).toBe(false);
});

test("RFC 3711 §3.3.2: what is too far behind counts as seen", () => {
  const seen = new SeenPackets();
  seen.add(10_000);
  expect(seen.add(10_000 - 2048)).toBe(false);
  expect(seen.add(10_000 - 2047)).toBe(true);
});
