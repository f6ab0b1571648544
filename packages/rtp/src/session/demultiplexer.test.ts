import { expect, test } from "vitest";
import { browserPackets } from "../../test/browser-packets.ts";
import { midExtension, ridExtension } from "../codec/extensions/sdes-item.ts";
import { headerExtensionBlock } from "../codec/header-extension.ts";
import { writeRtpPacket } from "../codec/packet.ts";
import { RtpReader } from "../codec/reader.ts";
import { type DemultiplexedSection, Demultiplexer } from "./demultiplexer.ts";

const ids = { midExtensionId: 4, ridExtensionId: 10, repairedRidExtensionId: 11 };
const AUDIO: DemultiplexedSection = { mid: "a", payloadTypes: [111, 9], ...ids };
const VIDEO: DemultiplexedSection = { mid: "v", payloadTypes: [96, 97], ...ids };
const SCREEN: DemultiplexedSection = { mid: "s", payloadTypes: [96, 98], ...ids };

let sequenceNumber = 1;

/** Each comes after those before it, unless it says otherwise. */
function packet(
  ssrc: number,
  payloadType: number,
  texts: { mid?: string; rid?: string; repairedRid?: string } = {},
  number: number = sequenceNumber++,
): RtpReader {
  const elements = [
    ...(texts.mid === undefined ? [] : [{ id: 4, data: midExtension(texts.mid) }]),
    ...(texts.rid === undefined ? [] : [{ id: 10, data: ridExtension(texts.rid) }]),
    ...(texts.repairedRid === undefined ? [] : [{ id: 11, data: ridExtension(texts.repairedRid) }]),
  ];
  const out = new Uint8Array(200);
  const extension = elements.length === 0 ? {} : { extension: headerExtensionBlock(elements) };
  const length = writeRtpPacket(out, {
    marker: false,
    payloadType,
    sequenceNumber: number & 0xffff,
    timestamp: 2,
    ssrc,
    csrcs: [],
    payload: new Uint8Array(1),
    ...extension,
  });
  const reader = new RtpReader();
  reader.read(out, length);
  return reader;
}

function demultiplexer(...sections: DemultiplexedSection[]): Demultiplexer {
  const one = new Demultiplexer({ maxSsrcs: 8 });
  one.setSections(sections);
  return one;
}

test("RFC 8843 §9.2: a MID tells the section, and its SSRC is remembered", () => {
  const one = demultiplexer(AUDIO, VIDEO, SCREEN);
  expect(one.route(packet(1, 96))).toBe("no-route"); // two sections have 96
  expect(one.route(packet(1, 96, { mid: "s" }))).toEqual({ mid: "s", ssrc: 1 });
  const route = one.route(packet(1, 96));
  expect(route).toEqual({ mid: "s", ssrc: 1 });
  expect(one.route(packet(1, 96, { mid: "s" }))).toBe(route);
});

test("RFC 8843 §9.2: signalled SSRCs, then unique payload types", () => {
  const one = demultiplexer(AUDIO, { ...VIDEO, ssrcs: [50] }, SCREEN);
  expect(one.route(packet(50, 96))).toEqual({ mid: "v", ssrc: 50 });
  expect(one.route(packet(2, 111))).toEqual({ mid: "a", ssrc: 2 });
  expect(one.route(packet(3, 98))).toEqual({ mid: "s", ssrc: 3 });
  expect(one.route(packet(4, 5))).toBe("no-route");
});

test("RFC 8843 §9.2: a MID that is not in the group drops the packet; one that is moves the SSRC", () => {
  const one = demultiplexer(AUDIO, VIDEO, SCREEN);
  expect(one.route(packet(1, 111, { mid: "zzz" }))).toBe("unknown-mid");
  expect(one.ssrcCount).toBe(0);
  one.route(packet(1, 96, { mid: "v", rid: "hi" }));
  expect(one.route(packet(1, 96, { mid: "s" }))).toEqual({ mid: "s", ssrc: 1 });
  expect(one.route(packet(1, 111, { mid: "v" }))).toBe("unknown-payload-type");
  expect(one.routeOf(1)).toEqual({ mid: "s", ssrc: 1 });
  expect(one.route(packet(1, 97))).toBe("unknown-payload-type");
});

test("RFC 9143 §9.2: a packet that comes late, from before the last MID, moves its SSRC nowhere", () => {
  const one = demultiplexer(VIDEO, SCREEN);
  one.route(packet(1, 96, { mid: "v" }, 0xfffe));
  one.route(packet(1, 96, { mid: "v" }, 1)); // across the wrap
  const moved = one.route(packet(1, 96, { mid: "s" }, 3));
  expect(moved).toEqual({ mid: "s", ssrc: 1 });
  expect([one.route(packet(1, 96, { mid: "v" }, 2)), one.route(packet(1, 96, { mid: "zzz" }, 0xffff))]).toEqual([moved, moved]);
  expect(one.route(packet(1, 96, { mid: "v" }, 4))).toEqual({ mid: "v", ssrc: 1 });
  expect(one.route(packet(1, 96, { mid: "s" }, 40_000))).toEqual({ mid: "s", ssrc: 1 }); // the numbers have wrapped since, unseen
});

