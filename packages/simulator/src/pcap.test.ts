import { concatBytes, readU16, transportAddress, writeU32 } from "@purertc/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { CapturedDatagram } from "./captured-datagram.ts";
import { readPcap } from "./pcap-reader.ts";
import { pcapWriter } from "./pcap-writer.ts";

const v4: CapturedDatagram = {
  timestampMs: 1_700_000_000_123.456,
  source: transportAddress("192.0.2.1", 5000)!,
  destination: transportAddress("192.0.2.2", 3478)!,
  payload: Uint8Array.of(1, 2, 3),
};
const v6: CapturedDatagram = {
  ...v4,
  source: transportAddress("2001:db8::1", 5000)!,
  destination: transportAddress("2001:db8::2", 3478)!,
};

/** RFC 1071: a sum over covered data and its checksum is all ones. */
function onesComplementSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

test("what is written is read back", () => {
  const octets = (length: number): fc.Arbitrary<string> =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => bytes.join("."));
  const ip4 = octets(4);
  const ip6 = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }).map((groups) => groups.map((group) => group.toString(16)).join(":"));
  const datagram = (ip: fc.Arbitrary<string>): fc.Arbitrary<CapturedDatagram> =>
    fc.record({
      timestampMs: fc.nat(2 ** 31),
      source: fc.tuple(ip, fc.nat(0xffff)).map(([text, port]) => transportAddress(text, port)!),
      destination: fc.tuple(ip, fc.nat(0xffff)).map(([text, port]) => transportAddress(text, port)!),
      payload: fc.uint8Array({ maxLength: 2000 }),
    });
  fc.assert(
    fc.property(fc.array(fc.oneof(datagram(ip4), datagram(ip6)), { maxLength: 10 }), (datagrams) => {
      expect(readPcap(pcapWriter(datagrams))).toEqual(datagrams);
    }),
  );
});

test("microseconds are kept, and a time origin is added", () => {
  expect(readPcap(pcapWriter([v4]))[0]!.timestampMs).toBeCloseTo(v4.timestampMs, 3);
  expect(readPcap(pcapWriter([{ ...v4, timestampMs: 5.25 }], 1_700_000_000_000))[0]!.timestampMs).toBeCloseTo(1_700_000_000_005.25, 3);
});

test("RFC 791 §3.1, RFC 768: the IPv4 and UDP checksums are right, for odd lengths too", () => {
  for (const payload of [new Uint8Array(0), Uint8Array.of(1), Uint8Array.of(0xff, 0xff), new Uint8Array(1201).fill(0xab)]) {
    const frame = pcapWriter([{ ...v4, payload }]).subarray(24 + 16);
    const ip = frame.subarray(14);
    expect(readU16(frame, 12)).toBe(0x0800);
    expect(onesComplementSum(ip.subarray(0, 20))).toBe(0xffff);
    const pseudoHeader = concatBytes(ip.subarray(12, 20), Uint8Array.of(0, 17), ip.subarray(24, 26));
    expect(onesComplementSum(concatBytes(pseudoHeader, ip.subarray(20)))).toBe(0xffff);
  }
});

test("RFC 8200 §8.1: the UDP checksum over the IPv6 pseudo header is right", () => {
  const frame = pcapWriter([v6]).subarray(24 + 16);
  const ip = frame.subarray(14);
  expect(readU16(frame, 12)).toBe(0x86dd);
  const pseudoHeader = concatBytes(ip.subarray(8, 40), Uint8Array.of(0, 0), ip.subarray(44, 46), Uint8Array.of(0, 0, 0, 17));
  expect(onesComplementSum(concatBytes(pseudoHeader, ip.subarray(40)))).toBe(0xffff);
});

test("RFC 768: a checksum that comes out as zero is sent as all ones", () => {
  // The last two bytes make the sum all ones, whose complement is zero.
  const trial = pcapWriter([{ ...v4, payload: new Uint8Array(2) }]).subarray(24 + 16 + 14);
  const payload = trial.slice(26, 28);
  const frame = pcapWriter([{ ...v4, payload }]).subarray(24 + 16 + 14);
  expect(readU16(frame, 26)).toBe(0xffff);
});

