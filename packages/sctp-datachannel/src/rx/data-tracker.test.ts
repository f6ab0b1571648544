import { Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseChunk } from "../codec/chunks/chunk.ts";
import type { SackChunk } from "../codec/chunks/sack.ts";
import { DataTracker } from "./data-tracker.ts";

function sack(tracker: DataTracker, room = 1100): SackChunk {
  const out = new Uint8Array(room);
  const end = tracker.writeSack(out, 0, room, 5000);
  const chunk = parseChunk(out.subarray(0, end), 0);
  if (chunk instanceof Malformed || chunk.type !== "SACK") throw new Error("no SACK");
  return chunk;
}

/** TSNs that wrap after a few. */
const INITIAL = 0xffff_fff0;

type Step =
  | { readonly type: "data"; readonly offset: number }
  | { readonly type: "skip"; readonly offset: number }
  | { readonly type: "sack" };

test("RFC 9260 §6.2: model of the tracker, across the wrap of TSNs", () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 8, arbitrary: fc.record({ type: fc.constant("data"), offset: fc.integer({ min: -3, max: 20 }) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("skip"), offset: fc.integer({ min: 0, max: 10 }) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("sack") }) },
  ) as fc.Arbitrary<Step>;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const tracker = new DataTracker(INITIAL);
      const have = new Set<number>();
      let cumulative = 0;
      let duplicates: number[] = [];
      const advance = () => {
        while (have.has(cumulative + 1)) cumulative += 1;
      };
      for (const one of steps) {
        if (one.type === "data") {
          const index = Math.max(1, cumulative + one.offset);
          expect(tracker.indexOf((INITIAL + index - 1) >>> 0)).toBe(index);
          const kind = index <= cumulative || have.has(index) ? "duplicate" : index === cumulative + 1 ? "next" : "ahead";
          expect(tracker.kindOf(index)).toBe(kind);
          if (kind === "duplicate") {
            tracker.recordDuplicate(index);
            duplicates.push((INITIAL + index - 1) >>> 0);
          } else {
            tracker.record(index);
            have.add(index);
            advance();
          }
        } else if (one.type === "skip") {
          tracker.skipTo(cumulative + one.offset);
          cumulative += one.offset;
          advance();
        } else {
          const chunk = sack(tracker);
          const covered = new Set<number>();
          let end = 0;
          for (const block of chunk.gapAckBlocks) {
            expect(block.start).toBeGreaterThan(end + 1);
            for (let i = block.start; i <= block.end; i++) covered.add(cumulative + i);
            end = block.end;
          }
          expect(covered).toEqual(new Set([...have].filter((index) => index > cumulative)));
          expect(chunk.duplicateTsns).toEqual(duplicates.slice(0, 32));
          tracker.sackSent();
          duplicates = [];
        }
        expect(tracker.cumulative).toBe(cumulative);
        expect(tracker.cumulativeTsn).toBe((INITIAL - 1 + cumulative) >>> 0);
      }
    }),
    { numRuns: 300 },
  );
});

test("RFC 9260 §6.2: one packet waits for the delay, the second is acknowledged at once", () => {
  const tracker = new DataTracker(1);
  tracker.record(1);
  tracker.endOfDataPacket(false);
  expect([tracker.hasUnreported, tracker.sackDue]).toEqual([true, false]);
  tracker.record(2);
  tracker.endOfDataPacket(false);
  expect(tracker.sackDue).toBe(true);
  tracker.sackSent();
  expect([tracker.hasUnreported, tracker.sackDue]).toEqual([false, false]);
});

test("RFC 9260 §6.2, §6.7: a gap, its end and a duplicate are reported at once", () => {
  const tracker = new DataTracker(1);
  tracker.record(3);
  expect(tracker.sackDue).toBe(true);
  tracker.sackSent();
  tracker.record(1);
  tracker.record(2);
  expect(tracker.sackDue).toBe(true);
  tracker.sackSent();
  tracker.recordDuplicate(2);
  expect(tracker.sackDue).toBe(true);
});

test("RFC 9260 §6.5: as many gap ack blocks as fit, never more", () => {
  const tracker = new DataTracker(1);
  for (let index = 3; index < 200; index += 2) tracker.record(index);
  expect(sack(tracker, 100).gapAckBlocks.length).toBe(21);
  expect(tracker.writeSack(new Uint8Array(15), 0, 15, 0)).toBe(0);
});

test("runs and reach are bounded: what cannot be remembered is as if lost", () => {
  const tracker = new DataTracker(1);
  expect(tracker.kindOf(0xffff)).toBe("ahead");
  expect(tracker.kindOf(0x1_0000)).toBe("beyond");
  for (let run = 0; run < 1024; run++) tracker.record(3 + 2 * run);
  expect(tracker.kindOf(5000)).toBe("beyond");
  expect(tracker.kindOf(4)).toBe("ahead");
});

test("RFC 9260 §3.3.4: a flood of duplicates is remembered up to 32", () => {
  const tracker = new DataTracker(1);
  tracker.record(1);
  for (let i = 0; i < 100; i++) tracker.recordDuplicate(1);
  expect(sack(tracker).duplicateTsns.length).toBe(32);
});
