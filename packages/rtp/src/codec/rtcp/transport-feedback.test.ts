import fc from "fast-check";
import { expect, test } from "vitest";
import { nackEntries, nackedSequenceNumbers } from "./transport-feedback.ts";

test("RFC 4585 §6.2.1: entries name exactly the lost packets, across the wrap", () => {
  const lost = fc.tuple(fc.nat(0xffff), fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 })).map(([first, gaps]) => {
    let at = first;
    return [first, ...gaps.map((gap) => (at = (at + gap) & 0xffff))];
  });
  fc.assert(
    fc.property(lost, (sequenceNumbers) => {
      expect(nackedSequenceNumbers(nackEntries(sequenceNumbers))).toEqual(sequenceNumbers);
    }),
  );
});

test("RFC 4585 §6.2.1: one entry covers 17 packets, and repeats cost nothing", () => {
  expect(nackEntries([])).toEqual([]);
  expect(nackEntries([0xfff8, 0xfff8, 0x0008])).toEqual([{ pid: 0xfff8, blp: 0x8000 }]);
  expect(nackEntries([0, 17])).toEqual([
    { pid: 0, blp: 0 },
    { pid: 17, blp: 0 },
  ]);
});
