import fc from "fast-check";
import { expect, test } from "vitest";
import { SequenceMapper } from "./sequence-mapper.ts";

test("RFC 3550 §5.1: numbers follow each other from one source to the next, across the wrap", () => {
  const mapper = new SequenceMapper(65_534);
  mapper.restart(100);
  expect([100, 101, 102].map((one) => mapper.map(one))).toEqual([65_534, 65_535, 0]);
  mapper.restart(40_000);
  expect([40_000, 40_001].map((one) => mapper.map(one))).toEqual([1, 2]);
  expect(mapper.next()).toBe(3);
  mapper.restart(7);
  expect(mapper.map(7)).toBe(4);
});

test("RFC 3550 §5.1: what comes late gets the number it would have had, also across a change; of a source before, none", () => {
  const mapper = new SequenceMapper(0);
  mapper.restart(10);
  expect(mapper.map(10)).toBe(0);
  expect(mapper.map(13)).toBe(3);
  mapper.skip(14);
  expect(mapper.map(15)).toBe(4);
  expect(mapper.map(11)).toBe(1);
  expect(mapper.map(14)).toBe(-1); // it was left out: a repetition of it is too
  mapper.restart(500);
  expect(mapper.map(500)).toBe(5);
  expect(mapper.map(499)).toBe(-1);
});

test("RFC 3550 §5.1: whatever is left out and lost, no two packets get one number, and without losses there is no gap", () => {
  const step = fc.constantFrom("send", "skip", "lose");
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65_535 }), fc.array(step, { maxLength: 200 }), (first, steps) => {
      const mapper = new SequenceMapper(first);
      mapper.restart(1000);
      const given: number[] = [];
      let lost = 0;
      for (const [i, what] of steps.entries()) {
        if (what === "send") given.push((mapper.map(1000 + i) - first) & 0xffff);
        else if (what === "skip") mapper.skip(1000 + i);
        else lost++;
      }
      expect(new Set(given).size).toBe(given.length);
      expect(given).toEqual(given.toSorted((a, b) => a - b));
      if (lost === 0) expect(given).toEqual(given.map((_, i) => i));
    }),
  );
});
