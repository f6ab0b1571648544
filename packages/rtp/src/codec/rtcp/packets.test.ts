import { bytesFromHex, hexFromBytes } from "@purertc/core";
import { expect, test } from "vitest";
import { parseRtcp, writeRtcp } from "./compound.ts";
import { compactFromMs, compactNtp, msFromCompact, ntpFromUnixMs, roundTripMs, unixMsFromNtp } from "./ntp-time.ts";
import type { RtcpPacket } from "./packet.ts";
import { privateExtensionItem, privateExtensionOf, sdesItem, sdesText } from "./source-description.ts";

function hexOf(packet: RtcpPacket): string {
  const out = new Uint8Array(200);
  return hexFromBytes(out.subarray(0, writeRtcp(out, [packet])));
}

/** A datagram of one packet: its first octet, type and body. */
function datagram(first: number, type: number, body: string): Uint8Array {
  const bytes = bytesFromHex(`00000000${body}`);
  bytes.set([first, type, 0, bytes.length / 4 - 1]);
  return bytes;
}

const feedback = { senderSsrc: 0x11111111, mediaSsrc: 0x22222222 };
const ssrcs = "1111111122222222";

test.each<[string, RtcpPacket, string]>([
  [
    "RFC 3550 §6.4.1: SR with a negative cumulative loss",
    {
      type: "SR",
      ssrc: 1,
      ntpTimestamp: 0x0123456789abcdefn,
      rtpTimestamp: 2,
      packetCount: 3,
      octetCount: 4,
      reports: [
        {
          ssrc: 5,
          fractionLost: 6,
          cumulativeLost: -2,
          extendedHighestSequenceNumber: 7,
          jitter: 8,
          lastSenderReport: 9,
          delaySinceLastSenderReport: 10,
        },
      ],
    },
    "81c8000c000000010123456789abcdef0000000200000003000000040000000506fffffe0000000700000008000000090000000a",
  ],
  ["RFC 3550 §6.4.2: empty RR", { type: "RR", ssrc: 0xfeedbeef, reports: [] }, "80c90001feedbeef"],
  [
    "RFC 3550 §6.5: a chunk ends on a word",
    { type: "SDES", chunks: [{ ssrc: 1, items: [sdesItem("CNAME", "abcd")] }] },
    "81ca0003000000010104616263640000",
  ],
  [
    "RFC 3550 §6.5: four zeros when items fill the word",
    { type: "SDES", chunks: [{ ssrc: 1, items: [sdesItem("CNAME", "ab")] }] },
    "81ca000300000001010261620000" + "0000",
  ],
  ["RFC 3550 §6.6: BYE with a reason", { type: "BYE", ssrcs: [1], reason: "bye!" }, "81cb0003000000010462796521000000"],
  [
    "RFC 3550 §6.7: APP",
    { type: "APP", subtype: 5, ssrc: 1, name: "PURE", data: bytesFromHex("01020304") },
    "85cc000300000001505552450" + "1020304",
  ],
  [
    "RFC 3611 §4.4, §4.5: RRTR and DLRR",
    {
      type: "XR",
      ssrc: 1,
      blocks: [
        { block: "RRTR", ntpTimestamp: 0x1122334455667788n },
        { block: "DLRR", reports: [{ ssrc: 2, lastReceiverReport: 3, delay: 4 }] },
      ],
    },
    "80cf0008000000010400000211223344556677880500000300000002000000030000000" + "4",
  ],
  ["RFC 4585 §6.2.1: generic NACK", { type: "NACK", ...feedback, entries: [{ pid: 0x1234, blp: 0x8001 }] }, `81cd0003${ssrcs}12348001`],
  [
    "RFC 5104 §4.2.1: TMMBR",
    { type: "TMMBR", ...feedback, limits: [{ ssrc: 3, maxTotalBitRate: 0x1ffff * 4, measuredOverhead: 40 }] },
    `83cd0004${ssrcs}000000030bfffe28`,
  ],
  ["RFC 4585 §6.3.1: PLI", { type: "PLI", ...feedback }, `81ce0002${ssrcs}`],
  ["RFC 4585 §6.3.2: SLI", { type: "SLI", ...feedback, entries: [{ first: 1, number: 2, pictureId: 3 }] }, `82ce0003${ssrcs}00080083`],
  ["RFC 5104 §4.3.1: FIR", { type: "FIR", ...feedback, entries: [{ ssrc: 3, sequenceNumber: 0xab }] }, `84ce0004${ssrcs}00000003ab000000`],
  [
    "draft-alvestrand-rmcat-remb-03 §2.2: REMB",
    { type: "REMB", ...feedback, bitRate: 0x3ffff * 2, ssrcs: [3] },
    `8fce0005${ssrcs}52454d420107ffff00000003`,
  ],
  [
    "RFC 8888 §3.1: CCFB with an odd number of reports",
    {
      type: "CCFB",
      senderSsrc: 1,
      streams: [
        {
          ssrc: 2,
          beginSequenceNumber: 0xfffe,
          metrics: [{ ecn: 1, arrivalTimeOffset: 0x1ffe }, undefined, { ecn: 3, arrivalTimeOffset: 1 }],
        },
      ],
      reportTimestamp: 9,
    },
    "8bcd000600000001" + "00000002fffe0003" + "bffe0000e0010000" + "00000009",
  ],
])("%s", (_, packet, hex) => {
  expect(hexOf(packet)).toBe(hex);
  expect(parseRtcp(bytesFromHex(hex))).toEqual([packet]);
});

