import { InvalidArgumentError, Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { rtcpPacket } from "../../../test/arbitraries.ts";
import { compoundFault, parseRtcp, writeRtcp } from "./compound.ts";
import { type RtcpPacket, writeRtcpPacket } from "./packet.ts";
import { sdesItem } from "./source-description.ts";

function written(packets: readonly RtcpPacket[], padding = 0): Uint8Array {
  const out = new Uint8Array(20_000).fill(0xaa);
  return out.subarray(0, writeRtcp(out, packets, { padding }));
}

const bare = { reports: [], ssrc: 1 };
const rr: RtcpPacket = { type: "RR", ...bare };
const pli: RtcpPacket = { type: "PLI", senderSsrc: 1, mediaSsrc: 2 };
const bye: RtcpPacket = { type: "BYE", ssrcs: [1] };
const cname: RtcpPacket = { type: "SDES", chunks: [{ ssrc: 1, items: [sdesItem("CNAME", "x")] }] };

test("RFC 3550 §6: every packet written is parsed to the same value, alone and in compounds, with padding", () => {
  fc.assert(
    fc.property(fc.array(rtcpPacket, { minLength: 1, maxLength: 4 }), fc.constantFrom(0, 4, 248), (packets, padding) => {
      const inner = packets.slice(0, -1).filter(({ type }) => type !== "transport-cc"); // its padding may stand only at the end
      const list = [...inner, packets.at(-1)!];
      const bytes = written(list, padding);
      expect(bytes.length % 4).toBe(0);
      if (bytes.length < 8) return;
      expect(parseRtcp(bytes)).toEqual(list);
      expect(written(parseRtcp(bytes) as RtcpPacket[], padding)).toEqual(bytes);
    }),
    { numRuns: 400 },
  );
});

test("RFC 3550 §6: any bytes are packets or Malformed, and packets can be written again", () => {
  const types = fc.constantFrom(200, 201, 202, 203, 204, 205, 206, 207, 208);
  const chunk = fc.tuple(types, fc.nat(31), fc.uint8Array({ maxLength: 40 })).map(([type, count, body]) => {
    const words = (body.length + 3) >> 2;
    const bytes = new Uint8Array(4 + 4 * words);
    bytes.set([0x80 | count, type, words >> 8, words]);
    bytes.set(body, 4);
    return bytes;
  });
  fc.assert(
    fc.property(chunk, (bytes) => {
      const packets = parseRtcp(bytes);
      if (!(packets instanceof Malformed)) expect(parseRtcp(written(packets))).toEqual(packets);
    }),
    { numRuns: 3000 },
  );
});

test.each<[string, string, Uint8Array]>([
  ["less than a header and an SSRC", "truncated", Uint8Array.of(0x80, 203, 0, 0)],
  ["a second packet without a whole header", "truncated", Uint8Array.of(...written([pli]), 0x80, 201)],
  ["version 1", "bad-version", written([pli]).with(0, 0x41)],
  ["version 1 in a later packet", "bad-version", written([rr, pli]).with(8, 0x41)],
  ["a length beyond the datagram", "bad-length", written([pli]).with(3, 3)],
  ["an RTP packet", "not-rtcp", Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1)],
  ["padding before the last packet", "padding-before-last", written([rr, pli]).with(0, 0xa0)],
  ["padding count 0", "bad-padding", written([rr], 4).with(11, 0)],
  ["padding that is no multiple of four", "bad-padding", written([rr], 4).with(11, 3)],
  ["padding longer than the packet", "bad-padding", written([rr], 4).with(11, 12)],
])("RFC 3550 §6.4.1, A.2: refuses %s", (_, reason, bytes) => {
  expect(parseRtcp(bytes)).toMatchObject({ reason });
});

test("RFC 3550 §6.1, RFC 5506 §3.4.2: the first packet is a report unless reduced size is negotiated", () => {
  expect(parseRtcp(written([pli]))).toEqual([pli]);
  expect(parseRtcp(written([pli]), { reducedSize: false })).toMatchObject({ reason: "first-not-report" });
  expect(parseRtcp(written([rr, pli]), { reducedSize: false })).toEqual([rr, pli]);
});

