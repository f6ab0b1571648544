/**
 * A DTMF receiver with the guards of ITU-T Q.24 against talk-off, that is, against voices that sound like digits.
 *
 * Every 5 ms it looks at the last 20 ms through a Hann window. There is a digit in them when
 *   - the strongest tone of each group is loud enough,
 *   - neither is much louder than the other (twist),
 *   - the two together are nearly all there is, which neither speech nor music nor half a window full of tone is,
 *   - the phases moved since the last look as those frequencies move, within 2.5 %: Q.24 wants 1.5 to 1.8 % accepted and 3.5 % refused.
 * The same digit in six looks one after the other (some 30 ms) is a press; a receiver must know 40 ms and must not know 20 ms. Five looks
 * without it (25 ms) are the end: a break of 10 ms is none, a pause of 40 ms is one.
 */
import { InvalidArgumentError } from "@purertc/core";
import { DTMF_DIGITS, DTMF_HIGH_GROUP, DTMF_LOW_GROUP, type DtmfDigit } from "./dtmf.ts";
import { Goertzel } from "./goertzel.ts";
import { rmsOfDbov } from "./pcm.ts";

/** What the receiver takes for a digit. */
export interface DtmfDetectorOptions {
  /** Hertz, at least 8000 and a multiple of 200; default 8000. */
  readonly sampleRate?: number;
  /** The weakest tone, in dBov; default -42, about -36 dBm0. */
  readonly minimumLevelDbov?: number;
  /** How much louder than the low tone the high one may be, in dB; default 8. Q.24 lists 4 to 10. */
  readonly maximumTwistDb?: number;
  /** How much louder than the high tone the low one may be, in dB; default 8, as Q.24 has it for North America. */
  readonly maximumReverseTwistDb?: number;
}

/** What was heard. Times are in samples since the first that the detector was given, right to some 5 ms. */
export type DtmfDetectorEvent =
  | { readonly type: "start"; readonly digit: DtmfDigit; readonly at: number }
  | { readonly type: "end"; readonly digit: DtmfDigit; readonly at: number; readonly duration: number };

/** Listens to one stream. */
export class DtmfDetector {
  /** From the start of a tone to its event, in seconds, at most. */
  static readonly latencySeconds: number = 0.05;

  readonly #options: Required<DtmfDetectorOptions>;
  readonly #minimumPower: number;
  readonly #window: Float64Array;
  /** The last 20 ms, oldest first, and the same through the window. */
  readonly #recent: Float64Array;
  readonly #windowed: Float64Array;
  readonly #hop: number;
  #filled: number;
  readonly #low: ToneGroup;
  readonly #high: ToneGroup;
  /** What makes of a bin's power that of its tone, and of a block's energy its power. */
  readonly #binScale: number;
  readonly #energyScale: number;
  /** Samples seen up to the last look. */
  #time = 0;
  #candidate: DtmfDigit | undefined;
  #looks = 0;
  #pressed: { readonly digit: DtmfDigit; readonly at: number; last: number } | undefined;

  constructor(options: DtmfDetectorOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
    const { sampleRate, minimumLevelDbov } = this.#options;
    if (!(Number.isInteger(sampleRate / 200) && sampleRate >= 8000)) {
      throw new InvalidArgumentError(`DTMF at ${sampleRate} samples per second`, { code: "DTMF_SAMPLE_RATE" });
    }
    const length = sampleRate / 50;
    this.#hop = length / 4;
    this.#filled = length - this.#hop;
    this.#minimumPower = rmsOfDbov(minimumLevelDbov) ** 2;
    this.#window = Float64Array.from({ length }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / length) ** 2);
    this.#recent = new Float64Array(length);
    this.#windowed = new Float64Array(length);
    this.#low = new ToneGroup(DTMF_LOW_GROUP, sampleRate, length);
    this.#high = new ToneGroup(DTMF_HIGH_GROUP, sampleRate, length);
    const sum = length / 2; // of the window
    this.#binScale = 2 / sum ** 2;
    this.#energyScale = 1 / (length * (3 / 8)); // of the window's squares
  }

