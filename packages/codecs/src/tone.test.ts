import fc from "fast-check";
import { expect, test } from "vitest";
import { decibels, power, sine } from "../test/measure.ts";
import { CALL_PROGRESS_TONES, ToneGenerator } from "./tone.ts";

test("a tone has its frequency and its level in dBov", () => {
  const out = new Int16Array(8000);
  new ToneGenerator(8000, { components: [{ hertz: 425, levelDbov: -16 }] }).fill(out);
  expect(decibels(power(out) / 32768 ** 2)).toBeCloseTo(-16, 1);
  const amplitude = 32768 * Math.SQRT2 * 10 ** (-16 / 20);
  const wave = sine(425, 8000, 8000, amplitude);
  expect(out.every((sample, i) => Math.abs(sample - wave[i]!) <= 1)).toBe(true);
});

test("ITU-T E.180: a cadence sounds, pauses and starts over", () => {
  const out = new Int16Array(2 * 40_000);
  new ToneGenerator(8000, CALL_PROGRESS_TONES.europe.ringback).fill(out);
  for (const start of [0, 40_000]) {
    expect(decibels(power(out, start, start + 8000) / 32768 ** 2)).toBeCloseTo(-16, 1);
    expect(power(out, start + 8000, start + 40_000)).toBe(0);
  }
  const british = new Int16Array(8 * 3000);
  new ToneGenerator(8000, CALL_PROGRESS_TONES["united-kingdom"].ringback).fill(british);
  const sounding = (milliseconds: number) => power(british, milliseconds * 8, milliseconds * 8 + 80) > 0;
  expect([100, 450, 700, 1100, 2900].map(sounding)).toEqual([true, false, true, false, false]);
});

test("every call progress tone is -16 dBov while it sounds", () => {
  for (const tones of Object.values(CALL_PROGRESS_TONES)) {
    for (const tone of Object.values(tones)) {
      const out = new Int16Array(16_000);
      new ToneGenerator(16_000, { components: tone.components }).fill(out);
      expect(decibels(power(out) / 32768 ** 2)).toBeCloseTo(-16, 0);
    }
  }
});

test("a tone may be asked for in any pieces", () => {
  const whole = new Int16Array(3000);
  new ToneGenerator(8000, CALL_PROGRESS_TONES["north-america"].congestion).fill(whole);
  fc.assert(
    fc.property(fc.array(fc.nat(700), { maxLength: 10 }), (lengths) => {
      const generator = new ToneGenerator(8000, CALL_PROGRESS_TONES["north-america"].congestion);
      const out = new Int16Array(3000);
      let at = 0;
      for (const length of [...lengths, 3000]) {
        generator.fill(out.subarray(at, at + length));
        at += length;
      }
      expect(out.every((sample, i) => sample === whole[i])).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("tones that cannot be played are refused", () => {
  const component = { hertz: 425, levelDbov: -16 };
  for (const tone of [
    { components: [{ hertz: 4000, levelDbov: -16 }] },
    { components: [{ hertz: Number.NaN, levelDbov: -16 }] },
    { components: [{ hertz: 425, levelDbov: 0 }] },
    { components: [component], cadenceMs: [100] },
    { components: [component], cadenceMs: [0, 0] },
    { components: [component], cadenceMs: [] },
    { components: [component], cadenceMs: [200, -100] },
    { components: [component], cadenceMs: [Number.POSITIVE_INFINITY, 1] },
  ]) {
    expect(() => new ToneGenerator(8000, tone), JSON.stringify(tone)).toThrow(expect.objectContaining({ code: "TONE_INVALID" }));
  }
});
