/** ITU-T G.722 §3.1, §4.4, §6.2: quadrature mirror filters, which split 16 kHz into two bands of 8 kHz and put them together again. */
import { clamp } from "./g722-predictor.ts";
import { QMF_TAPS } from "./g722-tables.ts";

const TAPS = Int32Array.from(QMF_TAPS);
const HALF = QMF_TAPS.length / 2;

/** Splits pairs of samples. */
export class G722Analysis {
  /** XIN, newest last, twice over: a window of 24 is always in one piece. */
  readonly #history = new Int32Array(2 * QMF_TAPS.length);
  #at = 0;
  /** XL of the last pair. */
  low = 0;
  /** XH of the last pair. */
  high = 0;

  /** Takes the next two samples and leaves one of each band in `low` and `high`, each within 15 bits. */
  push(first: number, second: number): void {
    const history = this.#history;
    const at = this.#at;
    history[at] = first;
    history[at + 1] = second;
    history[at + 2 * HALF] = first;
    history[at + 2 * HALF + 1] = second;
    this.#at = at + 2 === 2 * HALF ? 0 : at + 2;
    const start = this.#at; // the oldest of the 24
    let a = 0;
    let b = 0;
    for (let i = 0; i < 2 * HALF; i += 2) {
      a += TAPS[i]! * history[start + i]!;
      b += TAPS[i + 1]! * history[start + i + 1]!;
    }
    this.low = clamp((b + a) >> 14, -16384, 16383);
    this.high = clamp((b - a) >> 14, -16384, 16383);
  }
}

/** Puts the bands together. */
export class G722Synthesis {
  /** XD and XS, newest last, twice over. */
  readonly #differences = new Int32Array(2 * HALF);
  readonly #sums = new Int32Array(2 * HALF);
  #at = 0;
  /** The earlier sample of the last pair. */
  first = 0;
  /** The later one. */
  second = 0;

  /** Takes one sample of each band and leaves two of the whole in `first` and `second`. */
  push(low: number, high: number): void {
    const differences = this.#differences;
    const sums = this.#sums;
    const at = this.#at;
    differences[at] = low - high;
    sums[at] = low + high;
    differences[at + HALF] = low - high;
    sums[at + HALF] = low + high;
    this.#at = at + 1 === HALF ? 0 : at + 1;
    const start = this.#at;
    let a = 0;
    let b = 0;
    for (let i = 0; i < HALF; i++) {
      a += TAPS[2 * i + 1]! * differences[start + i]!; // oldest first: XOUT1's even taps, mirrored
      b += TAPS[2 * i]! * sums[start + i]!;
    }
    this.first = clamp(a >> 11, -32768, 32767);
    this.second = clamp(b >> 11, -32768, 32767);
  }
}
