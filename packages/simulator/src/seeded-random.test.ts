import { randomBelow } from "@purertc/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "./seeded-random.ts";

test("the same seed gives the same stream, on every machine and for ever", () => {
  const random = seededRandom(1);
  // A change here changes every simulation of every test.
  expect([random.integer(0, 999), random.integer(0, 999), random.integer(0, 999)]).toEqual([543, 879, 249]);
  expect(seededRandom("1").next()).toBe(seededRandom(1).next());
  expect(seededRandom(1).next()).not.toBe(seededRandom(2).next());
});

test("next() is uniform over [0, 1)", () => {
  const random = seededRandom("uniform");
  const buckets = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) buckets[Math.floor(random.next() * 10)]! += 1;
  for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});

test("integer() covers its range, both ends included", () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(0xffff_ffff), fc.string(), (low, span, seed) => {
      const value = seededRandom(seed).integer(low, low + span);
      expect(value).toBeGreaterThanOrEqual(low);
      expect(value).toBeLessThanOrEqual(low + span);
      expect(Number.isInteger(value)).toBe(true);
    }),
  );
  const random = seededRandom(5);
  expect(new Set(Array.from({ length: 100 }, () => random.integer(-1, 1)))).toEqual(new Set([-1, 0, 1]));
  expect(random.integer(7, 7)).toBe(7);
  for (const [low, high] of [
    [2, 1],
    [0.5, 1],
    [0, 2 ** 32],
  ] as const)
    expect(() => random.integer(low, high)).toThrow(RangeError);
});

test("chance() draws once in every case, and never surprises at 0 and 1", () => {
  const [a, b] = [seededRandom(3), seededRandom(3)];
  for (let i = 0; i < 100; i++) {
    expect(a.chance(0)).toBe(false);
    expect(b.chance(1)).toBe(true);
  }
  expect(a.next()).toBe(b.next());
});

test("fork() depends on the seed and the name, not on what was drawn", () => {
  const used = seededRandom(9);
  used.bytes(1000);
  expect(used.fork("x").next()).toBe(seededRandom(9).fork("x").next());
  expect(used.fork("x").next()).not.toBe(used.fork("y").next());
  expect(used.fork("x").next()).not.toBe(seededRandom(8).fork("x").next());
});

test("fill() fills arrays of every length, and is a RandomSource", () => {
  for (let length = 0; length < 20; length++) {
    const bytes = seededRandom(`length ${length}`).bytes(length);
    expect(bytes.length).toBe(length);
    if (length >= 8) expect(bytes.some((byte) => byte !== 0)).toBe(true);
  }
  const counts = new Array<number>(256).fill(0);
  for (const byte of seededRandom("bytes").bytes(256_000)) counts[byte]! += 1;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(200);
  expect(randomBelow(seededRandom(1), 10)).toBeLessThan(10);
});

test("pick() refuses an empty list", () => {
  expect(seededRandom(1).pick(["only"])).toBe("only");
  expect(() => seededRandom(1).pick([])).toThrow(RangeError);
});
