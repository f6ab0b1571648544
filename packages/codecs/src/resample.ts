/**
 * Sample rate conversion by a polyphase filter bank: a sinc in a Kaiser window (J. F. Kaiser 1974), with one set of taps for each
 * position that an output sample can have between two input samples.
 *
 * Let f be the lower of the two rates. What is below 0.425 f passes within 0.01 dB; what is above 0.5 f, and every image or alias of it, is
 * 80 dB down. The delay is 34 samples at the rate f, that is 4.25 ms with 8 kHz at either end, 2.125 ms with 16 kHz.
 */
import { InvalidArgumentError } from "@purertc/core";
import { toSample } from "./pcm.ts";
import { checkRoom } from "./room.ts";

/** Rates, in hertz. */
export interface ResamplerOptions {
  /** A whole number. */
  readonly inputRate: number;
  /** A whole number; `outputRate` over `inputRate` must reduce to a fraction with a numerator of at most 480 and a value of 1/32 to 32. */
  readonly outputRate: number;
}

/** One channel of one stream. Results do not depend on how the stream is cut into calls. */
export class Resampler {
  readonly inputRate: number;
  readonly outputRate: number;
  /** How long after the input the output comes, in seconds. */
  readonly latencySeconds: number;
  /** The same in input samples: so many zeros push the last of a signal out. */
  readonly latencyInputSamples: number;
  /** Output samples per input sample: a fraction in lowest terms. */
  readonly #interpolation: number;
  readonly #decimation: number;
  readonly #length: number;
  /** Taps of each of the `#interpolation` positions, one set after the other, oldest sample first. */
  readonly #taps: Float64Array;
  /** The last `#length` samples twice over: a window of them is always in one piece. */
  readonly #history: Float64Array;
  #at = 0;
  /** How far after the last input sample the next output sample lies, in input samples over `#interpolation`, less one input sample. */
  #offset = 0;

  constructor({ inputRate, outputRate }: ResamplerOptions) {
    checkRates(inputRate, outputRate);
    const divisor = greatestCommonDivisor(inputRate, outputRate);
    this.inputRate = inputRate;
    this.outputRate = outputRate;
    this.#interpolation = outputRate / divisor;
    this.#decimation = inputRate / divisor;
    const slower = Math.max(1, inputRate / outputRate); // the lower rate's samples are so much longer than the input's
    this.latencyInputSamples = Math.ceil(HALF_LENGTH * slower);
    this.latencySeconds = this.latencyInputSamples / inputRate;
    this.#length = 2 * this.latencyInputSamples;
    this.#taps = designTaps(this.#interpolation, this.#length, slower);
    this.#history = new Float64Array(2 * this.#length);
  }

  /** How many samples `process` will write for the next `inputLength` samples. */
  outputLength(inputLength: number): number {
    return Math.max(0, Math.ceil((inputLength * this.#interpolation - this.#offset) / this.#decimation));
  }

  /** Converts samples to the start of `out`; returns the number of output samples, `outputLength(samples.length)`. */
  process(samples: Int16Array, out: Int16Array): number {
    checkRoom(out.length, this.outputLength(samples.length));
    let written = 0;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i]!;
      this.#history[this.#at] = sample;
      this.#history[this.#at + this.#length] = sample;
      this.#at = this.#at + 1 === this.#length ? 0 : this.#at + 1;
      for (; this.#offset < this.#interpolation; this.#offset += this.#decimation) out[written++] = toSample(this.#filter(this.#offset));
      this.#offset -= this.#interpolation;
    }
    return written;
  }

  #filter(position: number): number {
    const length = this.#length;
    const history = this.#history;
    const taps = this.#taps;
    const start = this.#at;
    const first = position * length;
    // Two sums, so that one addition need not wait for the other: half as long. The length is even.
    let even = 0;
    let odd = 0;
    for (let i = 0; i < length; i += 2) {
      even += taps[first + i]! * history[start + i]!;
      odd += taps[first + i + 1]! * history[start + i + 1]!;
    }
    return even + odd;
  }
}

/** Half of the filter, in samples of the lower rate: what Kaiser's formula asks for 80 dB over a transition of 0.075, rounded up. */
const HALF_LENGTH = 34;
/** The middle of the transition band, as a part of the lower rate. */
const CUTOFF = 0.4625;
/** Kaiser's 0.1102 (A - 8.7) for A = 81 dB. */
const KAISER_BETA = 7.97;

/** Sets of taps for outputs `0/positions` to `(positions - 1)/positions` of an input sample after the window's middle. */
function designTaps(positions: number, length: number, slower: number): Float64Array {
  const taps = new Float64Array(positions * length);
  for (let position = 0; position < positions; position++) {
    const set = taps.subarray(position * length, (position + 1) * length);
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const time = position / positions + length / 2 - 1 - i; // of the output after this input sample
      set[i] = sinc((2 * CUTOFF * time) / slower) * kaiser((2 * time) / length);
      sum += set[i]!;
    }
    for (let i = 0; i < length; i++) set[i]! /= sum; // every position passes a constant unchanged
  }
  return taps;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The window over -1 to 1. */
function kaiser(x: number): number {
  return besselI0(KAISER_BETA * Math.sqrt(Math.max(0, 1 - x * x))) / besselI0(KAISER_BETA);
}

/** The modified Bessel function of the first kind and order zero, by its power series. */
function besselI0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let i = 1; term > sum * 1e-16; i++) {
    term *= (x / (2 * i)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function checkRates(inputRate: number, outputRate: number): void {
  const whole = Number.isSafeInteger(inputRate) && Number.isSafeInteger(outputRate) && inputRate > 0 && outputRate > 0;
  const ratio = outputRate / inputRate;
  if (!whole || ratio > 32 || ratio < 1 / 32 || outputRate / greatestCommonDivisor(inputRate, outputRate) > 480) {
    throw new InvalidArgumentError(`no conversion from ${inputRate} to ${outputRate} samples per second`, { code: "RESAMPLER_RATES" });
  }
}