test("bit rates are rounded down to their mantissa", () => {
  const remb = parseRtcp(bytesFromHex(hexOf({ type: "REMB", ...feedback, bitRate: 2_500_001.7, ssrcs: [] })));
  expect(remb).toMatchObject([{ bitRate: 2_500_000 }]);
  const huge = parseRtcp(bytesFromHex(hexOf({ type: "REMB", ...feedback, bitRate: Number.MAX_VALUE, ssrcs: [] })));
  expect(huge).toMatchObject([{ bitRate: 0x3ffff * 2 ** 63 }]);
});

test.each<[string, string, Uint8Array]>([
  ["RFC 3550 §6.4.1: an SR without sender info", "bad-length", datagram(0x80, 200, "0000000100000002")],
  ["RFC 3550 §6.4.1: an SR with fewer blocks than counted", "bad-length", datagram(0x81, 200, "00".repeat(24))],
  ["RFC 3550 §6.4.2: an RR with fewer blocks than counted", "bad-length", datagram(0x82, 201, "00".repeat(28))],
  ["RFC 3550 §6.5: an SDES with fewer chunks than counted", "bad-length", datagram(0x82, 202, "0000000100000000")],
  ["RFC 3550 §6.5: an SDES item over the end", "bad-item", datagram(0x81, 202, "0000000101ff6162")],
  ["RFC 3550 §6.5: an SDES chunk without its end mark", "bad-item", datagram(0x81, 202, "0000000101026162")],
  ["RFC 3550 §6.5: an SDES with words after its chunks", "bad-length", datagram(0x81, 202, "000000010000000000000000")],
  ["RFC 3550 §6.6: a BYE with fewer sources than counted", "bad-length", datagram(0x82, 203, "00000001")],
  ["RFC 3550 §6.6: a BYE reason over the end", "bad-item", datagram(0x81, 203, "0000000104616263")],
  ["RFC 3550 §6.7: an APP without a name", "bad-length", datagram(0x80, 204, "00000001")],
  ["RFC 3611 §3: an XR block over the end", "bad-block", datagram(0x80, 207, "000000010700000200000000")],
  ["RFC 3611 §4.4: an RRTR of one word", "bad-block", datagram(0x80, 207, "000000010400000100000000")],
  ["RFC 3611 §4.5: a DLRR of two words", "bad-block", datagram(0x80, 207, "00000001050000020000000000000000")],
  ["RFC 4585 §6.1: feedback without its second SSRC", "bad-length", datagram(0x81, 206, "00000001")],
  ["RFC 4585 §6.2.1: a NACK of nothing", "bad-length", datagram(0x81, 205, ssrcs)],
  ["RFC 4585 §6.3.1: a PLI with parameters", "bad-length", datagram(0x81, 206, `${ssrcs}00000000`)],
  ["RFC 4585 §6.3.2: an SLI of nothing", "bad-length", datagram(0x82, 206, ssrcs)],
  ["RFC 5104 §4.3.1: a FIR of nothing", "bad-length", datagram(0x84, 206, ssrcs)],
  ["RFC 5104 §4.3.1: half a FIR", "bad-length", datagram(0x84, 206, `${ssrcs}00000003`)],
  ["RFC 5104 §4.2.1: half a TMMBR", "bad-length", datagram(0x83, 205, `${ssrcs}00000003`)],
  ["REMB with fewer SSRCs than counted", "bad-length", datagram(0x8f, 206, `${ssrcs}52454d420200000000000003`)],
  ["REMB without a bit rate", "bad-length", datagram(0x8f, 206, `${ssrcs}52454d42`)],
  ["RFC 8888 §3.1: CCFB without a timestamp", "bad-length", datagram(0x8b, 205, "00000001")],
  ["RFC 8888 §3.1: CCFB with more reports than octets", "bad-block", datagram(0x8b, 205, "00000001000000020000000500000000")],
  ["RFC 8888 §3.1: CCFB with half a stream", "bad-block", datagram(0x8b, 205, "000000010000000200000009")],
])("refuses %s", (_, reason, bytes) => {
  expect(parseRtcp(bytes)).toMatchObject({ reason });
});

