import { expect, test } from "vitest";
import { codecsMatch, codecsMatchSymmetrically, isNegotiated } from "./codec-match.ts";
import type { RTCRtpCodec } from "./rtp-parameters.ts";

const h264 = (sdpFmtpLine?: string): RTCRtpCodec => ({
  mimeType: "video/H264",
  clockRate: 90_000,
  ...(sdpFmtpLine !== undefined && { sdpFmtpLine }),
});
const video = (name: string, sdpFmtpLine: string): RTCRtpCodec => ({ mimeType: `video/${name}`, clockRate: 90_000, sdpFmtpLine });
const opus: RTCRtpCodec = { mimeType: "audio/opus", clockRate: 48_000, channels: 2, sdpFmtpLine: "minptime=10;useinbandfec=1" };

test("codecmatch-algorithm steps 1 to 4: mime type in any case, clock rate, channels, and whether there is a line at all", () => {
  expect(codecsMatch(opus, { ...opus, mimeType: "AUDIO/OPUS" })).toBe(true);
  expect(codecsMatch(opus, { ...opus, clockRate: 8000 })).toBe(false);
  expect(codecsMatch(opus, { ...opus, channels: 1 })).toBe(false);
  const { channels: _, ...monaural } = opus;
  expect(codecsMatch(opus, monaural)).toBe(false);
  const { sdpFmtpLine: __, ...bare } = opus;
  expect([codecsMatch(opus, bare), codecsMatchSymmetrically(opus, bare)]).toEqual([false, false]);
});

test("codecmatch-algorithm step 5: the order of parameters and spaces are nothing, what is left out is inferred", () => {
  const line = "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f";
  expect(codecsMatch(h264(line), h264("profile-level-id=42E01F; level-asymmetry-allowed=1"))).toBe(true);
  expect(codecsMatch(h264(line), h264("profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1"))).toBe(false);
  expect(codecsMatch(video("AV1", "level-idx=5;profile=0;tier=0"), video("AV1", ""))).toBe(true);
  expect(codecsMatch(opus, { ...opus, sdpFmtpLine: "minptime=10" })).toBe(false);
});

test("codecmatch-algorithm step 5.1: lines that are no list of keys and values are compared as they are", () => {
  const red = { mimeType: "audio/red", clockRate: 48_000, channels: 2, sdpFmtpLine: "111/111" };
  expect([codecsMatch(red, { ...red }), codecsMatchSymmetrically(red, { ...red })]).toEqual([true, true]);
  expect(codecsMatchSymmetrically(red, { ...red, sdpFmtpLine: "96/96" })).toBe(false);
  expect(codecsMatch(red, { ...red, sdpFmtpLine: "apt=1" })).toBe(false);
});

test("codec-match-without-level-id: levels may differ where asymmetrical parameters are ignored, profiles and modes may not", () => {
  const [low, high] = [h264("packetization-mode=1;profile-level-id=42e01f"), h264("profile-level-id=42e033;packetization-mode=1")];
  expect([codecsMatch(low, high), codecsMatchSymmetrically(low, high)]).toEqual([false, true]);
  expect(codecsMatchSymmetrically(low, h264("packetization-mode=1;profile-level-id=640c1f"))).toBe(false);
  expect(codecsMatchSymmetrically(low, h264("packetization-mode=0;profile-level-id=42e01f"))).toBe(false);
  const [one, two] = [video("H265", "profile-id=1;level-id=93"), video("H265", "profile-id=1;level-id=150")];
  expect([codecsMatch(one, two), codecsMatchSymmetrically(one, two)]).toEqual([false, true]);
  expect(codecsMatchSymmetrically(one, video("H265", "profile-id=2;level-id=93"))).toBe(false);
});

test("setparameters-codec-validation-4: a capability counts as negotiated where the peer states parameters of its own, of the same profile", () => {
  const vp8 = { mimeType: "video/VP8", clockRate: 90_000 };
  expect(isNegotiated(vp8, [{ ...vp8, sdpFmtpLine: "max-fs=12288;max-fr=60" }], [vp8])).toBe(true);
  expect(isNegotiated(vp8, [{ ...vp8, sdpFmtpLine: "max-fs=12288;max-fr=60" }], [])).toBe(false);
  const [base, main] = [h264("packetization-mode=1;profile-level-id=42e01f"), h264("packetization-mode=1;profile-level-id=4d001f")];
  expect(isNegotiated(base, [main], [base, main])).toBe(false);
});
