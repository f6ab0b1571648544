/**
 * Comfort noise, RFC 3389: background noise told as a level and the reflection coefficients of an all-pole filter. Here are the two ends of
 * it, on samples; the payload format is rtp's. k1 is -R(1)/R(0), as in G.711 appendix II: negative for noise with more of the low.
 */
import { InvalidArgumentError, type RandomSource, randomU32 } from "@purertc/core";
import { rmsOfDbov, toSample } from "./pcm.ts";

/** What a comfort noise payload says. */
export interface NoiseParameters {
  /** 0 to 127: decibels below overload (-dBov), §3.1. */
  readonly level: number;
  /** Each above -1 and below 1, §3.2; at most 32. None: white noise. */
  readonly reflectionCoefficients: readonly number[];
}

/** Makes noise. New parameters set in over some 20 ms, so that nothing is heard of the change. */
export class ComfortNoiseGenerator {
  #seed: number;
  #coefficients: readonly number[] = [];
  /** Backward prediction errors of the lattice, b(0) to b(M - 1), one sample old. */
  #backward = new Float64Array(0);
  #gain = 0;
  #targetGain = 0;
  readonly #glide: number;

  /** `random` gives only the seed of a plain noise source. `sampleRate` (hertz, default 8000) is that of the smoothing alone. */
  constructor(random: RandomSource, sampleRate = 8000) {
    this.#seed = randomU32(random) | 1;
    this.#glide = 1 - Math.exp(-1 / (0.005 * sampleRate));
  }

  /** Takes parameters, as from a packet. Until then there is silence. */
  update({ level, reflectionCoefficients }: NoiseParameters): void {
    if (!(level >= 0 && level <= 127)) throw new InvalidArgumentError(`noise level ${level}`, { code: "COMFORT_NOISE_LEVEL" });
    if (reflectionCoefficients.length > 32 || !reflectionCoefficients.every((k) => Math.abs(k) < 1)) {
      throw new InvalidArgumentError("at most 32 reflection coefficients, between -1 and 1", { code: "COMFORT_NOISE_COEFFICIENT" });
    }
    if (reflectionCoefficients.length !== this.#backward.length) this.#backward = new Float64Array(reflectionCoefficients.length);
    this.#coefficients = [...reflectionCoefficients];
    // The lattice multiplies the power of white noise by 1 / ((1 - k1^2) (1 - k2^2) ...).
    this.#targetGain = rmsOfDbov(-level) * Math.sqrt(this.#coefficients.reduce((power, k) => power * (1 - k * k), 1));
  }

  /** Fills the whole of `out` with noise. */
  fill(out: Int16Array): void {
    for (let i = 0; i < out.length; i++) {
      this.#gain += (this.#targetGain - this.#gain) * this.#glide;
      out[i] = toSample(this.#shape(this.#gain * this.#white()));
    }
  }

  /** The all-pole lattice. */
  #shape(excitation: number): number {
    const backward = this.#backward;
    let forward = excitation;
    for (let i = backward.length - 1; i >= 0; i--) {
      const k = this.#coefficients[i]!;
      forward -= k * backward[i]!;
      if (i + 1 < backward.length) backward[i + 1] = backward[i]! + k * forward;
    }
    if (backward.length > 0) backward[0] = forward;
    return forward;
  }

  /** Variance 1, nearly normal: four uniform numbers added. */
  #white(): number {
    let sum = 0;
    for (let i = 0; i < 4; i++) {
      // Marsaglia's xorshift: enough for noise
      this.#seed ^= this.#seed << 13;
      this.#seed ^= this.#seed >>> 17;
      this.#seed ^= this.#seed << 5;
      sum += this.#seed;
    }
    return (sum / 2 ** 31) * Math.sqrt(3 / 4);
  }
}

/**
 * Describes background noise: its level, and the coefficients of a filter of `order` (default 8, at most 32), by the Levinson-Durbin
 * recursion over a Hann window. Give it some 20 to 100 ms without speech.
 */
export function analyzeNoise(samples: Int16Array, order = 8): NoiseParameters {
  if (!Number.isInteger(order) || order < 0 || order > 32) {
    throw new InvalidArgumentError(`a filter of order ${order}`, { code: "COMFORT_NOISE_ORDER" });
  }
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  if (energy === 0) return { level: 127, reflectionCoefficients: [] };
  const level = Math.round(Math.min(127, Math.max(0, -10 * Math.log10(energy / samples.length / 32768 ** 2))));
  return { level, reflectionCoefficients: levinsonDurbin(autocorrelation(samples, order)) };
}

function autocorrelation(samples: Int16Array, order: number): number[] {
  const windowed = Float64Array.from(samples, (sample, i) => sample * Math.sin((Math.PI * (i + 0.5)) / samples.length) ** 2);
  const result = Array.from({ length: order + 1 }, (_, lag) => {
    let sum = 0;
    for (let i = lag; i < windowed.length; i++) sum += windowed[i]! * windowed[i - lag]!;
    return sum;
  });
  result[0]! *= 1.0001; // white noise 40 dB down: keeps the recursion well-conditioned
  return result;
}

function levinsonDurbin(correlation: readonly number[]): number[] {
  const reflections: number[] = [];
  let predictor: number[] = [];
  let error = correlation[0]!;
  for (let i = 1; i < correlation.length; i++) {
    let sum = correlation[i]!;
    for (let j = 0; j < predictor.length; j++) sum += predictor[j]! * correlation[i - 1 - j]!;
    const k = Math.min(0.999, Math.max(-0.999, -sum / error));
    predictor = [...predictor.map((a, j) => a + k * predictor[predictor.length - 1 - j]!), k];
    reflections.push(k);
    error *= 1 - k * k;
  }
  return reflections;
}
