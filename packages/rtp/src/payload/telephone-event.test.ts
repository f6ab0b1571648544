import { InvalidArgumentError } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  eventOfKey,
  keyOfEvent,
  parseTelephoneEvents,
  type ReceivedTelephoneEvent,
  TelephoneEventReceiver,
  TelephoneEventSender,
  writeTelephoneEvent,
} from "./telephone-event.ts";

interface Packet {
  readonly info: { sequenceNumber: number; timestamp: number; marker: boolean };
  readonly payload: Uint8Array;
}

function packetsOf(event: number, duration: number, timestamp: number, interval = 160): Packet[] {
  const sender = new TelephoneEventSender({ event, duration, interval });
  const packets: Packet[] = [];
  for (let packet = sender.next(); packet !== undefined; packet = sender.next()) {
    const payload = new Uint8Array(4);
    writeTelephoneEvent(payload, 0, packet);
    packets.push({
      info: { sequenceNumber: packets.length, timestamp: (timestamp + packet.timestampOffset) >>> 0, marker: packet.marker },
      payload,
    });
  }
  return packets;
}

function receive(packets: readonly Packet[], receiver = new TelephoneEventReceiver()): ReceivedTelephoneEvent[] {
  return packets.flatMap(({ info, payload }) => receiver.push(info, payload) as ReceivedTelephoneEvent[]);
}

test("RFC 4733 §2.3: an event report, octet by octet, and several in a payload", () => {
  const out = new Uint8Array(8);
  const one = { event: 11, end: true, volume: 10, duration: 0x0640 };
  writeTelephoneEvent(out, 0, one);
  writeTelephoneEvent(out, 4, { ...one, end: false });
  expect([...out]).toEqual([11, 0x8a, 6, 0x40, 11, 0x0a, 6, 0x40]);
  expect(parseTelephoneEvents(out)).toEqual([one, { ...one, end: false }]);
  for (const length of [0, 3, 5]) expect(parseTelephoneEvents(out.subarray(0, length))).toMatchObject({ reason: "bad-length" });
  expect(new TelephoneEventReceiver().push({ sequenceNumber: 0, timestamp: 0, marker: true }, new Uint8Array(3))).toMatchObject({
    reason: "bad-length",
  });
});

test("RFC 4733 §3.2: keys", () => {
  expect([..."0159*#ABcd"].map(eventOfKey)).toEqual([0, 1, 5, 9, 10, 11, 12, 13, 14, 15]);
  expect([eventOfKey("x"), eventOfKey(""), eventOfKey("12"), keyOfEvent(11), keyOfEvent(16)]).toEqual([
    undefined,
    undefined,
    undefined,
    "#",
    undefined,
  ]);
});

test("RFC 4733 §2.5.1: one timestamp, growing durations, one marker, three ends", () => {
  const sender = new TelephoneEventSender({ event: 5, duration: 400, interval: 160, volume: 7 });
  const seen = Array.from({ length: 6 }, () => sender.next());
  expect(seen.map((packet) => packet && [packet.duration, packet.marker, packet.end, packet.timestampOffset])).toEqual([
    [160, true, false, 0],
    [320, false, false, 0],
    [400, false, true, 0],
    [400, false, true, 0],
    [400, false, true, 0],
    undefined,
  ]);
  expect(seen[0]).toMatchObject({ event: 5, volume: 7 });
});

test("RFC 4733 §2.5.2: one start and one end, whichever packets are lost, as long as one of the ends arrives", () => {
  fc.assert(
    fc.property(
      fc.nat(15),
      fc.integer({ min: 1, max: 3000 }),
      fc.nat(0xffff_ffff),
      fc.func(fc.boolean()),
      fc.nat(2),
      (event, duration, timestamp, lose, kept) => {
        const packets = packetsOf(event, duration, timestamp);
        const ends = packets.length - 3;
        const arrived = packets.filter((_, i) => i === ends + kept || !lose(i));
        expect(receive(arrived)).toEqual([
          { type: "start", event, timestamp, volume: 10 },
          { type: "end", event, timestamp, duration },
        ]);
      },
    ),
  );
});

test("RFC 4733 §2.5.1.3: an event longer than 65 535 ticks goes on in segments, each but the last reported with that", () => {
  const packets = packetsOf(3, 150_000, 0xffff_0000, 1000);
  expect(packets.filter(({ info }) => info.marker).length).toBe(1);
  const segments = new Map<number, { duration: number; end: boolean }>();
  for (const { info, payload } of packets)
    segments.set(info.timestamp, (parseTelephoneEvents(payload) as { duration: number; end: boolean }[])[0]!);
  expect([...segments].map(([timestamp, { duration, end }]) => [(timestamp - 0xffff_0000) >>> 0, duration, end])).toEqual([
    [0, 0xffff, false],
    [0xffff, 0xffff, false],
    [2 * 0xffff, 150_000 - 2 * 0xffff, true],
  ]);
});

