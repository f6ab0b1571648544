import { expect, test } from "vitest";
import { RetransmissionTimeout } from "./rto.ts";

const options = { rtoInitialMs: 500, rtoMinMs: 100, rtoMaxMs: 4000 };

test("RFC 9260 §6.3.1 C1, C2, C3: initial value, first and later measurements", () => {
  const rto = new RetransmissionTimeout(options);
  expect(rto.currentMs).toBe(500);
  rto.measure(200);
  expect([rto.smoothedMs, rto.currentMs]).toEqual([200, 200 + 4 * 100]);
  rto.measure(280);
  // RTTVAR = 3/4 * 100 + 1/4 * 80 = 95, SRTT = 7/8 * 200 + 1/8 * 280 = 210
  expect([rto.smoothedMs, rto.currentMs]).toEqual([210, 210 + 4 * 95]);
});

test("RFC 9260 §6.3.1 C6, C7: bounded below and above", () => {
  const rto = new RetransmissionTimeout(options);
  rto.measure(0);
  expect(rto.currentMs).toBe(100);
  rto.measure(100_000);
  expect(rto.currentMs).toBe(4000);
});

test("RFC 9260 §6.3.3 E2: doubles up to RTO.Max, and a measurement ends that", () => {
  const rto = new RetransmissionTimeout(options);
  const seen = Array.from({ length: 5 }, () => {
    rto.backOff();
    return rto.currentMs;
  });
  expect(seen).toEqual([1000, 2000, 4000, 4000, 4000]);
  rto.measure(10);
  expect(rto.currentMs).toBe(100);
  rto.reset();
  expect([rto.smoothedMs, rto.currentMs]).toEqual([undefined, 500]);
});

test("RFC 9260 §6.3.3: new data that is acknowledged undoes the doubling, without a measurement", () => {
  const rto = new RetransmissionTimeout(options);
  rto.measure(100);
  const before = rto.currentMs;
  rto.backOff();
  rto.backOff();
  rto.settle();
  expect(rto.currentMs).toBe(before);
});
