/** Push-button signals: ITU-T Q.23, two tones at once, one of each group. The telephone events of RFC 4733 are another matter (rtp). */
import { InvalidArgumentError } from "@purertc/core";
import { type ToneComponent, ToneGenerator } from "./tone.ts";

/** One of the sixteen buttons. */
export type DtmfDigit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "*" | "#" | "A" | "B" | "C" | "D";

/** Q.23 §6: the low group, one per row, in hertz. */
export const DTMF_LOW_GROUP: readonly number[] = [697, 770, 852, 941];
/** Q.23 §6: the high group, one per column, in hertz. */
export const DTMF_HIGH_GROUP: readonly number[] = [1209, 1336, 1477, 1633];
/** The buttons, row by row. */
export const DTMF_DIGITS: readonly DtmfDigit[] = ["1", "2", "3", "A", "4", "5", "6", "B", "7", "8", "9", "C", "*", "0", "#", "D"];

/** How the tones sound. */
export interface DtmfOptions {
  /** Hertz; default 8000. */
  readonly sampleRate?: number;
  /** Of the low tone, in dBov; default -14, about -8 dBm0. */
  readonly levelDbov?: number;
  /** How much louder the high tone is, in dB; default 2, which makes up for what lines take from it. */
  readonly twistDb?: number;
}

/** The two tones of a button. */
export function dtmfTone(digit: DtmfDigit, options: DtmfOptions = {}): readonly [ToneComponent, ToneComponent] {
  const button = DTMF_DIGITS.indexOf(digit);
  if (button < 0) throw new InvalidArgumentError(`there is no button ${JSON.stringify(digit)}`, { code: "DTMF_DIGIT" });
  const levelDbov = options.levelDbov ?? -14;
  return [
    { hertz: DTMF_LOW_GROUP[button >> 2]!, levelDbov },
    { hertz: DTMF_HIGH_GROUP[button & 3]!, levelDbov: levelDbov + (options.twistDb ?? 2) },
  ];
}

/** Dials: digits wait their turn, silence follows the last. */
export class DtmfGenerator {
  readonly #options: DtmfOptions;
  readonly #sampleRate: number;
  readonly #waiting: { readonly tone: ToneGenerator; on: number; off: number }[] = [];

  constructor(options: DtmfOptions = {}) {
    this.#options = options;
    this.#sampleRate = options.sampleRate ?? 8000;
  }

  /**
   * Adds digits. Each lasts `onMs` (default 100; Q.24 lets receivers ignore less than 40) and is followed by `offMs` of silence
   * (default 60; at least 40 keeps equal digits apart). Throws `InvalidArgumentError` for anything but a digit, before adding any.
   */
  press(digits: Iterable<string>, onMs = 100, offMs = 60): void {
    if (!(onMs > 0 && offMs >= 0 && Number.isFinite(onMs + offMs))) {
      throw new InvalidArgumentError(`${onMs} ms on and ${offMs} ms off`, { code: "DTMF_DURATION" });
    }
    const on = Math.round((onMs * this.#sampleRate) / 1000);
    const off = Math.round((offMs * this.#sampleRate) / 1000);
    const added = Array.from(digits, (digit) => ({
      tone: new ToneGenerator(this.#sampleRate, { components: dtmfTone(digit as DtmfDigit, this.#options) }),
      on,
      off,
    }));
    this.#waiting.push(...added);
  }

  /** Whether anything is left to play. */
  get busy(): boolean {
    return this.#waiting.length > 0;
  }

  /** Fills the whole of `out` with what comes next. */
  fill(out: Int16Array): void {
    let at = 0;
    while (at < out.length) {
      const current = this.#waiting[0];
      if (current === undefined) {
        out.fill(0, at);
        return;
      }
      const on = Math.min(current.on, out.length - at);
      current.tone.fill(out.subarray(at, at + on));
      current.on -= on;
      at += on;
      const off = Math.min(current.off, out.length - at);
      out.fill(0, at, at + off);
      current.off -= off;
      at += off;
      if (current.on === 0 && current.off === 0) this.#waiting.shift();
    }
  }
}
