import { InvalidArgumentError, utf8FromString } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { u16, u64 } from "../../../test/arbitraries.ts";
import {
  absCaptureTimeExtension,
  absSendTimeDifferenceMs,
  absSendTimeExtension,
  absSendTimeFromMs,
  audioLevelExtension,
  midExtension,
  mixerAudioLevelsExtension,
  msFromAbsSendTime,
  parseAbsCaptureTime,
  parseAbsSendTime,
  parseAudioLevel,
  parseMid,
  parseMixerAudioLevels,
  parsePlayoutDelay,
  parseRid,
  parseTransmissionOffset,
  parseTransportWideSequence,
  parseVideoOrientation,
  playoutDelayExtension,
  ridExtension,
  transmissionOffsetExtension,
  transportWideSequenceExtension,
  videoOrientationExtension,
} from "./index.ts";

test("RFC 9143 §15: a MID is a token", () => {
  expect(parseMid(midExtension("audio-1.$x"))).toBe("audio-1.$x");
  for (const bad of ["", "a b", 'a"', "a,", "(", "é", "a\0", ":", "@", "[", "\x7f"]) {
    expect(parseMid(utf8FromString(bad))).toMatchObject({ reason: "bad-mid" });
    expect(() => midExtension(bad)).toThrow(InvalidArgumentError);
  }
  expect(() => midExtension("a".repeat(256))).toThrow(InvalidArgumentError);
});

test("RFC 8852 §3.3: a RID is letters and digits (RFC 8851: also - and _)", () => {
  expect(parseRid(ridExtension("hi-Q_0"))).toBe("hi-Q_0");
  for (const bad of ["", "a b", "a.b", "ü", "a/"]) {
    expect(parseRid(utf8FromString(bad))).toMatchObject({ reason: "bad-rid" });
    expect(() => ridExtension(bad)).toThrow(InvalidArgumentError);
  }
  expect(() => ridExtension("a".repeat(256))).toThrow(InvalidArgumentError);
});

test("transport-wide-cc-02: sequence number, and a request for feedback", () => {
  expect(parseTransportWideSequence(Uint8Array.of(0x12, 0x34))).toEqual({ sequenceNumber: 0x1234 });
  expect(parseTransportWideSequence(Uint8Array.of(0x12, 0x34, 0x80, 0x05))).toEqual({
    sequenceNumber: 0x1234,
    feedbackRequest: { includeTimestamps: true, sequenceCount: 5 },
  });
  expect(parseTransportWideSequence(Uint8Array.of(0x12, 0x34, 0x80, 0))).toEqual({ sequenceNumber: 0x1234 });
  expect(parseTransportWideSequence(Uint8Array.of(1, 2, 3))).toMatchObject({ reason: "bad-length" });
  fc.assert(
    fc.property(u16, fc.boolean(), fc.integer({ min: 1, max: 0x7fff }), (sequenceNumber, includeTimestamps, sequenceCount) => {
      const value = { sequenceNumber, feedbackRequest: { includeTimestamps, sequenceCount } };
      expect(parseTransportWideSequence(transportWideSequenceExtension(value))).toEqual(value);
      expect(parseTransportWideSequence(transportWideSequenceExtension({ sequenceNumber }))).toEqual({ sequenceNumber });
    }),
  );
});

test("abs-send-time: 6.18 seconds modulo 64 s, differences across the wrap", () => {
  expect(absSendTimeFromMs(1000)).toBe(1 << 18);
  expect(absSendTimeFromMs(64_000 * 7 + 500)).toBe(1 << 17);
  expect(absSendTimeFromMs(63_999.9999)).toBe(0);
  expect(absSendTimeFromMs(-1000)).toBe(63 << 18);
  expect(msFromAbsSendTime(absSendTimeFromMs(12_345))).toBeCloseTo(12_345, 1);
  expect(absSendTimeDifferenceMs(absSendTimeFromMs(64_010), absSendTimeFromMs(63_990))).toBeCloseTo(20, 1);
  expect(absSendTimeDifferenceMs(absSendTimeFromMs(63_990), absSendTimeFromMs(64_010))).toBeCloseTo(-20, 1);
  expect(parseAbsSendTime(absSendTimeExtension(0xabcdef))).toBe(0xabcdef);
  expect(parseAbsSendTime(Uint8Array.of(1, 2))).toMatchObject({ reason: "bad-length" });
});