test("RFC 4733 §2.5.1.3: a long event is one event, whatever is lost but an end and a packet of each segment", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0x1_0000, max: 300_000 }),
      fc.integer({ min: 100, max: 8000 }),
      fc.func(fc.boolean()),
      (duration, interval, lose) => {
        const packets = packetsOf(3, duration, 0xffff_0000, interval);
        const first = new Set(packets.map(({ info }) => packets.findIndex((other) => other.info.timestamp === info.timestamp)));
        const arrived = packets.filter((_, i) => first.has(i) || i === packets.length - 1 || !lose(i));
        expect(receive(arrived)).toEqual([
          { type: "start", event: 3, timestamp: 0xffff_0000, volume: 10 },
          { type: "end", event: 3, timestamp: 0xffff_0000, duration },
        ]);
      },
    ),
  );
});

test("RFC 4733 §2.5.1.3: segments that end with an interval are joined as well; a marker is a new event", () => {
  const report = (timestamp: number, duration: number, end: boolean, marker = false): Packet => {
    const payload = new Uint8Array(4);
    writeTelephoneEvent(payload, 0, { event: 5, end, volume: 10, duration });
    return { info: { sequenceNumber: 0, timestamp, marker }, payload };
  };
  expect(
    receive([report(0, 64_000, false, true), report(64_000, 160, false), report(64_000, 320, true)]).map((one) => ({ ...one, volume: 0 })),
  ).toEqual([
    { type: "start", event: 5, timestamp: 0, volume: 0 },
    { type: "end", event: 5, timestamp: 0, duration: 64_320, volume: 0 },
  ]);
  expect(receive([report(0, 64_000, false, true), report(0xffff, 160, true, true)]).map(({ type }) => type)).toEqual([
    "start",
    "end",
    "start",
    "end",
  ]);
  expect(receive([report(0, 8000, false, true), report(8000, 160, true)]).map(({ type }) => type)).toEqual([
    "start",
    "end",
    "start",
    "end",
  ]);
});

test("RFC 4733 §2.5.2.2: an event whose ends are lost ends with the next, or with a timeout", () => {
  const receiver = new TelephoneEventReceiver();
  const cut = packetsOf(1, 800, 1000).slice(0, 3);
  expect(receive([...cut, ...packetsOf(1, 400, 5000)], receiver).map(({ type, timestamp }) => [type, timestamp])).toEqual([
    ["start", 1000],
    ["end", 1000],
    ["start", 5000],
    ["end", 5000],
  ]);
  expect([receiver.active, receiver.timeout()]).toEqual([false, []]);
  receive(packetsOf(2, 800, 9000).slice(0, 2), receiver);
  expect([receiver.active, receiver.timeout(), receiver.active]).toEqual([
    true,
    [{ type: "end", event: 2, timestamp: 9000, duration: 320 }],
    false,
  ]);
});

test("RFC 4733 §2.5.2: reports that come late start nothing", () => {
  const receiver = new TelephoneEventReceiver();
  const [first, second] = [packetsOf(1, 400, 1000), packetsOf(1, 400, 5000)];
  receive([...first, ...second.slice(0, 2)], receiver);
  expect(receive([first[0]!, first.at(-1)!], receiver)).toEqual([]);
  receive(second, receiver);
  expect(receive([second[0]!, first[0]!], receiver)).toEqual([]);
});

test("RFC 4733 §2.5.1.5: short events that follow each other in one packet", () => {
  const payload = new Uint8Array(8);
  writeTelephoneEvent(payload, 0, { event: 1, end: true, volume: 0, duration: 400 });
  writeTelephoneEvent(payload, 4, { event: 2, end: true, volume: 0, duration: 300 });
  expect(receive([{ info: { sequenceNumber: 0, timestamp: 100, marker: true }, payload }])).toMatchObject([
    { type: "start", event: 1, timestamp: 100 },
    { type: "end", event: 1 },
    { type: "start", event: 2, timestamp: 500 },
    { type: "end", event: 2 },
  ]);
});

test("RFC 4733 §2.3: what is no event is the caller's mistake", () => {
  const good = { event: 1, duration: 100, interval: 160 };
  for (const bad of [{ event: 256 }, { event: -1 }, { duration: 0 }, { interval: 0 }, { interval: 0x8000 }, { volume: 64 }]) {
    expect(() => new TelephoneEventSender({ ...good, ...bad })).toThrow(InvalidArgumentError);
  }
});
