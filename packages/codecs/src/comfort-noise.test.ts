import type { RandomSource } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decibels, noiseSource, power } from "../test/measure.ts";
import { analyzeNoise, ComfortNoiseGenerator } from "./comfort-noise.ts";

function seeded(seed: number): RandomSource {
  const next = noiseSource(seed);
  return {
    fill(out) {
      for (let i = 0; i < out.length; i++) out[i] = Math.floor((next() + 1) * 127.99);
    },
  };
}

function generate(level: number, reflectionCoefficients: readonly number[], length = 32_000): Int16Array {
  const generator = new ComfortNoiseGenerator(seeded(1));
  generator.update({ level, reflectionCoefficients });
  const out = new Int16Array(length);
  generator.fill(out);
  return out;
}

test("RFC 3389 §3.1: the noise has its level, whatever the filter", () => {
  for (const level of [20, 30, 45, 60]) {
    for (const coefficients of [[], [-0.7], [0.5, 0.2], [-0.8, 0.5, -0.2, 0.1]]) {
      const out = generate(level, coefficients);
      expect(Math.abs(decibels(power(out, 800) / 32768 ** 2) + level), `${level}, ${coefficients}`).toBeLessThan(1);
    }
  }
});

test("RFC 3389 §3.2: the noise has its spectrum: what is analysed is what was asked for", () => {
  for (const coefficients of [
    [-0.7, 0, 0],
    [0.6, -0.3, 0],
    [-0.8, 0.5, -0.2],
    [-0.5, 0.6, 0.3],
  ]) {
    const { level, reflectionCoefficients } = analyzeNoise(generate(30, coefficients).subarray(800), coefficients.length);
    expect(Math.abs(level - 30)).toBeLessThanOrEqual(1);
    for (const [i, k] of reflectionCoefficients.entries()) expect(Math.abs(k - coefficients[i]!), `k${i + 1}`).toBeLessThan(0.06);
  }
});

test("before the first packet there is silence; new parameters glide in", () => {
  const generator = new ComfortNoiseGenerator(seeded(2));
  const out = new Int16Array(1600);
  generator.fill(out);
  expect(power(out)).toBe(0);
  generator.update({ level: 30, reflectionCoefficients: [] });
  generator.fill(out);
  expect(power(out, 0, 10)).toBeLessThan(power(out, 800) / 10);
  generator.update({ level: 127, reflectionCoefficients: [] });
  generator.fill(out);
  expect(power(out, 800)).toBeLessThan(1);
});

test("silence and orders", () => {
  expect(analyzeNoise(new Int16Array(160))).toEqual({ level: 127, reflectionCoefficients: [] });
  expect(analyzeNoise(new Int16Array(0))).toEqual({ level: 127, reflectionCoefficients: [] });
  expect(analyzeNoise(Int16Array.of(1, -1, 2), 0).reflectionCoefficients).toEqual([]);
  expect(() => analyzeNoise(new Int16Array(160), 33)).toThrow(expect.objectContaining({ code: "COMFORT_NOISE_ORDER" }));
});

test("parameters out of range are refused", () => {
  const generator = new ComfortNoiseGenerator(seeded(3));
  for (const level of [-1, 128, Number.NaN]) {
    expect(() => generator.update({ level, reflectionCoefficients: [] })).toThrow(expect.objectContaining({ code: "COMFORT_NOISE_LEVEL" }));
  }
  for (const reflectionCoefficients of [[1], [-1], [Number.NaN], new Array<number>(33).fill(0)]) {
    expect(() => generator.update({ level: 30, reflectionCoefficients })).toThrow(
      expect.objectContaining({ code: "COMFORT_NOISE_COEFFICIENT" }),
    );
  }
});

test("hostile: whatever a payload may say, the filter stays stable", () => {
  const coefficient = fc.integer({ min: -127, max: 127 }).map((n) => n / 128);
  fc.assert(
    fc.property(
      fc.array(fc.record({ level: fc.nat(127), reflectionCoefficients: fc.array(coefficient, { maxLength: 20 }) }), {
        minLength: 1,
        maxLength: 6,
      }),
      (updates) => {
        const generator = new ComfortNoiseGenerator(seeded(4));
        const out = new Int16Array(1600);
        for (const update of updates) {
          generator.update(update);
          generator.fill(out);
        }
        generator.update({ level: 60, reflectionCoefficients: [] });
        for (let i = 0; i < 5; i++) generator.fill(out);
        expect(decibels(power(out) / 32768 ** 2)).toBeLessThan(-57);
      },
    ),
    { numRuns: 40 },
  );
});