test("payloads and ends that no packet can have are refused", () => {
  expect(() => pcapWriter([{ ...v4, payload: new Uint8Array(65_508) }])).toThrow(/do not fit/);
  expect(() => pcapWriter([{ ...v4, destination: v6.destination }])).toThrow(/different families/);
  expect(pcapWriter([{ ...v4, payload: new Uint8Array(65_507) }]).length).toBe(24 + 16 + 14 + 65_535);
});

test("both byte orders, nanoseconds, VLAN tags and IPv6 extension headers are read", () => {
  const file = pcapWriter([v4]);
  const swapped = Uint8Array.from(file);
  for (const at of [0, 16, 20, 24, 28, 32, 36]) swapped.subarray(at, at + 4).reverse();
  expect(readPcap(swapped)).toEqual(readPcap(file));

  const nanoseconds = Uint8Array.from(file);
  writeU32(nanoseconds, 0, 0xa1b2_3c4d);
  expect(readPcap(nanoseconds)[0]!.timestampMs).toBeCloseTo(1_700_000_000_000.123, 2);

  const frame = file.subarray(40);
  const tagged = concatBytes(frame.subarray(0, 12), Uint8Array.of(0x81, 0, 0, 5, 0x88, 0xa8, 0, 6), frame.subarray(12));
  expect(readPcap(withFrame(tagged))[0]!.payload).toEqual(v4.payload);

  const frame6 = pcapWriter([v6]).subarray(40);
  const extended = concatBytes(frame6.subarray(0, 54), Uint8Array.of(17, 1), new Uint8Array(14), frame6.subarray(54));
  extended[14 + 6] = 60; // destination options
  extended[14 + 5]! += 16;
  expect(readPcap(withFrame(extended))[0]!.payload).toEqual(v6.payload);
});

test("what is not a whole UDP datagram is left out", () => {
  const frame = pcapWriter([v4]).subarray(40);
  const without = (change: (copy: Uint8Array) => void): readonly CapturedDatagram[] => {
    const copy = Uint8Array.from(frame);
    change(copy);
    return readPcap(withFrame(copy));
  };
  expect(without(() => undefined).length).toBe(1);
  expect(without((copy) => copy.set([0x08, 0x06], 12))).toEqual([]); // ARP
  expect(without((copy) => copy.set([6], 14 + 9))).toEqual([]); // TCP
  expect(without((copy) => copy.set([0x20, 0], 14 + 6))).toEqual([]); // more fragments
  expect(without((copy) => copy.set([0x00, 1], 14 + 6))).toEqual([]); // fragment offset
  expect(without((copy) => copy.set([0xff, 0xff], 14 + 24))).toEqual([]); // UDP length beyond the frame
  for (let length = 0; length < frame.length; length++) expect(readPcap(withFrame(frame.subarray(0, length)))).toEqual([]);
});

test("a file that was cut off gives what is whole; another kind of file is refused", () => {
  const file = pcapWriter([v4, v6]);
  expect(readPcap(file.subarray(0, file.length - 1))).toHaveLength(1);
  expect(readPcap(file.subarray(0, 24))).toEqual([]);
  expect(() => readPcap(file.subarray(0, 23))).toThrow(/not a pcap file/);
  expect(() => readPcap(new Uint8Array(100))).toThrow(/not a pcap file/);
  const cooked = Uint8Array.from(file);
  writeU32(cooked, 20, 113);
  expect(() => readPcap(cooked)).toThrow(/link type 113/);
});

test("any bytes after the header give datagrams or none, never another error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      readPcap(concatBytes(pcapWriter([]), noise));
      readPcap(withFrame(concatBytes(pcapWriter([v6]).subarray(40, 54), noise)));
    }),
  );
});

function withFrame(frame: Uint8Array): Uint8Array {
  const record = new Uint8Array(16);
  writeU32(record, 8, frame.length);
  writeU32(record, 12, frame.length);
  return concatBytes(pcapWriter([]), record, frame);
}
