import type { CongestionControlFeedback } from "@purertc/rtp";
import fc from "fast-check";
import { expect, test } from "vitest";
import { StreamArrivals } from "./stream-arrivals.ts";
import { StreamDepartures } from "./stream-departures.ts";

const rts = (ms: number): number => Math.round((ms * 65_536) / 1000) >>> 0;
const shown = ({ streams }: CongestionControlFeedback) =>
  streams.map(({ ssrc, beginSequenceNumber, metrics }) => [ssrc, beginSequenceNumber, metrics.map((metric) => metric?.arrivalTimeOffset)]);

test("RFC 8888 §3.1: a block for each stream, from the first that was not reported on to the highest, with offsets of 1/1024 s before the timestamp", () => {
  const arrivals = new StreamArrivals();
  expect(arrivals.nextDue()).toBeUndefined();
  for (const [at, number] of [
    [0, 65_534],
    [10, 65_535],
    [20, 1],
  ] as const)
    arrivals.receive(at, 7, number);
  arrivals.receive(30, 8, 500);
  expect([arrivals.nextDue(), arrivals.feedback(99, 1, 0)]).toEqual([100, []]);
  const [packet, ...others] = arrivals.feedback(100, 1, 1234);
  expect(others).toEqual([]);
  expect(packet).toMatchObject({ type: "CCFB", senderSsrc: 1, reportTimestamp: 1234 });
  expect(shown(packet!)).toEqual([
    [7, 65_534, [102, 92, undefined, 82]],
    [8, 500, [72]],
  ]);
  expect(arrivals.nextDue(), "nothing new").toBeUndefined();
  // One that was reported as missing came after all: everything from it on is told again. Of what did not arrive since, the numbers between.
  arrivals.receive(120, 7, 0);
  arrivals.receive(130, 7, 3);
  expect(shown(arrivals.feedback(220, 1, 0)[0]!)).toEqual([[7, 0, [102, 205, undefined, 92]]]);
});

test("RFC 8888 §3.1: what arrived longer ago than the field can tell is said to be older; a report fits a datagram", () => {
  const arrivals = new StreamArrivals();
  arrivals.receive(0, 7, 1);
  arrivals.receive(1, 7, 2);
  expect(shown(arrivals.feedback(60_000, 1, 0)[0]!)).toEqual([[7, 1, [0x1ffe, 0x1ffe]]]);
  for (let ssrc = 1; ssrc <= 5; ssrc++) for (let i = 0; i < 300; i++) arrivals.receive(60_000, ssrc, i);
  const packets = arrivals.feedback(60_100, 1, 0);
  expect(packets.flatMap(({ streams }) => streams.map(({ ssrc }) => ssrc)).toSorted()).toEqual([1, 2, 3, 4, 5]);
  for (const { streams } of packets)
    expect(streams.reduce((sum, { metrics }) => sum + 8 + 2 * metrics.length, 0)).toBeLessThanOrEqual(1000);
});

test("RFC 8888 §3.1: each packet sent has one result, at its arrival, and another before it when it was reported as missing", () => {
  const fates = fc.array(fc.constantFrom("arrives", "lost", "late"), { minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(fates, fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 0, max: 70_000_000 }), (all, first, start) => {
      const [arrivals, departures] = [new StreamArrivals(), new StreamDepartures()];
      const arrived = new Map<number, number>();
      const missing = new Set<number>();
      let late: number[] = [];
      const report = (now: number): void => {
        for (const packet of arrivals.feedback(now, 1, rts(now))) {
          for (const { sequenceNumber, sentAt, receivedAt, octets } of departures.feedback(packet)) {
            expect(octets).toBe(1200);
            if (receivedAt === undefined) missing.add(sequenceNumber);
            else {
              expect(arrived.has(sequenceNumber)).toBe(false);
              arrived.set(sequenceNumber, receivedAt - sentAt);
            }
          }
        }
      };
      for (const [i, fate] of all.entries()) {
        const now = start + i * 5;
        const number = (first + i) & 0xffff;
        departures.sent(now, 9, number, 1200);
        if (fate === "arrives" || i === 0) arrivals.receive(now + 2, 9, number);
        else if (fate === "late") late.push(number);
        if (i % 50 === 49) {
          for (const one of late) arrivals.receive(now + 3, 9, one);
          late = [];
        }
        report(now + 4);
      }
      report(start + all.length * 5 + 1000);
      const came = all.flatMap((fate, i) => (fate === "arrives" || i === 0 ? [(first + i) & 0xffff] : []));
      for (const number of came) expect(arrived.has(number)).toBe(true);
      // The clocks are the same but for their origin, whatever that is after the timestamp's 18 hours.
      const delays = came.map((number) => arrived.get(number)!);
      expect(Math.max(...delays) - Math.min(...delays)).toBeLessThan(2);
      for (const [i, fate] of all.entries()) {
        if (fate === "lost" && i > 0) expect(arrived.has((first + i) & 0xffff)).toBe(false);
      }
    }),
  );
});

test("RFC 8888 §3.1: reports on streams, numbers and times that make no sense have no results", () => {
  const departures = new StreamDepartures();
  departures.sent(0, 9, 5, 100);
  const report = (ssrc: number, beginSequenceNumber: number, arrivalTimeOffset: number) =>
    departures.feedback({
      type: "CCFB",
      senderSsrc: 1,
      reportTimestamp: 0,
      streams: [{ ssrc, beginSequenceNumber, metrics: [{ ecn: 0, arrivalTimeOffset }] }],
    });
  expect([report(8, 5, 0), report(9, 5 + 2048, 0), report(9, 4, 0)]).toEqual([[], [], []]);
  expect(report(9, 5, 0x1fff), "it arrived, nobody knows when").toEqual([]);
  expect(report(9, 5, 0)).toEqual([]);
});
