import { seededRandom } from "@purertc/simulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRtcp, type TransportFeedback, writeRtcp } from "../codec/rtcp/index.ts";
import { TransportCcReceiver } from "./transport-cc-receiver.ts";
import { TransportCcSender } from "./transport-cc-sender.ts";

function overTheWire(packet: TransportFeedback): TransportFeedback {
  const out = new Uint8Array(3000);
  const [parsed] = parseRtcp(out.slice(0, writeRtcp(out, [packet]))) as [TransportFeedback];
  expect(parsed).toEqual(packet);
  return parsed;
}

test("transport-wide-cc-01: every packet's fate and arrival reach the sender, over any loss and reordering", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 1000 }), (seed, start) => {
      const random = seededRandom(seed);
      const [sender, receiver] = [new TransportCcSender(), new TransportCcReceiver({ maxPackets: 50 })];
      const arrivals: { at: number; sequenceNumber: number; index: number }[] = [];
      const fate = new Map<number, number | undefined>();
      const count = 300;
      let now = start;
      for (let index = 0; index < count; index++) {
        now += random.chance(0.02) ? 9000 : random.integer(0, 20);
        const sequenceNumber = sender.sent(now, 100);
        const lost = random.chance(0.1) && index > 0 && index < count - 1;
        if (!lost) arrivals.push({ at: now + 30 + (random.chance(0.1) ? 40 : 0) + random.next(), sequenceNumber, index });
        fate.set(index, lost ? undefined : arrivals.at(-1)!.at);
      }
      expect(sender.octetsInFlight).toBe(count * 100);
      arrivals.sort((a, b) => a.at - b.at);
      const reported = new Map<number, number>();
      let offset: number | undefined; // of the receiver's clock, as the sender sees it
      const take = (at: number) => {
        for (let feedback = receiver.feedback(at, 1, 2); feedback !== undefined; feedback = receiver.feedback(at, 1, 2)) {
          expect(feedback.packetStatusCount).toBeLessThanOrEqual(50);
          for (const { sequenceNumber, receivedAt, octets } of sender.feedback(overTheWire(feedback))) {
            expect(octets).toBe(100);
            if (receivedAt === undefined) continue;
            expect(reported.has(sequenceNumber)).toBe(false);
            offset ??= receivedAt - fate.get(sequenceNumber)!;
            reported.set(sequenceNumber, receivedAt);
          }
        }
      };
      for (const { at, sequenceNumber } of arrivals) {
        for (let due = receiver.nextDue(); due !== undefined && due <= at; due = receiver.nextDue()) take(due);
        receiver.receive(at, sequenceNumber);
      }
      take(Number.MAX_SAFE_INTEGER);
      for (const [index, at] of fate) {
        if (at === undefined) expect(reported.has(index)).toBe(false);
        else if (reported.has(index)) expect(Math.abs(reported.get(index)! - at - offset!)).toBeLessThan(0.51);
      }
      // Those that came after they were reported on as missing are not told of again; they are few.
      expect(reported.size).toBeGreaterThan(arrivals.length * 0.8);
    }),
    { numRuns: 40 },
  );
});

test("transport-wide-cc-01 §3.1: what is in flight is what was not told of, and a result for a packet comes once as missing and once as arrived", () => {
  const sender = new TransportCcSender();
  for (let i = 0; i < 4; i++) sender.sent(i, 100 + i);
  const base = {
    type: "transport-cc" as const,
    senderSsrc: 1,
    mediaSsrc: 2,
    baseSequenceNumber: 0,
    packetStatusCount: 3,
    referenceTime: 5,
    feedbackPacketCount: 0,
  };
  const first = sender.feedback({
    ...base,
    received: [
      { sequenceNumber: 0, delta: 4 },
      { sequenceNumber: 2, delta: 8 },
    ],
  });
  expect(first).toEqual([
    { sequenceNumber: 0, sentAt: 0, octets: 100, receivedAt: 321 },
    { sequenceNumber: 1, sentAt: 1, octets: 101, receivedAt: undefined },
    { sequenceNumber: 2, sentAt: 2, octets: 102, receivedAt: 323 },
  ]);
  expect(sender.octetsInFlight).toBe(101 + 103);
  expect(sender.feedback({ ...base, received: [{ sequenceNumber: 0, delta: 4 }] })).toEqual([]);
  expect(sender.feedback({ ...base, received: [{ sequenceNumber: 1, delta: 0 }] })).toMatchObject([{ sequenceNumber: 1, receivedAt: 320 }]);
  expect(sender.feedback({ ...base, baseSequenceNumber: 3, packetStatusCount: 60_000, received: [] })).toMatchObject([
    { sequenceNumber: 3 },
  ]);
  expect(sender.octetsInFlight).toBe(103);
});

test("transport-wide-cc-01: feedback on what was never sent, or before anything was, gives nothing", () => {
  const nothing = {
    type: "transport-cc" as const,
    senderSsrc: 1,
    mediaSsrc: 2,
    baseSequenceNumber: 9,
    packetStatusCount: 65_535,
    referenceTime: 0,
    feedbackPacketCount: 0,
    received: [{ sequenceNumber: 9, delta: 1 }],
  };
  expect(new TransportCcSender().feedback(nothing)).toEqual([]);
});

test("transport-wide-cc-01: the reference time wraps at 24 bits, signed", () => {
  const sender = new TransportCcSender();
  for (let i = 0; i < 3; i++) sender.sent(0, 1);
  const at = (baseSequenceNumber: number, referenceTime: number) =>
    sender.feedback({
      type: "transport-cc",
      senderSsrc: 1,
      mediaSsrc: 2,
      baseSequenceNumber,
      packetStatusCount: 1,
      referenceTime,
      feedbackPacketCount: 0,
      received: [{ sequenceNumber: baseSequenceNumber, delta: 0 }],
    })[0]!.receivedAt;
  expect([at(0, 0x7f_ffff)! + 64, at(1, -0x80_0000)]).toEqual([0x80_0000 * 64, 0x80_0000 * 64]);
});

test("in flight is bounded by the window: sixteen thousand packets without feedback", () => {
  const sender = new TransportCcSender();
  for (let i = 0; i < 40_000; i++) expect(sender.sent(i, 2)).toBe(i & 0xffff);
  expect(sender.octetsInFlight).toBe(2 * 16_384);
  expect(sender.nextSequenceNumber).toBe(40_000);
});

test("a receiver hears nothing twice, and a jump of sequence numbers costs no more than the window", () => {
  const receiver = new TransportCcReceiver();
  receiver.receive(0, 65_000);
  receiver.receive(10, 65_000);
  expect(receiver.feedback(99, 1, 2)).toBeUndefined();
  expect(receiver.feedback(100, 1, 2)).toMatchObject({
    baseSequenceNumber: 65_000,
    packetStatusCount: 1,
    received: [{ delta: 0 }],
    feedbackPacketCount: 0,
  });
  expect([receiver.nextDue(), receiver.feedback(1000, 1, 2)]).toEqual([undefined, undefined]);
  receiver.receive(1000, 65_000); // reported on
  expect(receiver.nextDue()).toBeUndefined();
  receiver.receive(1000, 30_000); // behind, by wrap: far ahead or far back
  receiver.receive(1001, (65_000 + 30_000) & 0xffff);
  const feedback = receiver.feedback(2000, 1, 2)!;
  expect(feedback.packetStatusCount).toBeLessThanOrEqual(400);
  expect(feedback.feedbackPacketCount).toBe(1);
});
