import fc from "fast-check";
import { expect, test } from "vitest";
import { AudioDepacketizer } from "./audio.ts";
import { RedDepacketizer } from "./red.ts";
import { SequenceFollower } from "./sequence-follower.ts";
import { Vp8Depacketizer } from "./vp8.ts";

test("RFC 3550 §5.1: what is missing and what is late, round the end of the numbers", () => {
  const follower = new SequenceFollower();
  expect(follower.started).toBe(false);
  expect([65_534, 65_535, 0, 0, 65_535, 3, 1, 4, 32_771].map((sequenceNumber) => follower.follow(sequenceNumber))).toEqual([
    0, 0, 0, -1, -1, 2, -1, 0, 32_766,
  ]);
});

test("RFC 3550 §5.1: within 1000 packets nothing is taken for a new start, as an obvious model has it", () => {
  fc.assert(
    fc.property(fc.nat(0xffff), fc.array(fc.integer({ min: -999, max: 500 }), { maxLength: 60 }), (first, steps) => {
      const follower = new SequenceFollower();
      let last = 0;
      expect(follower.follow(first)).toBe(0);
      for (const step of steps) {
        expect(follower.follow((first + last + step) & 0xffff)).toBe(step > 0 ? step - 1 : -1);
        last += Math.max(0, step);
      }
    }),
  );
});

test("RFC 3550 A.1: from far behind, two in sequence are a new start; one, or two out of sequence, are late", () => {
  const follower = new SequenceFollower();
  const follow = (...numbers: number[]) => numbers.map((sequenceNumber) => follower.follow(sequenceNumber));
  expect(follow(5000, 4000, 5001, 4001, 3000, 3002, 5002)).toEqual([0, -1, 0, -1, -1, -1, 0]);
  expect(follow(4500, 4501, 4502, 5003)).toEqual([-1, -1, -1, 0]);
  expect(follow(3000, 3001, 3002, 3003)).toEqual([-1, 0x7fff, 0, 0]);
});

test("RFC 3550 A.1: depacketizers go on with a sender that started its numbers anew, and say that something is missing", () => {
  const vp8 = Uint8Array.of(0x10, 0, 1, 2);
  for (const [depacketizer, payload] of [
    [new AudioDepacketizer(), vp8],
    [new RedDepacketizer(), vp8],
    [new Vp8Depacketizer(), vp8],
  ] as const) {
    const frames: [number, boolean][] = [];
    for (const [i, sequenceNumber] of [50_000, 50_001, 30_000, 30_001, 30_002].entries()) {
      depacketizer.push({ sequenceNumber, timestamp: 960 * i, marker: true }, payload);
      for (let frame = depacketizer.poll(); frame !== undefined; frame = depacketizer.poll())
        frames.push([frame.timestamp / 960, frame.afterLoss]);
    }
    expect(frames).toEqual([
      [0, false],
      [1, false],
      [3, true],
      [4, false],
    ]);
  }
});
