import { writeU16 } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { GapBlocks } from "./gap-blocks.ts";

/** Offsets above the cumulative index to the blocks of a SACK. */
function encode(offsets: readonly number[]): { bytes: Uint8Array; count: number } {
  const sorted = [...new Set(offsets)].sort((a, b) => a - b);
  const blocks: [number, number][] = [];
  for (const offset of sorted) {
    const last = blocks.at(-1);
    if (last !== undefined && last[1] === offset - 1) last[1] = offset;
    else blocks.push([offset, offset]);
  }
  const bytes = new Uint8Array(4 * blocks.length);
  blocks.forEach(([start, end], i) => {
    writeU16(bytes, 4 * i, start);
    writeU16(bytes, 4 * i + 2, end);
  });
  return { bytes, count: blocks.length };
}

function walk(next: () => number): number[] {
  const seen: number[] = [];
  for (let index = next(); index > 0; index = next()) seen.push(index);
  return seen;
}

test("RFC 9260 §6.2.1: what is new, what is gone and what is missing, against sets", () => {
  const step = fc.record({ advance: fc.nat(5), offsets: fc.array(fc.integer({ min: 2, max: 40 }), { maxLength: 25 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const blocks = new GapBlocks();
      let cumulative = 0;
      let before = new Set<number>();
      for (const { advance, offsets } of steps) {
        cumulative += advance;
        const { bytes, count } = encode(offsets);
        expect(blocks.read(bytes, 0, count, cumulative)).toBe(true);
        const now = new Set(offsets.map((offset) => cumulative + offset));
        const highest = Math.max(0, ...now);
        const sort = (list: number[]) => list.sort((a, b) => a - b);
        expect(walk(() => blocks.nextReneged(cumulative))).toEqual(sort([...before].filter((i) => i > cumulative && !now.has(i))));
        expect(walk(() => blocks.nextNew(cumulative))).toEqual(sort([...now].filter((i) => !before.has(i))));
        const missing: number[] = [];
        for (let i = cumulative + 1; i < highest; i++) if (!now.has(i)) missing.push(i);
        expect(walk(() => blocks.nextMissing(cumulative))).toEqual(missing);
        blocks.commit();
        before = now;
      }
    }),
  );
});

test("RFC 9260 §3.3.4: blocks out of order, overlapping or upside down are refused", () => {
  const bad = (pairs: readonly [number, number][]) => {
    const bytes = new Uint8Array(4 * pairs.length);
    pairs.forEach(([start, end], i) => {
      writeU16(bytes, 4 * i, start);
      writeU16(bytes, 4 * i + 2, end);
    });
    return new GapBlocks().read(bytes, 0, pairs.length, 10);
  };
  expect(bad([[2, 3]])).toBe(true);
  expect(bad([[0, 3]])).toBe(false);
  expect(bad([[3, 2]])).toBe(false);
  expect(
    bad([
      [2, 5],
      [4, 6],
    ]),
  ).toBe(false);
  expect(
    bad([
      [8, 9],
      [2, 3],
    ]),
  ).toBe(false);
});