test("RFC 3550 §6.1: the rules of a compound", () => {
  expect(compoundFault([rr, cname, bye])).toBeUndefined();
  expect(compoundFault([])).toBe("first-not-report");
  expect(compoundFault([cname, rr])).toBe("first-not-report");
  expect(compoundFault([rr, pli])).toBe("no-cname");
  expect(compoundFault([rr, cname, bye, pli])).toBe("bye-not-last");
});

test("RFC 3550 §6: types that nobody knows survive", () => {
  const unknown: RtcpPacket = { type: "unknown", packetType: 215, count: 9, body: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
  expect(parseRtcp(written([rr, unknown, pli]))).toEqual([rr, unknown, pli]);
});

test("RFC 3550 §6.4: the writer obeys a stated header and refuses what the format cannot say", () => {
  const out = new Uint8Array(64);
  writeRtcpPacket(out, 0, { ...pli, header: { version: 1, padding: true, count: 9, lengthInWords: 77 } });
  expect([...out.subarray(0, 4)]).toEqual([0x69, 206, 0, 77]);
  expect(() => written([{ type: "BYE", ssrcs: new Array(32).fill(1) }])).toThrow(InvalidArgumentError);
  expect(() => written([{ type: "APP", subtype: 0, ssrc: 1, name: "abcd", data: new Uint8Array(3) }])).toThrow(InvalidArgumentError);
  expect(() => writeRtcpPacket(new Uint8Array(8), 0, pli)).toThrow(InvalidArgumentError);
});

test.each<[string, RtcpPacket]>([
  ["an SDES item of 256 octets", { type: "SDES", chunks: [{ ssrc: 1, items: [sdesItem("CNAME", "x".repeat(256))] }] }],
  ["an SDES item of type 0", { type: "SDES", chunks: [{ ssrc: 1, items: [{ type: 0, value: new Uint8Array(2) }] }] }],
  ["a reason of 256 octets", { type: "BYE", ssrcs: [1], reason: "x".repeat(256) }],
  ["an APP with a name of three characters", { type: "APP", subtype: 0, ssrc: 1, name: "abc", data: new Uint8Array(0) }],
  ["an APP with a name beyond one octet each", { type: "APP", subtype: 0, ssrc: 1, name: "ab\u0100d", data: new Uint8Array(0) }],
  [
    "half words in two XR blocks",
    { type: "XR", ssrc: 1, blocks: new Array(2).fill({ block: "other", blockType: 9, typeSpecific: 0, contents: new Uint8Array(2) }) },
  ],
  ["REMB for 256 SSRCs", { type: "REMB", senderSsrc: 1, mediaSsrc: 0, bitRate: 1, ssrcs: new Array(256).fill(1) }],
])("RFC 3550 §6: the writer refuses %s", (_, packet) => {
  expect(() => written([packet])).toThrow(expect.objectContaining({ name: "InvalidArgumentError", code: "RTCP_FIELD" }));
});

test("RFC 3550 §6.4.1: the writer refuses padding that is no multiple of four, too long, or behind nothing", () => {
  for (const padding of [-4, 3, 252]) expect(() => written([rr], padding)).toThrow(InvalidArgumentError);
  expect(() => written([], 4)).toThrow(InvalidArgumentError);
});

test("RFC 3550 §6: whatever does not fit is refused by its name, and nothing is written behind the buffer", () => {
  fc.assert(
    fc.property(rtcpPacket, fc.constantFrom(0, 8), fc.nat(), (packet, padding, cut) => {
      const length = written([packet], padding).length;
      const slab = new Uint8Array(length + 64).fill(0x77);
      const short = slab.subarray(0, cut % length);
      expect(() => writeRtcp(short, [packet], { padding })).toThrow(expect.objectContaining({ code: "RTCP_BUFFER_TOO_SMALL" }));
      expect(slab.subarray(short.length).every((octet) => octet === 0x77)).toBe(true);
    }),
  );
});
