import { InvalidArgumentError, Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { rtpPacket } from "../../test/arbitraries.ts";
import { isRtcp, parseRtpPacket, type RtpPacket, rtpPacketLength, writeRtpPacket } from "./packet.ts";

const plain: RtpPacket = {
  marker: false,
  payloadType: 96,
  sequenceNumber: 1,
  timestamp: 2,
  ssrc: 3,
  csrcs: [],
  payload: Uint8Array.of(9, 8),
};

function written(packet: RtpPacket): Uint8Array {
  const out = new Uint8Array(2000).fill(0xaa);
  return out.subarray(0, writeRtpPacket(out, packet));
}

test("RFC 3550 §5.1: what is written is parsed to the same value, and writes the same bytes again", () => {
  fc.assert(
    fc.property(rtpPacket, (packet) => {
      const bytes = written(packet);
      expect(bytes.length).toBe(rtpPacketLength(packet));
      expect(parseRtpPacket(bytes)).toEqual(packet);
      expect(written(parseRtpPacket(bytes) as RtpPacket)).toEqual(bytes);
    }),
  );
});

test("RFC 3550 §5.1: each field is at its place", () => {
  const packet: RtpPacket = {
    marker: true,
    payloadType: 0x55,
    sequenceNumber: 0x1234,
    timestamp: 0x89abcdef,
    ssrc: 0xfedcba98,
    csrcs: [0x01020304],
    extension: { profile: 0xbede, data: Uint8Array.of(0x10, 0x61, 0, 0) },
    payload: Uint8Array.of(7),
    paddingLength: 3,
  };
  expect([...written(packet)]).toEqual([
    0xb1, 0xd5, 0x12, 0x34, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0x10, 0x61, 0, 0, 7, 0, 0, 3,
  ]);
});

test.each<[string, string, (bytes: Uint8Array) => Uint8Array]>([
  ["shorter than the fixed header", "truncated", (b) => b.subarray(0, 11)],
  ["no bytes", "truncated", (b) => b.subarray(0, 0)],
  ["version 1", "bad-version", (b) => b.with(0, 0x40 | (b[0]! & 0x3f))],
  ["more CSRCs than octets", "csrc-overrun", (b) => b.with(0, 0x81).subarray(0, 14)],
  ["extension header past the end", "extension-overrun", (b) => b.with(0, 0x90).subarray(0, 14)],
  ["extension longer than the packet", "extension-overrun", (b) => b.with(0, 0x90).with(15, 1)],
  ["padding count 0", "bad-padding", (b) => b.with(0, 0xa0).with(15, 0)],
  ["padding longer than the payload", "bad-padding", (b) => b.with(0, 0xa0).with(15, 5)],
  ["padding of a packet with no room for it", "bad-padding", (b) => b.with(0, 0xa0).subarray(0, 12).with(11, 1)],
  ["an SR's packet type", "rtcp-packet-type", (b) => b.with(1, 200)],
  ["an APP's packet type", "rtcp-packet-type", (b) => b.with(1, 204)],
])("RFC 3550 A.1: refuses %s", (_, reason, spoil) => {
  const bytes = written({ ...plain, payload: new Uint8Array(4) });
  expect(parseRtpPacket(spoil(bytes))).toMatchObject({ reason });
});

test("RFC 3550 §5.1: padding up to the header's end is a packet without payload", () => {
  const bytes = written({ ...plain, payload: new Uint8Array(0), paddingLength: 255 });
  expect(parseRtpPacket(bytes)).toMatchObject({ payload: new Uint8Array(0), paddingLength: 255 });
});

test("RFC 3550 §5.1: any bytes are a packet or Malformed, never a throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      if (bytes.length > 0) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
      const packet = parseRtpPacket(bytes);
      if (!(packet instanceof Malformed)) expect(rtpPacketLength(packet)).toBe(bytes.length);
    }),
  );
});

test("RFC 3550 §5.1: the writer obeys a stated version and refuses what no header says", () => {
  expect(parseRtpPacket(written({ ...plain, version: 1 }))).toMatchObject({ reason: "bad-version" });
  expect(() => written({ ...plain, csrcs: new Array(16).fill(1) })).toThrow(InvalidArgumentError);
  expect(() => written({ ...plain, extension: { profile: 1, data: new Uint8Array(3) } })).toThrow(InvalidArgumentError);
  expect(() => writeRtpPacket(new Uint8Array(13), plain)).toThrow(InvalidArgumentError);
  for (const paddingLength of [-1, 256]) expect(() => written({ ...plain, paddingLength })).toThrow(InvalidArgumentError);
});

test("RFC 5761 §4: RTCP is told from RTP by the second octet, 192 to 223", () => {
  const datagram = (second: number, length = 8) => new Uint8Array(length).with(0, 0x80).with(1, second);
  expect([191, 192, 200, 207, 223, 224].map((second) => isRtcp(datagram(second)))).toEqual([false, true, true, true, true, false]);
  expect(isRtcp(datagram(200, 4))).toBe(false);
});
