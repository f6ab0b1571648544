import { type MediaDescription, parseSdp, SdpMalformed } from "@purertc/sdp";
import { expect, test } from "vitest";
import { codecIdentity, describedCodecs, isMuxablePayloadType, isPrimary, redundantPayloadTypes, staticPayloadType } from "./codec.ts";

function section(...lines: readonly string[]): MediaDescription {
  const parsed = parseSdp(`v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n${lines.join("\r\n")}\r\n`);
  if (parsed instanceof SdpMalformed) throw new Error(parsed.reason);
  return parsed.media[0]!;
}

test("RFC 8866 §6.6, §6.15, RFC 4585 §4.2: codecs in the order of the m= line, with parameters and feedback", () => {
  const codecs = describedCodecs(
    section(
      "m=video 9 UDP/TLS/RTP/SAVPF 97 96",
      "a=rtpmap:96 VP8/90000",
      "a=rtpmap:97 rtx/90000",
      "a=rtpmap:98 VP9/90000",
      "a=fmtp:97 apt=96;rtx-time=3000",
      "a=rtcp-fb:* nack",
      "a=rtcp-fb:96 nack",
      "a=rtcp-fb:96 nack pli",
    ),
  );
  expect(codecs).toEqual([
    { mimeType: "video/rtx", clockRate: 90_000, sdpFmtpLine: "apt=96;rtx-time=3000", payloadType: 97, rtcpFeedback: ["nack"], repairs: 96 },
    { mimeType: "video/VP8", clockRate: 90_000, payloadType: 96, rtcpFeedback: ["nack", "nack pli"] },
  ]);
});

test("RFC 3551 §6: payload types without a=rtpmap are what the table says, for their kind", () => {
  const names = (line: string): unknown =>
    describedCodecs(section(line)).map(({ mimeType, clockRate, channels }) => [mimeType, clockRate, channels]);
  expect(names("m=audio 9 RTP/AVP 0 8 9 10 13 26 72 96")).toEqual([
    ["audio/PCMU", 8000, 1],
    ["audio/PCMA", 8000, 1],
    ["audio/G722", 8000, 1],
    ["audio/L16", 44_100, 2],
    ["audio/CN", 8000, 1],
  ]);
  expect(names("m=video 9 RTP/AVP 0 34")).toEqual([["video/H263", 90_000, undefined]]);
  // A map of its own comes before the table.
  expect(describedCodecs(section("m=audio 9 RTP/AVP 8", "a=rtpmap:8 opus/48000/2"))[0]!.mimeType).toBe("audio/opus");
});

test("RFC 8866 §5.14: formats that are no payload type, and repeated ones, are left out; other kinds have no codecs", () => {
  expect(describedCodecs(section("m=audio 9 RTP/AVP 0 0 128 00 abc 8")).map(({ payloadType }) => payloadType)).toEqual([0, 8]);
  expect(describedCodecs(section("m=application 9 UDP/DTLS/SCTP webrtc-datachannel"))).toEqual([]);
  expect(describedCodecs(section("m=text 9 RTP/AVP 0"))).toEqual([]);
});

test("RFC 4855 §3: names without regard to case; clock rate and channels count; parameters only where they make another codec", () => {
  const same = (a: string, b: string, kind = "video", clockRate = 90_000): boolean => {
    const [nameA, ...fmtpA] = a.split(" ");
    const [nameB, ...fmtpB] = b.split(" ");
    return (
      codecIdentity({ mimeType: `${kind}/${nameA}`, clockRate, sdpFmtpLine: fmtpA.join(" ") }) ===
      codecIdentity({ mimeType: `${kind}/${nameB}`, clockRate, sdpFmtpLine: fmtpB.join(" ") })
    );
  };
  expect(same("VP8 max-fs=12288", "vp8")).toBe(true);
  expect(same("H264 profile-level-id=42e01f;packetization-mode=1", "h264 packetization-mode=1; profile-level-id=42E034")).toBe(true);
  expect(same("H264 profile-level-id=42e01f;packetization-mode=1", "H264 profile-level-id=42e01f")).toBe(false);
  expect(same("H264 profile-level-id=42e01f", "H264 profile-level-id=42001f;packetization-mode=0")).toBe(false);
  expect(same("VP9", "VP9 profile-id=0")).toBe(true);
  expect(same("VP9 profile-id=2", "VP9 profile-id=0")).toBe(false);
  expect(same("AV1 level-idx=5;profile=0;tier=0", "AV1")).toBe(true);
  expect(same("AV1 profile=1", "AV1")).toBe(false);
  expect(same("H265 level-id=93", "H265 level-id=120;profile-id=1;tier-flag=0;tx-mode=SRST")).toBe(true);
  expect(same("H265 profile-id=2", "H265")).toBe(false);
  expect(same("H265 tier-flag=1", "H265")).toBe(false);
  expect(same("H265 tx-mode=MRST", "H265")).toBe(false);
  const cn = { mimeType: "audio/CN", clockRate: 8000 };
  expect(codecIdentity(cn)).toBe(codecIdentity({ ...cn, channels: 1 }));
  expect(codecIdentity(cn)).not.toBe(codecIdentity({ ...cn, clockRate: 16_000 }));
  expect(codecIdentity({ mimeType: "audio/opus", clockRate: 48_000, channels: 2 })).not.toBe(
    codecIdentity({ mimeType: "audio/opus", clockRate: 48_000 }),
  );
});

test("RFC 5761 §4: 64 to 95 cannot be told from RTCP", () => {
  expect([0, 63, 64, 95, 96, 127].map(isMuxablePayloadType)).toEqual([true, true, false, false, true, true]);
});

test("RFC 2198 §5: red lists payload types, or what it lists is nothing to us", () => {
  const red = (sdpFmtpLine?: string): readonly number[] =>
    redundantPayloadTypes({ mimeType: "audio/red", clockRate: 48_000, ...(sdpFmtpLine !== undefined && { sdpFmtpLine }) });
  expect([red("111/111"), red("0/8/0"), red("x/1"), red("200"), red()]).toEqual([[111, 111], [0, 8, 0], [], [], []]);
});

test("RFC 3551 §6: what has a payload type of its own gets it", () => {
  expect(staticPayloadType({ mimeType: "audio/pcma", clockRate: 8000, channels: 1 })).toBe(8);
  expect(staticPayloadType({ mimeType: "audio/CN", clockRate: 8000 })).toBe(13);
  expect(staticPayloadType({ mimeType: "audio/CN", clockRate: 16_000 })).toBeUndefined();
  expect(staticPayloadType({ mimeType: "video/VP8", clockRate: 90_000 })).toBeUndefined();
});

test("webrtc-pc §5.4.1: retransmission, redundancy, comfort noise and tones carry no media by themselves", () => {
  const primary = [
    "audio/opus",
    "audio/red",
    "audio/CN",
    "audio/telephone-event",
    "video/rtx",
    "video/ulpfec",
    "video/flexfec-03",
    "video/VP8",
  ].filter((mimeType) => isPrimary({ mimeType, clockRate: 90_000 }));
  expect(primary).toEqual(["audio/opus", "video/VP8"]);
});
