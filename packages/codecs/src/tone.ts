/** Tones: sums of sine waves with a cadence, and the call progress tones of ITU-T E.180 in three regions. */
import { InvalidArgumentError } from "@purertc/core";
import { rmsOfDbov, toSample } from "./pcm.ts";

/** One sine wave of a tone. */
export interface ToneComponent {
  /** Above 0 and below half the sample rate. */
  readonly hertz: number;
  /** In dBov, at most -3.01, where a sine wave reaches full scale. -16 dBov is about -10 dBm0. */
  readonly levelDbov: number;
}

/** What sounds, and when. */
export interface Tone {
  readonly components: readonly ToneComponent[];
  /** Milliseconds on, off, on, off, ..., repeated; an even number of entries that do not all vanish. Absent: without a pause. */
  readonly cadenceMs?: readonly number[];
}

/** Plays a tone for as long as it is asked. */
export class ToneGenerator {
  readonly #steps: Float64Array;
  readonly #amplitudes: Float64Array;
  readonly #phases: Float64Array;
  /** Samples at which each part of the cadence ends, counted from its start. */
  readonly #ends: readonly number[];
  /** Samples since the cadence started. */
  #position = 0;
  #part = 0;

  /** `sampleRate` is in hertz. Throws `InvalidArgumentError` for a tone that cannot be played. */
  constructor(sampleRate: number, tone: Tone) {
    checkTone(sampleRate, tone);
    this.#steps = Float64Array.from(tone.components, ({ hertz }) => (2 * Math.PI * hertz) / sampleRate);
    this.#amplitudes = Float64Array.from(tone.components, ({ levelDbov }) => Math.SQRT2 * rmsOfDbov(levelDbov));
    this.#phases = new Float64Array(tone.components.length);
    let end = 0;
    this.#ends = (tone.cadenceMs ?? []).map((milliseconds) => {
      end += milliseconds;
      return Math.round((end * sampleRate) / 1000);
    });
  }

  /** Fills the whole of `out` with what comes next. */
  fill(out: Int16Array): void {
    for (let i = 0; i < out.length; i++) out[i] = this.#sounding() ? toSample(this.#next()) : 0;
  }

  /** Whether the cadence lets this sample sound; steps on to the next. */
  #sounding(): boolean {
    if (this.#ends.length === 0) return true;
    while (this.#position >= this.#ends[this.#part]!) {
      this.#part += 1;
      if (this.#part === this.#ends.length) {
        this.#part = 0;
        this.#position = 0;
      }
      this.#phases.fill(0); // each burst starts at zero: no click
    }
    this.#position += 1;
    return this.#part % 2 === 0;
  }

  #next(): number {
    let sum = 0;
    for (let i = 0; i < this.#phases.length; i++) {
      const phase = this.#phases[i]!;
      sum += this.#amplitudes[i]! * Math.sin(phase);
      const next = phase + this.#steps[i]!;
      this.#phases[i] = next >= 2 * Math.PI ? next - 2 * Math.PI : next;
    }
    return sum;
  }
}

function checkTone(sampleRate: number, { components, cadenceMs }: Tone): void {
  if (!(sampleRate > 0 && Number.isFinite(sampleRate))) invalid(`sample rate ${sampleRate}`);
  for (const { hertz, levelDbov } of components) {
    if (!(hertz > 0 && hertz < sampleRate / 2)) invalid(`${hertz} Hz at ${sampleRate} samples per second`);
    if (!(levelDbov <= -3.01)) invalid(`a sine wave of ${levelDbov} dBov would clip`);
  }
  if (cadenceMs === undefined) return;
  const total = cadenceMs.reduce((sum, milliseconds) => sum + milliseconds, 0);
  const whole = Math.round((total * sampleRate) / 1000);
  if (cadenceMs.length % 2 !== 0 || cadenceMs.some((milliseconds) => !(milliseconds >= 0)) || !(whole >= 1 && Number.isFinite(total))) {
    invalid("a cadence is pairs of times on and off");
  }
}

function invalid(message: string): never {
  throw new InvalidArgumentError(message, { code: "TONE_INVALID" });
}

/** What a caller hears of the progress of a call. */
export type CallProgress = "dial" | "ringback" | "busy" | "congestion";
/** Whose tones: 425 Hz (ETSI), the precise tones of North America, or those of the United Kingdom. */
export type ToneRegion = "europe" | "north-america" | "united-kingdom";

/** ITU-T E.180 supplement 2. Levels are -16 dBov, about -10 dBm0, in all, as E.180 §5 advises. */
export const CALL_PROGRESS_TONES: Readonly<Record<ToneRegion, Readonly<Record<CallProgress, Tone>>>> = {
  europe: {
    dial: tone([425]),
    ringback: tone([425], [1000, 4000]),
    busy: tone([425], [500, 500]),
    congestion: tone([425], [250, 250]),
  },
  "north-america": {
    dial: tone([350, 440]),
    ringback: tone([440, 480], [2000, 4000]),
    busy: tone([480, 620], [500, 500]),
    congestion: tone([480, 620], [250, 250]),
  },
  "united-kingdom": {
    dial: tone([350, 440]),
    ringback: tone([400, 450], [400, 200, 400, 2000]),
    busy: tone([400], [375, 375]),
    congestion: tone([400], [400, 350, 225, 525]),
  },
};

function tone(hertz: readonly number[], cadenceMs?: readonly number[]): Tone {
  const levelDbov = -16 - 10 * Math.log10(hertz.length);
  const components = hertz.map((one) => ({ hertz: one, levelDbov }));
  return cadenceMs === undefined ? { components } : { components, cadenceMs };
}
