import { expect, test } from "vitest";
import { agreedCodecs, answeredCodecs, type CodecCapability, wantedCodecs } from "./codec-agreement.ts";
import type { NegotiatedCodec } from "./media-types.ts";

const capability = (mimeType: string, clockRate: number, sdpFmtpLine?: string, rtcpFeedback: readonly string[] = []): CodecCapability => ({
  mimeType,
  clockRate,
  ...(mimeType.startsWith("audio/") && { channels: mimeType === "audio/opus" || mimeType === "audio/red" ? 2 : 1 }),
  ...(sdpFmtpLine !== undefined && { sdpFmtpLine }),
  rtcpFeedback,
});
const offered = (payloadType: number, codec: CodecCapability, change: Partial<NegotiatedCodec> = {}): NegotiatedCodec => ({
  ...codec,
  payloadType,
  ...change,
});

const OPUS = capability("audio/opus", 48_000, "minptime=10;useinbandfec=1", ["transport-cc"]);
const RED = capability("audio/red", 48_000);
const PCMU = capability("audio/PCMU", 8000);
const CN = capability("audio/CN", 8000);
const TONES = capability("audio/telephone-event", 8000, "0-15");
const VP8 = capability("video/VP8", 90_000, undefined, ["nack", "nack pli", "ccm fir"]);
const VP9 = capability("video/VP9", 90_000, "profile-id=0", ["nack"]);
const RTX = capability("video/rtx", 90_000);
const h264 = (level: string, asymmetry = true, mode = 1): CodecCapability =>
  capability("video/H264", 90_000, `${asymmetry ? "level-asymmetry-allowed=1;" : ""}packetization-mode=${mode};profile-level-id=${level}`);

const types = (codecs: readonly NegotiatedCodec[]): readonly number[] => codecs.map(({ payloadType }) => payloadType);

test("RFC 3264 §6.1: an answer takes what is common, in the offer's order with the offer's payload types", () => {
  const answer = answeredCodecs([offered(0, PCMU), offered(96, OPUS), offered(97, capability("audio/G729", 8000))], [OPUS, PCMU], false);
  expect(types(answer)).toEqual([0, 96]);
});

test("RFC 9429 §5.3.1: with codec preferences in their order", () => {
  const offer = [offered(100, VP8), offered(101, RTX, { repairs: 100 }), offered(102, VP9), offered(103, RTX, { repairs: 102 })];
  expect(types(answeredCodecs(offer, [VP9, VP8, RTX], true))).toEqual([102, 103, 100, 101]);
  expect(types(answeredCodecs(offer, [VP9, VP8, RTX], false))).toEqual([100, 101, 102, 103]);
  expect(types(answeredCodecs(offer, [VP9, VP8], true))).toEqual([102, 100]); // no rtx wanted
});

test("RFC 9429 §5.3.1: nothing but retransmission, redundancy, noise and tones is nothing", () => {
  const offer = [offered(96, OPUS), offered(63, RED, { sdpFmtpLine: "96/96" }), offered(13, CN), offered(101, TONES)];
  expect(answeredCodecs(offer, [RED, CN, TONES], false)).toEqual([]);
  expect(types(answeredCodecs(offer, [OPUS, CN, TONES, RED], false))).toEqual([96, 63, 13, 101]);
});

test("RFC 4588 §8.6: retransmission only of what was accepted, once, with its clock rate, by the number it names", () => {
  const offer = [
    offered(100, VP8),
    offered(101, RTX, { repairs: 100, sdpFmtpLine: "apt=100;rtx-time=500" }),
    offered(102, RTX, { repairs: 100 }),
    offered(103, RTX, { repairs: 99 }),
    offered(104, RTX),
    offered(105, RTX, { repairs: 101 }),
  ];
  const answer = answeredCodecs(offer, [VP8, RTX], false);
  expect(types(answer)).toEqual([100, 101]);
  expect(answer[1]).toMatchObject({ sdpFmtpLine: "apt=100", repairs: 100 });
  const slow = { ...RTX, clockRate: 8000 };
  expect(types(answeredCodecs([offered(100, VP8), offered(101, slow, { repairs: 100 })], [VP8, slow], false))).toEqual([100]);
});

test("RFC 2198 §5: redundancy only around what was accepted", () => {
  const offer = (list: string): readonly NegotiatedCodec[] => [
    offered(96, OPUS),
    offered(97, PCMU),
    offered(63, RED, { sdpFmtpLine: list }),
  ];
  expect(types(answeredCodecs(offer("96/96"), [OPUS, RED], false))).toEqual([96, 63]);
  expect(types(answeredCodecs(offer("96/97"), [OPUS, RED], false))).toEqual([96]);
});

test("RFC 3551 §4.1, RFC 3389 §2: noise and tones are matched by clock rate", () => {
  const wide = capability("audio/telephone-event", 48_000, "0-15");
  expect(types(answeredCodecs([offered(96, OPUS), offered(110, wide), offered(126, TONES)], [OPUS, TONES], false))).toEqual([96, 126]);
});

