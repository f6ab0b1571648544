import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { MediaMimeType } from "../frame.ts";
import { TEMPORAL_DELIMITER, withoutDelimiters } from "./av1.ts";
import { annexB, lengthPrefixedUnits, nalUnits, parseAvcConfiguration, parseHevcConfiguration, rawPayload } from "./nal-units.ts";
import { inspectFrame } from "./video-format.ts";

const VIDEO: readonly MediaMimeType[] = ["video/VP8", "video/VP9", "video/AV1", "video/H264", "video/H265"];

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

// Beginnings of key frames that libvpx, libaom, x264 and x265 made.
const AV1_SEQUENCE = "0a0b000000043cffbcdaf90040";
const H264_IDR = "00000001 6742c00dd901519e226c044000000300400000 0c83c50a92 00000001 68cb83cb20 000001 6588";
const H265_IDR =
  "00000001 42010101600000030090000003000003003ca00a080b9f796566924caf016808000003000800000300c840 00000001 4401c172b46240 000001 260180";

test.each([
  ["video/VP8", "b05a009d012a4001f000", { codec: "vp8", width: 320, height: 240 }],
  ["video/VP9", "824983420013f00ef60838", { codec: "vp09.00.41.08", width: 320, height: 240 }],
  ["video/AV1", `1200${AV1_SEQUENCE}32cd`, { codec: "av01.0.00M.08", width: 320, height: 240 }],
  ["video/H264", H264_IDR.replaceAll(" ", ""), { codec: "avc1.42c00d", width: 322, height: 182 }],
  ["video/H265", H265_IDR.replaceAll(" ", ""), { codec: "hvc1.1.6.L60.90", width: 320, height: 180 }],
] as const)("%s: a key frame, its size and its codec string", (mimeType, start, format) => {
  expect(inspectFrame(mimeType, hex(start))).toEqual({ keyframe: true, ...format });
});

test.each([
  ["video/VP8", "d1250000"],
  ["video/VP9", "860040"],
  ["video/AV1", "120032050a0b0c0d0e"],
  ["video/H264", "00000001419a0102"],
  ["video/H265", "000000010201d0"],
] as const)("%s: a delta frame", (mimeType, start) => {
  expect(inspectFrame(mimeType, hex(start)).keyframe).toBe(false);
});

test("any octets have a format, without a throw", () => {
  const starts = ["", "b05a009d012a", "82498342", "12000a0b", "0000000167640020", "000000014201", "000000010a"];
  fc.assert(
    fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 80 }), (start, rest) => {
      for (const mimeType of VIDEO) expect(inspectFrame(mimeType, Uint8Array.of(...hex(start), ...rest)).keyframe).toBeTypeOf("boolean");
    }),
  );
});

test("AV1 §5.3: temporal delimiters are left out, and only they", () => {
  const unit = hex(`${AV1_SEQUENCE}3202aabb`);
  expect(withoutDelimiters(Uint8Array.of(...TEMPORAL_DELIMITER, ...unit))).toEqual(unit);
  expect(withoutDelimiters(unit)).toBe(unit);
});

test("H.264 annex B: units out are units in", () => {
  // No start code within a unit and no zero at its end: encoders see to both.
  const unit = fc.uint8Array({ minLength: 1, maxLength: 30 }).map((octets) => octets.map((octet) => octet || 7));
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 6 }), (units) => {
      expect([...nalUnits(annexB(units))]).toEqual(units);
    }),
  );
});

test("H.264 §7.3.1: emulation prevention octets are taken out", () => {
  expect(rawPayload(hex("67000003000003010003"), 1)).toEqual(hex("00000000010003"));
});

test("ISO 14496-15 §5.3.3.1, §8.3.3.1: parameter sets and lengths; what is cut off is refused", () => {
  const avc = hex("0142c00dffe1000267420100026801");
  expect(parseAvcConfiguration(avc)).toEqual({ lengthSize: 4, parameterSets: [hex("6742"), hex("6801")] });
  const hevc = hex(`01${"00".repeat(20)}0302200001000240012100010003420101`);
  expect(parseHevcConfiguration(hevc)).toEqual({ lengthSize: 4, parameterSets: [hex("4001"), hex("420101")] });
  for (let length = 0; length < avc.length; length++) expect(parseAvcConfiguration(avc.subarray(0, length))).toBeUndefined();
  for (let length = 0; length < hevc.length; length++) expect(parseHevcConfiguration(hevc.subarray(0, length))).toBeUndefined();
});

test("ISO 14496-15 §5.3.4.2.1: units behind lengths; lengths that do not add up are refused", () => {
  expect(lengthPrefixedUnits(hex("000000026501000000014100000000"), 4)).toEqual([hex("6501"), hex("41")]);
  expect(lengthPrefixedUnits(hex("000365"), 2)).toBeUndefined();
  expect(lengthPrefixedUnits(hex("00"), 2)).toBeUndefined();
});
