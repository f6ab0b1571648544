import fc from "fast-check";
import { expect, test } from "vitest";
import { decibels, noiseSource, power, sine } from "../test/measure.ts";
import { Resampler } from "./resample.ts";

const RATES = [8000, 16_000, 24_000, 48_000];
const PAIRS = RATES.flatMap((inputRate) => RATES.filter((rate) => rate !== inputRate).map((outputRate) => ({ inputRate, outputRate })));

function convert(samples: Int16Array, inputRate: number, outputRate: number): Int16Array {
  const resampler = new Resampler({ inputRate, outputRate });
  const out = new Int16Array(resampler.outputLength(samples.length));
  expect(resampler.process(samples, out)).toBe(out.length);
  return out;
}

/** The level of one frequency, in dB relative to a sine wave of `amplitude`. */
function levelAt(hertz: number, samples: Int16Array, sampleRate: number, from: number, amplitude: number): number {
  const count = samples.length - from;
  let real = 0;
  let imaginary = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const window = Math.sin((Math.PI * (i + 0.5)) / count) ** 4; // its side lobes fall below what is to be measured
    real += window * samples[from + i]! * Math.cos((2 * Math.PI * hertz * i) / sampleRate);
    imaginary += window * samples[from + i]! * Math.sin((2 * Math.PI * hertz * i) / sampleRate);
    sum += window;
  }
  return decibels(((2 / sum) ** 2 * (real * real + imaginary * imaginary)) / amplitude ** 2 + 1e-20);
}

test.each(PAIRS)(
  "pass band, $inputRate to $outputRate: level within 0.01 dB up to 0.425 of the lower rate",
  ({ inputRate, outputRate }) => {
    const lower = Math.min(inputRate, outputRate);
    for (const part of [0.01, 0.1, 0.2, 0.3, 0.4, 0.425]) {
      const out = convert(sine(part * lower, inputRate, inputRate / 4, 30_000), inputRate, outputRate);
      const level = levelAt(part * lower, out, outputRate, Math.floor(outputRate / 50), 30_000);
      expect(Math.abs(level), `${part}`).toBeLessThan(0.01);
    }
  },
);

test.each(PAIRS)("stop band, $inputRate to $outputRate: images and aliases are 80 dB down", ({ inputRate, outputRate }) => {
  const settled = Math.floor(outputRate / 50);
  if (inputRate > outputRate) {
    for (const part of [0.5, 0.55, 0.65, 0.75, 0.9]) {
      const hertz = part * outputRate;
      if (hertz >= inputRate / 2) continue;
      const out = convert(sine(hertz, inputRate, inputRate / 4, 30_000, 1), inputRate, outputRate);
      expect(decibels(power(out, settled) / (30_000 ** 2 / 2) + 1e-20), `${hertz} Hz`).toBeLessThan(-80);
    }
  } else {
    for (const part of [0.1, 0.25, 0.4]) {
      const out = convert(sine(part * inputRate, inputRate, inputRate / 4, 30_000), inputRate, outputRate);
      for (const image of [(1 - part) * inputRate, (1 + part) * inputRate]) {
        if (image < outputRate / 2) expect(levelAt(image, out, outputRate, settled, 30_000), `image at ${image} Hz`).toBeLessThan(-80);
      }
    }
  }
});

test.each(PAIRS)("latency, $inputRate to $outputRate: what is stated, to a thousandth of a sample", ({ inputRate, outputRate }) => {
  const resampler = new Resampler({ inputRate, outputRate });
  expect(resampler.latencySeconds).toBeCloseTo(34 / Math.min(inputRate, outputRate), 10);
  const hertz = 1000;
  const out = convert(sine(hertz, inputRate, inputRate / 4), inputRate, outputRate);
  let error = 0;
  const settled = outputRate / 50;
  for (let i = settled; i < out.length; i++) {
    error = Math.max(error, Math.abs(out[i]! - 8000 * Math.sin(2 * Math.PI * hertz * (i / outputRate - resampler.latencySeconds))));
  }
  expect(error).toBeLessThan(8);
});

test("constants pass unchanged, and overload clips", () => {
  const out = convert(new Int16Array(4800).fill(12_345), 48_000, 8000);
  expect(out.subarray(100).every((sample) => sample === 12_345)).toBe(true);
  const clipped = convert(
    Int16Array.from({ length: 800 }, (_, i) => (i % 40 < 20 ? 32_767 : -32_768)),
    8000,
    48_000,
  );
  expect(Math.max(...clipped)).toBe(32_767);
  expect(Math.min(...clipped)).toBe(-32_768);
});

test("a stream may be cut anywhere, and the length is foretold", () => {
  const random = noiseSource(1);
  const samples = Int16Array.from({ length: 1000 }, () => Math.round(20_000 * random()));
  const cases = PAIRS.map((pair) => ({ ...pair, whole: convert(samples, pair.inputRate, pair.outputRate) }));
  fc.assert(
    fc.property(fc.constantFrom(...cases), fc.array(fc.nat(1000), { maxLength: 8 }), ({ inputRate, outputRate, whole }, cuts) => {
      const resampler = new Resampler({ inputRate, outputRate });
      const collected: number[] = [];
      let at = 0;
      for (const place of [...cuts.sort((a, b) => a - b), samples.length]) {
        const expected = resampler.outputLength(place - at);
        const out = new Int16Array(expected);
        expect(resampler.process(samples.subarray(at, place), out)).toBe(expected);
        collected.push(...out);
        at = place;
      }
      expect(collected.length).toBe(whole.length);
      expect(collected.every((sample, i) => sample === whole[i])).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test("any rates with a small ratio: 44.1 kHz too; the same rate is a delay", () => {
  expect(convert(new Int16Array(44_100), 44_100, 48_000).length).toBe(48_000);
  const tone = sine(1000, 16_000, 1600);
  const out = convert(tone, 16_000, 16_000);
  for (let i = 200; i < 1600; i++) expect(Math.abs(out[i]! - tone[i - 34]!)).toBeLessThanOrEqual(8);
  for (const [inputRate, outputRate] of [
    [8000, 0],
    [8000.5, 16_000],
    [8000, 48_001],
    [1, 48_000],
    [Number.NaN, 8000],
  ] as const) {
    expect(() => new Resampler({ inputRate, outputRate })).toThrow(expect.objectContaining({ code: "RESAMPLER_RATES" }));
  }
  expect(() => new Resampler({ inputRate: 8000, outputRate: 48_000 }).process(new Int16Array(10), new Int16Array(59))).toThrow(RangeError);
});
