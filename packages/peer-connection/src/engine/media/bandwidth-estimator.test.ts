import type { PacketResult } from "@purertc/rtp";
import { expect, test } from "vitest";
import { BandwidthEstimator } from "./bandwidth-estimator.ts";

/** A bottleneck with a queue without end: what is sent at the estimate, and feedback every 100 ms. */
function run(capacity: number, seconds: number, sendAt: (estimate: number) => number, estimator: BandwidthEstimator): number[] {
  const history: number[] = [];
  let free = 0;
  let results: PacketResult[] = [];
  let next = 0;
  for (let now = 0; now < seconds * 1000; now += 1) {
    while (next <= now) {
      const octets = 1200;
      free = Math.max(free, next + 20) + (octets * 8000) / capacity;
      results.push({ sequenceNumber: 0, sentAt: next, octets, receivedAt: Math.round(free * 4) / 4 });
      next += (octets * 8000) / sendAt(estimator.bitsPerSecond);
    }
    if (now % 100 === 99) {
      const arrived = results.filter(({ receivedAt }) => receivedAt! + 20 <= now);
      results = results.filter(({ receivedAt }) => receivedAt! + 20 > now);
      estimator.feedback(now, arrived);
      history.push(estimator.bitsPerSecond);
    }
  }
  return history;
}

const options = { initial: 300_000, min: 50_000, max: 20_000_000 };

test("draft-ietf-rmcat-gcc-02 §5.5: a source that obeys settles near what the path carries", () => {
  const history = run(1_000_000, 60, (estimate) => estimate, new BandwidthEstimator(options));
  const late = history.slice(-200);
  const mean = late.reduce((sum, one) => sum + one, 0) / late.length;
  expect(mean).toBeGreaterThan(650_000);
  expect(mean).toBeLessThan(1_100_000);
});

test("draft-ietf-rmcat-gcc-02 §5.5: the estimate does not outgrow by much what a source sends", () => {
  const estimator = new BandwidthEstimator(options);
  run(5_000_000, 60, (estimate) => Math.min(estimate, 400_000), estimator);
  expect(estimator.bitsPerSecond).toBeLessThan(700_000);
  expect(estimator.bitsPerSecond).toBeGreaterThan(400_000);
});

test("draft-alvestrand-rmcat-remb-03 §2.4: REMB bounds the estimate while it is repeated", () => {
  const estimator = new BandwidthEstimator({ ...options, initial: 2_000_000 });
  expect(estimator.informed).toBe(false);
  estimator.receiverEstimate(0, 700_000);
  expect(estimator.bitsPerSecond).toBe(700_000);
  estimator.receiverEstimate(10, 1000);
  expect(estimator.bitsPerSecond).toBe(50_000);
  estimator.feedback(20_000, [{ sequenceNumber: 0, sentAt: 19_000, octets: 1200, receivedAt: 5 }]);
  expect(estimator.bitsPerSecond).toBeGreaterThan(1_000_000);
});

test("draft-ietf-rmcat-gcc-02 §6: losses above a tenth bring it down, once in a round trip; few losses let it be", () => {
  const estimator = new BandwidthEstimator({ ...options, initial: 1_000_000 });
  estimator.reportedLoss(1000, 0.2);
  estimator.reportedLoss(1050, 0.2);
  expect(estimator.bitsPerSecond).toBe(900_000);
  estimator.reportedLoss(2000, 0.05);
  expect(estimator.bitsPerSecond).toBe(900_000);
  estimator.reportedLoss(3000, 0);
  expect(estimator.bitsPerSecond).toBeCloseTo(945_000);
});