test("RFC 4585 §4.2: feedback that both sides know", () => {
  const [answer] = answeredCodecs([offered(100, VP8, { rtcpFeedback: ["nack pli", "transport-cc", "nack"] })], [VP8], false);
  expect(answer!.rtcpFeedback).toEqual(["nack pli", "nack"]);
});

test("RFC 5761 §4: payload types that look like RTCP are not accepted", () => {
  expect(types(answeredCodecs([offered(72, VP8), offered(100, VP9)], [VP8, VP9], false))).toEqual([100]);
  expect(agreedCodecs([offered(96, VP8)], [offered(72, VP8)]).send).toEqual([]);
});

test("RFC 3264 §6.1: of one codec offered twice the first", () => {
  expect(types(answeredCodecs([offered(100, VP8), offered(101, VP8)], [VP8], false))).toEqual([100]);
});

test("RFC 6184 §8.2.2: the answer's parameters of H.264", () => {
  const answer = (mine: CodecCapability, theirs: CodecCapability): string | undefined =>
    answeredCodecs([offered(102, theirs)], [mine], false)[0]?.sdpFmtpLine;
  expect(answer(h264("42e01f"), h264("42e034"))).toBe("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
  expect(answer(h264("42e034"), h264("42e01f"))).toBe("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034");
  expect(answer(h264("42e034"), h264("42e01f", false))).toBe("packetization-mode=1;profile-level-id=42e01f");
  expect(answer(h264("42e01f", false), h264("42e034"))).toBe("packetization-mode=1;profile-level-id=42e01f");
  expect(answer(h264("42e01f"), h264("42e01f", true, 0))).toBeUndefined();
  expect(answer(h264("42e01f"), h264("4d001f"))).toBeUndefined();
  expect(answer(h264("42e01f"), h264("zzz"))).toBeUndefined();
});

test("RFC 7798 §7.2.2: an answer lowers the level of H.265 and does not raise it", () => {
  const h265 = (level: number): CodecCapability => capability("video/H265", 90_000, `level-id=${level};profile-id=1`);
  const answer = (mine: number, theirs: number): string | undefined =>
    answeredCodecs([offered(49, h265(theirs))], [h265(mine)], false)[0]?.sdpFmtpLine;
  expect([answer(93, 120), answer(120, 93)]).toEqual(["level-id=93;profile-id=1", "level-id=93;profile-id=1"]);
});

test("RFC 4855 §3: the answer spells names as we do", () => {
  expect(answeredCodecs([offered(96, { ...VP8, mimeType: "video/vp8" })], [VP8], false)[0]!.mimeType).toBe("video/VP8");
});

test("webrtc-pc §5.4.1: preferences keep their order, and only what is a capability", () => {
  const capabilities = { codecs: [VP8, VP9, RTX], headerExtensions: [] };
  expect(wantedCodecs(capabilities, [])).toEqual([VP8, VP9, RTX]);
  expect(wantedCodecs(capabilities, [RTX, { mimeType: "video/vp9", clockRate: 90_000 }, VP8, VP8, h264("42e01f")])).toEqual([
    RTX,
    VP9,
    VP8,
  ]);
  expect(wantedCodecs(undefined, [VP8])).toEqual([]);
});

test("RFC 3264 §5.1: payload types may differ; each side sends with the other's, and parameters go with them", () => {
  const ours = [offered(96, VP8), offered(97, RTX, { repairs: 96, sdpFmtpLine: "apt=96" }), offered(98, h264("42e01f"))];
  const theirs = [
    offered(120, h264("42e034")),
    offered(100, VP8, { rtcpFeedback: ["nack"] }),
    offered(101, RTX, { repairs: 100, sdpFmtpLine: "apt=100" }),
  ];
  const { send, receive } = agreedCodecs(ours, theirs);
  expect(types(send)).toEqual([120, 100, 101]);
  expect(types(receive)).toEqual([96, 97, 98]);
  expect(send[0]!.sdpFmtpLine).toContain("42e034");
  expect(receive[2]!.sdpFmtpLine).toContain("42e01f");
  expect([send[1]!.rtcpFeedback, receive[0]!.rtcpFeedback]).toEqual([["nack"], ["nack"]]);
  expect([send[2]!.repairs, receive[1]!.repairs]).toEqual([100, 96]);
});

test("RFC 3264 §6.1: what only one side names is not agreed on, its retransmissions neither", () => {
  const ours = [offered(96, VP8), offered(97, RTX, { repairs: 96 }), offered(98, VP9), offered(99, RTX, { repairs: 98 })];
  const { send, receive } = agreedCodecs(ours, [offered(96, VP8), offered(99, RTX, { repairs: 98 })]);
  expect([types(send), types(receive)]).toEqual([[96], [96]]);
});
