import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { CodecCapability } from "./codec-agreement.ts";
import { PayloadTypeChoice, payloadTypesOf, rememberedPayloadTypes } from "./payload-types.ts";

const codec = (mimeType: string, clockRate = 90_000, channels?: number): CodecCapability => ({
  mimeType,
  clockRate,
  ...(channels !== undefined && { channels }),
  rtcpFeedback: [],
});
const [VP8, VP9, RTX] = [codec("video/VP8"), codec("video/VP9"), codec("video/rtx")];
const [OPUS, RED, PCMU] = [codec("audio/opus", 48_000, 2), codec("audio/red", 48_000, 2), codec("audio/PCMU", 8000, 1)];
const NONE: ReadonlyMap<string, number> = new Map();

test("RFC 3551 §6, §3: static types, the usual ones, then dynamic ones; retransmissions right after what they repair", () => {
  const choice = new PayloadTypeChoice(NONE);
  expect(choice.offered([OPUS, RED, PCMU], NONE).map(({ payloadType, sdpFmtpLine }) => [payloadType, sdpFmtpLine])).toEqual([
    [111, undefined],
    [63, "111/111"],
    [0, undefined],
  ]);
  expect(choice.offered([VP8, VP9, RTX], NONE).map(({ payloadType, sdpFmtpLine, repairs }) => [payloadType, sdpFmtpLine, repairs])).toEqual(
    [
      [96, undefined, undefined],
      [97, "apt=96", 96],
      [98, undefined, undefined],
      [99, "apt=98", 98],
    ],
  );
});

test("RFC 2198 §5: redundancy of nothing is not offered", () => {
  expect(new PayloadTypeChoice(NONE).offered([RED, PCMU], NONE).map(({ payloadType }) => payloadType)).toEqual([0]);
});

test("RFC 9143 §9.1: a second section of the bundle gives the same codec the same payload type, and another codec another", () => {
  const choice = new PayloadTypeChoice(NONE);
  const first = choice.offered([VP8, RTX], NONE);
  expect(choice.offered([VP8, RTX], NONE)).toEqual(first);
  expect(choice.offered([VP9], NONE)[0]!.payloadType).toBe(98);
});

test("RFC 3264 §8.3.2: what a section has it keeps, what was ever used is used again, and for nothing else", () => {
  const section = new PayloadTypeChoice(NONE)
    .offered([codec("video/H264"), RTX], NONE)
    .map((one) => ({ ...one, payloadType: one.payloadType + 24 }));
  section[1] = { ...section[1]!, repairs: 120 };
  const known = rememberedPayloadTypes(NONE, [section]);
  const choice = new PayloadTypeChoice(known);
  const current = payloadTypesOf([{ ...VP8, payloadType: 120 }]);
  choice.keep(current);
  expect(choice.offered([VP8], current)[0]!.payloadType).toBe(120);
  // H264 had 120, which this section uses otherwise: so it moves, and its retransmissions stay.
  const other = new PayloadTypeChoice(known).offered([VP9, codec("video/H264"), RTX], NONE).map(({ payloadType }) => payloadType);
  expect(other).toEqual([96, 97, 120, 121]);
});

test("RFC 3264 §8.3.2: two sections that name one codec differently both keep their number", () => {
  const [one, two] = [payloadTypesOf([{ ...VP8, payloadType: 100 }]), payloadTypesOf([{ ...VP8, payloadType: 101 }])];
  const choice = new PayloadTypeChoice(NONE);
  choice.keep(one);
  choice.keep(two);
  expect([one, two, NONE].map((current) => choice.offered([VP8], current)[0]!.payloadType)).toEqual([100, 101, 100]);
});

test("RFC 5761 §4: however many codecs there are, numbers are unique and none looks like RTCP; what finds none is left out", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 90 }), fc.boolean(), (count, withRtx) => {
      const many = Array.from({ length: count }, (_, index) => codec(`video/x${index}`));
      const types = new PayloadTypeChoice(NONE).offered(withRtx ? [...many, RTX] : many, NONE).map(({ payloadType }) => payloadType);
      expect(new Set(types).size).toBe(types.length);
      expect(types.every((type) => (type >= 35 && type <= 63) || (type >= 96 && type <= 127))).toBe(true);
      expect(types.length).toBe(Math.min(withRtx ? 2 * count : count, 61));
    }),
  );
});
