import { TimerTable } from "@purertc/core";
import { expect, test } from "vitest";
import { parseHandshakeFragments } from "../codec/handshake.ts";
import { ContentType, type DtlsRecord, parseRecords } from "../codec/record.ts";
import { PlaintextSealer } from "../record/plaintext-sealer.ts";
import { type DtlsTimer, Flight } from "./flight.ts";

const OPTIONS = { mtu: 300, initialTimeoutMs: 50, maxTimeoutMs: 400 };

function newFlight(): { readonly flight: Flight; readonly timers: TimerTable<DtlsTimer>; readonly sealer: PlaintextSealer } {
  const timers = new TimerTable<DtlsTimer>();
  return { flight: new Flight(timers, OPTIONS), timers, sealer: new PlaintextSealer(0xfefd) };
}

function datagrams(flight: Flight): readonly (readonly DtlsRecord[])[] {
  const all: (readonly DtlsRecord[])[] = [];
  const out = new Uint8Array(1500);
  for (let length = flight.writeDatagram(out); length > 0; length = flight.writeDatagram(out)) {
    all.push(parseRecords(out.slice(0, length)) as DtlsRecord[]);
  }
  return all;
}

test("RFC 6347 §4.2.3: messages share datagrams, and long ones are cut at the MTU", () => {
  const { flight, sealer } = newFlight();
  flight.begin();
  const [small, long] = [new Uint8Array(100).fill(1), Uint8Array.from({ length: 700 }, (_, i) => i)];
  flight.message(2, small, sealer);
  flight.message(11, long, sealer);
  flight.content(ContentType.changeCipherSpec, new Uint8Array([1]), sealer);
  flight.message(14, new Uint8Array(0), sealer);
  expect(datagrams(flight)).toEqual([]);
  flight.send(0, true);
  const sent = datagrams(flight);
  for (const records of sent) {
    expect(records.reduce((length, { fragment }) => length + 13 + fragment.length, 0)).toBeLessThanOrEqual(300);
  }
  const records = sent.flat();
  expect(records.map(({ sequenceNumber }) => sequenceNumber)).toEqual(records.map((_, i) => i));
  const fragments = records
    .filter(({ type }) => type === ContentType.handshake)
    .flatMap(({ fragment }) => parseHandshakeFragments(fragment) as never[]) as {
    messageSeq: number;
    fragmentOffset: number;
    fragment: Uint8Array;
  }[];
  const body = new Uint8Array(700);
  for (const { messageSeq, fragmentOffset, fragment } of fragments) if (messageSeq === 1) body.set(fragment, fragmentOffset);
  expect(body).toEqual(long);
  expect(fragments.at(-1)).toMatchObject({ messageSeq: 2, length: 0 });
});

test("RFC 6347 §4.2.4.1: repeats double up to the limit, with new records and the same messages", () => {
  const { flight, sealer, timers } = newFlight();
  flight.begin();
  flight.message(1, new Uint8Array(10), sealer);
  flight.send(0, true);
  const times: number[] = [];
  for (let i = 0; i < 6; i++) {
    const [[record]] = datagrams(flight) as [[DtlsRecord]];
    expect([record.sequenceNumber, record.fragment[5]]).toEqual([i, 0]);
    const at = timers.next()!;
    times.push(at);
    expect(flight.handleTimeout(at - 1)).toBe(false);
    expect(flight.handleTimeout(at)).toBe(true);
  }
  expect(times).toEqual([50, 150, 350, 750, 1150, 1550]);
  expect(flight.retransmissions).toBe(6);
});

test("RFC 6347 §4.2.4.1: the next flight inherits a grown timer, in bounds, and nothing after a flight without loss", () => {
  const { flight, sealer, timers } = newFlight();
  const sendAt = (now: number) => {
    flight.begin();
    flight.message(1, new Uint8Array(10), sealer);
    flight.send(now, true);
    return timers.next()! - now;
  };
  expect(sendAt(0)).toBe(50);
  flight.handleTimeout(50);
  expect(sendAt(100)).toBe(100);
  expect(sendAt(200)).toBe(50);
  for (let i = 0; i < 9; i++) flight.handleTimeout(timers.next()!);
  expect(sendAt(10_000)).toBe(400);
});

test("RFC 6347 §4.2.4: a repeat by the peer is answered, but not a burst of them", () => {
  const { flight, sealer, timers } = newFlight();
  expect(flight.answerRepeat(0)).toBe(false);
  flight.begin();
  flight.message(20, new Uint8Array(10), sealer);
  flight.send(0, false);
  expect(timers.next()).toBeUndefined();
  datagrams(flight);
  expect(flight.answerRepeat(49)).toBe(false);
  expect(flight.answerRepeat(50)).toBe(true);
  expect(flight.answerRepeat(50)).toBe(false);
  expect(datagrams(flight)).toHaveLength(1);
  expect(timers.next()).toBeUndefined();
  flight.begin();
  expect(flight.answerRepeat(1000)).toBe(false);
});

test("RFC 6347 §4.1.1.1: smaller datagrams from the third repeat on", () => {
  const timers = new TimerTable<DtlsTimer>();
  const flight = new Flight(timers, { ...OPTIONS, mtu: 1200 });
  flight.begin();
  flight.message(1, new Uint8Array(1000), new PlaintextSealer(0xfefd));
  flight.send(0, true);
  const counts: number[] = [];
  for (let i = 0; i < 5; i++) {
    counts.push(datagrams(flight).length);
    flight.handleTimeout(timers.next()!);
  }
  expect(counts).toEqual([1, 1, 1, 2, 2]);
});