test("abs-capture-time: 8 octets, or 16 with a signed clock offset", () => {
  fc.assert(
    fc.property(u64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (absoluteCaptureTimestamp, estimatedCaptureClockOffset) => {
      const both = { absoluteCaptureTimestamp, estimatedCaptureClockOffset };
      expect(parseAbsCaptureTime(absCaptureTimeExtension(both))).toEqual(both);
      expect(parseAbsCaptureTime(absCaptureTimeExtension({ absoluteCaptureTimestamp }))).toEqual({ absoluteCaptureTimestamp });
    }),
  );
  for (const length of [0, 7, 9, 15, 17]) expect(parseAbsCaptureTime(new Uint8Array(length))).toMatchObject({ reason: "bad-length" });
});

test("RFC 5450 §3: the transmission offset is signed", () => {
  for (const offset of [0, 1, -1, 2 ** 23 - 1, -(2 ** 23)])
    expect(parseTransmissionOffset(transmissionOffsetExtension(offset))).toBe(offset);
  expect(parseTransmissionOffset(new Uint8Array(2))).toMatchObject({ reason: "bad-length" });
});

test("RFC 6464 §3: voice flag and level", () => {
  expect(audioLevelExtension({ level: 42, voiceActivity: true })).toEqual(Uint8Array.of(0xaa));
  for (let octet = 0; octet < 256; octet++) {
    const level = parseAudioLevel(Uint8Array.of(octet));
    expect(level).toEqual({ level: octet % 128, voiceActivity: octet > 127 });
  }
  expect(parseAudioLevel(Uint8Array.of(0x85, 0))).toEqual({ level: 5, voiceActivity: true });
  expect(parseAudioLevel(new Uint8Array(0))).toMatchObject({ reason: "bad-length" });
});

test("RFC 6465 §3: a level for each CSRC", () => {
  expect(parseMixerAudioLevels(mixerAudioLevelsExtension([0, 127, 5]))).toEqual([0, 127, 5]);
  expect(parseMixerAudioLevels(Uint8Array.of(0x85))).toEqual([5]);
  expect(parseMixerAudioLevels(new Uint8Array(0))).toMatchObject({ reason: "bad-length" });
  expect(parseMixerAudioLevels(new Uint8Array(16))).toMatchObject({ reason: "bad-length" });
});

test("3GPP TS 26.114 §7.4.5: camera, flip and rotation", () => {
  expect(parseVideoOrientation(Uint8Array.of(0b1101))).toEqual({ backCamera: true, flipped: true, rotation: 90 });
  for (let octet = 0; octet < 16; octet++) {
    const orientation = parseVideoOrientation(Uint8Array.of(0xf0 | octet));
    expect("reason" in orientation ? undefined : videoOrientationExtension(orientation)).toEqual(Uint8Array.of(octet));
  }
  expect(parseVideoOrientation(new Uint8Array(2))).toMatchObject({ reason: "bad-length" });
});

test("playout-delay: 12 bits each of 10 ms", () => {
  expect(playoutDelayExtension({ minimumMs: 100, maximumMs: 40_950 })).toEqual(Uint8Array.of(0x00, 0xaf, 0xff));
  expect(parsePlayoutDelay(Uint8Array.of(0x00, 0xaf, 0xff))).toEqual({ minimumMs: 100, maximumMs: 40_950 });
  expect(parsePlayoutDelay(Uint8Array.of(0x00, 0x20, 0x01))).toMatchObject({ reason: "bad-range" });
  expect(parsePlayoutDelay(new Uint8Array(4))).toMatchObject({ reason: "bad-length" });
  expect(() => playoutDelayExtension({ minimumMs: 20, maximumMs: 10 })).toThrow(InvalidArgumentError);
  expect(() => playoutDelayExtension({ minimumMs: 0, maximumMs: 40_960 })).toThrow(InvalidArgumentError);
  expect(() => playoutDelayExtension({ minimumMs: -10, maximumMs: 0 })).toThrow(InvalidArgumentError);
});