  /** Takes the next samples, any number of them, and tells `listener` what they end or begin. */
  process(samples: Int16Array, listener: (event: DtmfDetectorEvent) => void): void {
    for (let i = 0; i < samples.length; i++) {
      this.#recent[this.#filled++] = samples[i]!;
      if (this.#filled < this.#recent.length) continue;
      this.#time += this.#hop;
      this.#take(this.#look(), listener);
      this.#recent.copyWithin(0, this.#hop);
      this.#filled -= this.#hop;
    }
  }

  /** The digit in the last 20 ms. */
  #look(): DtmfDigit | undefined {
    let energy = 0;
    for (let i = 0; i < this.#windowed.length; i++) {
      const value = this.#recent[i]! * this.#window[i]!;
      this.#windowed[i] = value;
      energy += value * value;
    }
    const total = energy * this.#energyScale;
    if (total < 2 * this.#minimumPower) {
      this.#low.forget();
      this.#high.forget();
      return undefined;
    }
    this.#low.look(this.#windowed, this.#hop);
    this.#high.look(this.#windowed, this.#hop);
    const low = this.#low.power * this.#binScale;
    const high = this.#high.power * this.#binScale;
    const { maximumTwistDb, maximumReverseTwistDb } = this.#options;
    const heard =
      Math.min(low, high) >= this.#minimumPower &&
      high <= low * 10 ** (maximumTwistDb / 10) &&
      low <= high * 10 ** (maximumReverseTwistDb / 10) &&
      low + high >= total * MINIMUM_PURITY &&
      this.#low.inTune &&
      this.#high.inTune;
    return heard ? DTMF_DIGITS[4 * this.#low.strongest + this.#high.strongest] : undefined;
  }

  #take(digit: DtmfDigit | undefined, listener: (event: DtmfDetectorEvent) => void): void {
    this.#looks = digit !== undefined && digit === this.#candidate ? this.#looks + 1 : 1;
    this.#candidate = digit;
    const pressed = this.#pressed;
    if (pressed !== undefined) {
      if (digit === pressed.digit) pressed.last = this.#time;
      const other = digit !== undefined && digit !== pressed.digit && this.#looks === LOOKS_TO_START;
      if (!other && this.#time - pressed.last < LOOKS_TO_END * this.#hop) return;
      this.#pressed = undefined;
      listener({ type: "end", digit: pressed.digit, at: this.#center(pressed.last), duration: pressed.last - pressed.at });
    }
    if (digit === undefined || this.#looks < LOOKS_TO_START) return;
    // The first look with the right phase is the second with the tone in it.
    const at = this.#time - (LOOKS_TO_START + 1) * this.#hop;
    this.#pressed = { digit, at, last: this.#time };
    listener({ type: "start", digit, at: Math.max(0, this.#center(at)) });
  }

  /** A look tells of the middle of its window. */
  #center(time: number): number {
    return time - 2 * this.#hop;
  }
}

/** The four frequencies of a group. */
class ToneGroup {
  readonly #bins: readonly Goertzel[];
  readonly #hertz: readonly number[];
  readonly #sampleRate: number;
  readonly #length: number;
  /** Phases at the look before; undefined when there was nothing to hear. */
  #phases: number[] | undefined;
  /** Index of the strongest. */
  strongest = 0;
  /** Its power, put right for where in the bin it lies. */
  power = 0;
  /** Whether it moved on from the last look at its own frequency. */
  inTune = false;

  constructor(hertz: readonly number[], sampleRate: number, length: number) {
    this.#bins = hertz.map((one) => new Goertzel(one, sampleRate));
    this.#hertz = hertz;
    this.#sampleRate = sampleRate;
    this.#length = length;
  }

  forget(): void {
    this.#phases = undefined;
  }

  look(block: Float64Array, hop: number): void {
    this.strongest = 0;
    for (const [i, bin] of this.#bins.entries()) {
      bin.analyze(block);
      if (bin.power > this.#bins[this.strongest]!.power) this.strongest = i;
    }
    const bin = this.#bins[this.strongest]!;
    const hertz = this.#hertz[this.strongest]!;
    const before = this.#phases?.[this.strongest];
    this.#phases = this.#bins.map(({ phase }) => phase);
    this.power = bin.power;
    this.inTune = false;
    if (before === undefined) return;
    const offHertz =
      (wrapPhase(bin.phase - before - (2 * Math.PI * hertz * hop) / this.#sampleRate) * this.#sampleRate) / (2 * Math.PI * hop);
    this.inTune = Math.abs(offHertz) <= hertz * MAXIMUM_DETUNING;
    if (this.inTune) this.power /= hannResponse((offHertz * this.#length) / this.#sampleRate) ** 2;
  }
}

/** The transform of a Hann window `bins` from its middle, which is 1. Within one bin, that is, between 1 and a half. */
function hannResponse(bins: number): number {
  const x = Math.PI * bins;
  return x === 0 ? 1 : Math.sin(x) / x / (1 - bins * bins);
}

/** The same angle from -pi to pi. */
function wrapPhase(radians: number): number {
  return radians - 2 * Math.PI * Math.round(radians / (2 * Math.PI));
}

const DEFAULTS: Required<DtmfDetectorOptions> = {
  sampleRate: 8000,
  minimumLevelDbov: -42,
  maximumTwistDb: 8,
  maximumReverseTwistDb: 8,
};
/** The part of all power that the two tones must be: noise may be 5 dB below them. */
const MINIMUM_PURITY = 0.76;
/** Relative; between Q.24's 1.8 % and 3.5 %. */
const MAXIMUM_DETUNING = 0.025;
const LOOKS_TO_START = 6;
const LOOKS_TO_END = 5;