test("RFC 9143 §9.2: SSRCs that SDES names and that send nothing keep no sender out", () => {
  const one = new Demultiplexer({ maxSsrcs: 40 });
  one.setSections([AUDIO]);
  one.route(packet(1, 111));
  one.learnMid(2, "a");
  one.route(packet(2, 111));
  for (let ssrc = 100; ssrc < 1000; ssrc++) one.learnMid(ssrc, "a");
  expect(one.ssrcCount).toBeLessThan(40);
  expect([one.routeOf(1)?.mid, one.routeOf(2)?.mid, one.routeOf(999)?.mid, one.routeOf(100)]).toEqual(["a", "a", "a", undefined]);
  expect(one.route(packet(5000, 111))).toEqual({ mid: "a", ssrc: 5000 });
});

test("RFC 8852 §3: simulcast layers and their repair are told by their ids, once and for all", () => {
  const one = demultiplexer(VIDEO);
  expect(one.route(packet(1, 96, { mid: "v", rid: "hi" }))).toEqual({ mid: "v", ssrc: 1, rid: "hi" });
  expect(one.route(packet(2, 97, { mid: "v", repairedRid: "hi" }))).toEqual({ mid: "v", ssrc: 2, repairedRid: "hi" });
  const learned = one.route(packet(1, 96));
  expect(learned).toEqual({ mid: "v", ssrc: 1, rid: "hi" });
  expect(one.route(packet(1, 96, { rid: "hi" }))).toBe(learned);
  expect(one.route(packet(1, 96, { rid: "lo" }))).toMatchObject({ rid: "lo" });
});

test("a sender that floods new SSRCs is refused beyond the limit, known ones are not", () => {
  const one = demultiplexer(AUDIO, { ...VIDEO, ssrcs: [500] });
  const results = Array.from({ length: 20 }, (_, ssrc) => one.route(packet(ssrc, 111)));
  expect(results.filter((result) => result === "too-many-ssrcs").length).toBe(13);
  expect(one.route(packet(30, 111, { mid: "a" }))).toBe("too-many-ssrcs");
  expect(one.learnMid(31, "a")).toBe(false);
  expect([one.ssrcCount, typeof one.route(packet(0, 111)), typeof one.route(packet(500, 96))]).toEqual([8, "object", "object"]);
  one.forget(0);
  one.forget(500); // signalled: kept
  expect([one.ssrcCount, typeof one.route(packet(40, 111))]).toEqual([7, "object"]);
});

test("SSRCs of which nothing is received make room for new ones, and are told", () => {
  const forgotten: number[] = [];
  const one = new Demultiplexer({ maxSsrcs: 4, isInUse: (ssrc) => ssrc <= 2, onForgotten: (ssrc) => void forgotten.push(ssrc) });
  one.setSections([AUDIO, { ...VIDEO, ssrcs: [3] }]);
  for (const ssrc of [1, 2, 10, 11, 12]) expect(one.route(packet(ssrc, 111))).toMatchObject({ ssrc });
  expect([forgotten, one.ssrcCount]).toEqual([[10, 11], 4]);
  expect([1, 2, 3, 12].map((ssrc) => one.routeOf(ssrc)?.ssrc)).toEqual([1, 2, 3, 12]);
});

test("RFC 8843 §9.2: a new description forgets routes to sections that are gone", () => {
  const one = demultiplexer(AUDIO, VIDEO);
  one.route(packet(1, 111));
  one.route(packet(2, 96));
  one.setSections([AUDIO]);
  expect([one.routeOf(1)?.mid, one.routeOf(2), one.route(packet(2, 96))]).toEqual(["a", undefined, "no-route"]);
});

test("RFC 8843 §9.2: RTCP goes to the sections of the sources it speaks of; SDES with MID teaches", () => {
  const one = demultiplexer(AUDIO, VIDEO);
  expect([one.learnMid(7, "v"), one.learnMid(7, "v"), one.learnMid(8, "zzz")]).toEqual([true, true, false]);
  one.route(packet(1, 111));
  expect([
    ...one.routeRtcp({ type: "SR", ssrc: 7, ntpTimestamp: 0n, rtpTimestamp: 0, packetCount: 0, octetCount: 0, reports: [] }),
  ]).toEqual(["v"]);
  expect([...one.routeRtcp({ type: "BYE", ssrcs: [1, 7, 99] })]).toEqual(["a", "v"]);
  expect([...one.routeRtcp({ type: "SDES", chunks: [{ ssrc: 1, items: [] }] })]).toEqual(["a"]);
  expect([...one.routeRtcp({ type: "PLI", senderSsrc: 7, mediaSsrc: 0 })]).toEqual(["v"]);
  expect([...one.routeRtcp({ type: "unknown", packetType: 210, count: 0, body: new Uint8Array(4) })]).toEqual([]);
});

test("RFC 8843 §9.2: the browsers' packets find their sections, by MID first and by SSRC after it is no longer sent", () => {
  const one = demultiplexer(
    { mid: "0", payloadTypes: [111], midExtensionId: 4 },
    { mid: "1", payloadTypes: [96, 97, 118, 119], midExtensionId: 4 },
  );
  const reader = new RtpReader();
  for (const { kind, bytes } of browserPackets) {
    if (kind !== "rtp") continue;
    reader.read(bytes);
    expect(one.route(reader)).toMatchObject({ mid: reader.payloadType === 111 ? "0" : "1" });
  }
  expect(one.ssrcCount).toBe(6);
});
