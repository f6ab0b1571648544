import { expect, test } from "vitest";
import { CongestionControl } from "./congestion-control.ts";

const MTU = 1000;

function control(): CongestionControl {
  return new CongestionControl(MTU, 10);
}

test("RFC 9260 §7.2.1: slow start grows by what was acknowledged, only when the window was in use and the cumulative TSN moved", () => {
  const cc = control();
  expect(cc.cwnd).toBe(10_000);
  cc.onAcknowledged(2000, true, 10_000);
  expect(cc.cwnd).toBe(12_000);
  cc.onAcknowledged(2000, true, 5000);
  cc.onAcknowledged(2000, false, 12_000);
  expect(cc.cwnd).toBe(12_000);
});

test("RFC 9260 §7.2.4: fast recovery halves once, stops growth, and ends with its exit point", () => {
  const cc = control();
  expect(cc.onFastRetransmit(50)).toBe(true);
  expect([cc.cwnd, cc.ssthresh, cc.inFastRecovery]).toEqual([5000, 5000, true]);
  expect(cc.onFastRetransmit(60)).toBe(false);
  cc.onAcknowledged(2000, true, 5000);
  expect(cc.cwnd).toBe(5000);
  cc.onCumulativeTsn(49);
  expect(cc.inFastRecovery).toBe(true);
  cc.onCumulativeTsn(50);
  expect(cc.inFastRecovery).toBe(false);
});

test("RFC 9260 §7.2.2: congestion avoidance adds one packet for each window acknowledged", () => {
  const cc = control();
  cc.onFastRetransmit(1);
  cc.onCumulativeTsn(1);
  cc.onAcknowledged(1000, true, 5000); // cwnd <= ssthresh: slow start
  expect(cc.cwnd).toBe(6000);
  for (let acknowledged = 0; acknowledged < 5000; acknowledged += 1000) cc.onAcknowledged(1000, true, 6000);
  expect(cc.cwnd).toBe(6000);
  cc.onAcknowledged(1000, true, 6000);
  expect(cc.cwnd).toBe(7000);
});

test("RFC 9260 §7.2.3: a timeout leaves one packet, and ssthresh is at least four", () => {
  const cc = control();
  cc.onTimeout();
  expect([cc.cwnd, cc.ssthresh]).toEqual([1000, 5000]);
  cc.onTimeout();
  expect([cc.cwnd, cc.ssthresh]).toEqual([1000, 4000]);
});

test("RFC 9260 §7.2.1: idleness never raises the window and decays it to the initial one", () => {
  const cc = control();
  for (let i = 0; i < 30; i++) cc.onAcknowledged(2000, true, cc.cwnd);
  const before = cc.cwnd;
  cc.onIdle();
  expect(cc.cwnd).toBe(before / 2);
  for (let i = 0; i < 10; i++) cc.onIdle();
  expect(cc.cwnd).toBe(10_000);
  cc.onTimeout();
  cc.onIdle();
  expect(cc.cwnd).toBe(1000);
});