test("RFC 8888 §3.1: no stream reports on more than 16384 packets", () => {
  const metrics = new Array(16_385).fill(undefined);
  const out = new Uint8Array(40_000);
  const length = writeRtcp(out, [
    { type: "CCFB", senderSsrc: 1, streams: [{ ssrc: 2, beginSequenceNumber: 0, metrics }], reportTimestamp: 0 },
  ]);
  expect(parseRtcp(out.subarray(0, length))).toMatchObject({ reason: "bad-block" });
});

test("RFC 3550 §6.5: texts are found by name", () => {
  const chunk = { ssrc: 1, items: [sdesItem("CNAME", "käse"), sdesItem("MID", "0")] };
  expect([sdesText(chunk, "CNAME"), sdesText(chunk, "MID"), sdesText(chunk, "TOOL")]).toEqual(["käse", "0", undefined]);
});

test("RFC 3550 §6.5.8: private extensions", () => {
  const extension = { prefix: "org.example", value: "käse" };
  const item = privateExtensionItem(extension);
  expect(hexFromBytes(item.value)).toBe(`0b${hexFromBytes(new TextEncoder().encode("org.examplekäse"))}`);
  expect(hexOf({ type: "SDES", chunks: [{ ssrc: 1, items: [item] }] })).toContain("0811" + "0b");
  expect(privateExtensionOf(item)).toEqual(extension);
  expect(privateExtensionOf({ type: 8, value: Uint8Array.of(2, 65) })).toBeUndefined();
  expect(privateExtensionOf({ type: 8, value: new Uint8Array(0) })).toBeUndefined();
  expect(privateExtensionOf(sdesItem("NOTE", "\0a"))).toBeUndefined();
});

test("RFC 3550 §4: NTP timestamps of Unix times, and back", () => {
  expect(ntpFromUnixMs(0)).toBe(2_208_988_800n << 32n);
  expect(ntpFromUnixMs(500)).toBe((2_208_988_800n << 32n) | 0x8000_0000n);
  for (const ms of [0, 1_763_636_400_123, 999.999_999_9, 2_200_000_000_000]) expect(unixMsFromNtp(ntpFromUnixMs(ms))).toBeCloseTo(ms, 3);
  expect(compactNtp(0x11112222_33334444n)).toBe(0x22223333);
});

test("RFC 3550 §6.4.1: round-trip time, figure 2's example", () => {
  // A's clock at reception 0xb710:8000, LSR 0xb705:2000, DLSR 0x0005:4000: 6.125 s
  expect(roundTripMs(0xb710_8000, 0xb705_2000, 0x0005_4000)).toBe(6125);
  expect(roundTripMs(5, 0, 0)).toBeUndefined();
  expect(roundTripMs(10, 20, 0)).toBeUndefined();
  expect(roundTripMs(0x0000_0001, 0xffff_ffff, 1)).toBe(msFromCompact(1));
  expect([compactFromMs(1500), compactFromMs(-1), compactFromMs(1e12)]).toEqual([98_304, 0, 0xffff_ffff]);
});
