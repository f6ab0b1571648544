import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type FrameTimes, Timeline } from "./timeline.ts";

const at = (timestamp: number, arrivedAt: number, capturedAt?: number): FrameTimes => ({
  timestamp: timestamp >>> 0,
  arrivedAt,
  capturedAt,
});

test("RFC 3550 §6.4.1: capture times relate tracks that arrive with different delays", () => {
  const timeline = new Timeline([48_000, 90_000]);
  // Video was captured 40 ms after audio, and arrives 300 ms late.
  timeline.begin([at(7, 1000, 5000), at(9, 1340, 5040)]);
  expect(timeline.time(0, at(7, 1000, 5000))).toBe(0);
  expect(timeline.time(1, at(9, 1340, 5040))).toBe(40);
  expect(timeline.time(0, at(7 + 960, 1020, 5020))).toBe(20);
  expect(timeline.time(1, at(9 + 3000, 1373, 5073))).toBeCloseTo(73, 1);
});

test("without capture times, arrival relates them", () => {
  const timeline = new Timeline([48_000, 90_000]);
  timeline.begin([at(0, 1500), at(0, 1000)]);
  expect(timeline.time(1, at(0, 1000))).toBe(0);
  expect(timeline.time(0, at(0, 1500))).toBe(500);
});

test("capture times that come late move a track gently to where it belongs", () => {
  const timeline = new Timeline([48_000, 90_000]);
  timeline.begin([at(0, 1000), at(0, 1200)]); // in truth captured together
  let [last, steps] = [0, 0];
  for (let frame = 0; frame < 200; frame++) {
    timeline.time(0, at(frame * 1600, 1000 + frame * 33.33, 5000 + frame * 33.33));
    const time = timeline.time(1, at(frame * 3000, 1200 + frame * 33.33, 5000 + frame * 33.33));
    if (frame > 0) steps = Math.max(steps, Math.abs(time - last - 33.33));
    last = time;
  }
  expect(Math.abs(last - 199 * 33.33)).toBeLessThan(1);
  expect(steps).toBeLessThan(5);
});

test("RFC 3550 §5.1: timestamps wrap around, and packets may be a little out of order", () => {
  const start = 0xffff_fff0;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -2000, max: 90_000 }), { maxLength: 50 }), (deltas) => {
      const timeline = new Timeline([90_000]);
      timeline.begin([at(start, 0)]);
      timeline.time(0, at(start, 0));
      let ticks = 0;
      for (const delta of deltas) {
        ticks += delta;
        expect(timeline.time(0, at(start + ticks, ticks / 90))).toBeCloseTo(ticks / 90, 5);
      }
    }),
  );
});

test("timestamps that start anew do not make a hole: the clock says how long it was", () => {
  const timeline = new Timeline([90_000]);
  timeline.begin([at(1000, 0)]);
  timeline.time(0, at(1000, 0));
  expect(timeline.time(0, at(0x7000_0000, 50))).toBe(50);
  expect(timeline.time(0, at(0x7000_0000 + 3000, 83))).toBeCloseTo(83.33, 1);
});

test("a pause of the sender is a pause", () => {
  const timeline = new Timeline([48_000]);
  timeline.begin([at(0, 0)]);
  timeline.time(0, at(0, 0));
  expect(timeline.time(0, at(480_000, 10_000))).toBe(10_000);
});

test("timestamps that hurry on, each by less than a jump, do not make hours of seconds", () => {
  const timeline = new Timeline([48_000]);
  timeline.begin([at(0, 0)]);
  let last = 0;
  for (let packet = 0; packet < 1000; packet++) last = timeline.time(0, at(packet * 2.9 * 48_000, packet * 20));
  expect(last).toBeLessThan(1000 * 20 + 2 * 3000 + 1000);
});

test("a sender whose clock is fast by a thousandth is followed for hours", () => {
  const timeline = new Timeline([48_000]);
  timeline.begin([at(0, 0)]);
  let last = 0;
  for (let second = 0; second < 10 * 3600; second++) last = timeline.time(0, at(second * 48_048, second * 1000));
  expect(last).toBeCloseTo((10 * 3600 - 1) * 1001, 0);
});
