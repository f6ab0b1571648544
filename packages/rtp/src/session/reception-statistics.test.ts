import fc from "fast-check";
import { expect, test } from "vitest";
import { ReceptionStatistics } from "./reception-statistics.ts";

const fresh = () => new ReceptionStatistics({ ssrc: 7, clockRate: 8000 });
/** Receives packets of 20 ms, on time. */
function receiveAll(statistics: ReceptionStatistics, sequenceNumbers: readonly number[]): string[] {
  return sequenceNumbers.map((sequenceNumber, i) => statistics.receive(i * 20, sequenceNumber & 0xffff, i * 160, 100));
}

test("RFC 3550 A.1: two packets in a row make a source valid", () => {
  const statistics = fresh();
  expect(receiveAll(statistics, [9, 20, 30, 31, 32])).toEqual(["probation", "probation", "probation", "in-order", "in-order"]);
  expect([statistics.valid, statistics.packetsReceived, statistics.packetsExpected]).toEqual([true, 2, 2]);
  expect([fresh().valid, fresh().packetsExpected, fresh().packetsLost]).toEqual([false, 0, 0]);
});

test("RFC 3550 A.1: reordered packets and repeats count, a wrap is a cycle", () => {
  const statistics = fresh();
  expect(receiveAll(statistics, [65533, 65534, 65535, 1, 0, 1, 65530])).toEqual([
    "probation",
    "in-order",
    "in-order",
    "in-order",
    "late",
    "late",
    "late",
  ]);
  expect(statistics.extendedHighestSequenceNumber).toBe(0x1_0001);
  expect([statistics.packetsExpected, statistics.packetsReceived, statistics.packetsLost]).toEqual([4, 6, -2]);
  expect(statistics.octetsReceived).toBe(600);
});

test("RFC 3550 A.1: one stray is dropped, two in a row are a restart", () => {
  const statistics = fresh();
  expect(receiveAll(statistics, [1, 2, 3, 20_000, 4, 30_000, 30_001, 30_002])).toEqual([
    "probation",
    "in-order",
    "in-order",
    "stray",
    "in-order",
    "stray",
    "restarted",
    "in-order",
  ]);
  expect(statistics.packetsReceived).toBe(2);
  expect(receiveAll(fresh(), [1, 2, 2 + 2999])).toEqual(["probation", "in-order", "in-order"]);
  expect(receiveAll(fresh(), [1, 2, 2 + 3000])).toEqual(["probation", "in-order", "stray"]);
  expect(receiveAll(fresh(), [1, 2, 2 - 99])).toEqual(["probation", "in-order", "late"]);
  expect(receiveAll(fresh(), [1, 2, 2 - 100])).toEqual(["probation", "in-order", "stray"]);
});

test("RFC 3550 A.3: losses, over all and since the last report", () => {
  const statistics = fresh();
  receiveAll(statistics, [0, 1, 2, 3, 4, 6, 8]);
  expect(statistics.reportBlock(0)).toMatchObject({ ssrc: 7, cumulativeLost: 2, fractionLost: 64, extendedHighestSequenceNumber: 8 });
  receiveAll(statistics, [9, 10]);
  expect(statistics.reportBlock(0)).toMatchObject({ cumulativeLost: 2, fractionLost: 0 });
  receiveAll(statistics, [5, 7, 7, 7]);
  expect(statistics.reportBlock(0)).toMatchObject({ cumulativeLost: -2, fractionLost: 0 });
});

test("RFC 3550 A.3: lost is expected less received, in any order", () => {
  fc.assert(
    fc.property(fc.nat(0xffff), fc.array(fc.integer({ min: 2, max: 60 }), { maxLength: 60 }), (first, offsets) => {
      const statistics = fresh();
      receiveAll(statistics, [first, first + 1, ...offsets.map((offset) => first + offset)]);
      expect(statistics.packetsLost).toBe(Math.max(1, ...offsets) - (1 + offsets.length));
    }),
  );
});

test("RFC 3550 A.8: jitter is a sixteenth of each difference of transit times", () => {
  const statistics = fresh();
  statistics.receive(0, 1, 0, 1);
  statistics.receive(20, 2, 160, 1);
  statistics.receive(60, 3, 320, 1); // 20 ms late: 160 ticks
  expect(statistics.jitter).toBe(10);
  statistics.receive(80, 4, 480, 1);
  expect(statistics.jitter).toBe(9);
  const steady = fresh();
  for (let i = 0; i < 100; i++) steady.receive(i * 20 + 5, i, (0xffff_ff00 + i * 160) >>> 0, 1); // wraps
  expect(steady.jitter).toBe(0);
});

test("RFC 3550 §6.4.1: LSR and DLSR", () => {
  const statistics = fresh();
  expect(statistics.reportBlock(5000)).toMatchObject({ lastSenderReport: 0, delaySinceLastSenderReport: 0 });
  statistics.senderReport(1000, {
    type: "SR",
    ssrc: 7,
    ntpTimestamp: 0x1111_2222_3333_4444n,
    rtpTimestamp: 0,
    packetCount: 0,
    octetCount: 0,
    reports: [],
  });
  expect(statistics.reportBlock(2500)).toMatchObject({ lastSenderReport: 0x2222_3333, delaySinceLastSenderReport: 98_304 });
});
