/**
 * ITU-T G.722 §3 and §4: the two ADPCM bands, at 8 kHz each. Lower band: six bits, of which the predictor uses four, so that a relay may
 * take away one or two. Higher band: two bits.
 */
import { clamp, G722Predictor, saturate } from "./g722-predictor.ts";
import { HIGH_LOG_STEPS, ILB, LOW_LOG_STEPS, Q2, Q6, QM2, QM4, QM5, QM6 } from "./g722-tables.ts";

/** What encoder and decoder of the lower band have in common. */
export class G722LowBand {
  readonly #predictor = new G722Predictor();
  /** NBL: the logarithmic scale factor. */
  #logScale = 0;
  /** DETL: the scale factor. */
  #scale = 32;

  /** The six-bit code of a sample (§6.2.1, blocks 1L to 4L). */
  encode(sample: number): number {
    const difference = saturate(sample - this.#predictor.estimate); // SUBTRA
    const code = this.#quantize(difference);
    this.#adapt(code >> 2);
    return code;
  }

  /** The sample of a code of which the upper `bits` count (§6.2.2, blocks 2L to 6L). */
  decode(code: number, bits: 6 | 5 | 4): number {
    const level = bits === 6 ? QM6[code]! : bits === 5 ? QM5[code >> 1]! : QM4[code >> 2]!; // INVQBL
    const sample = saturate(this.#predictor.estimate + ((this.#scale * level) >> 15)); // RECONS
    this.#adapt(code >> 2);
    return clamp(sample, -16384, 16383); // LIMIT
  }

  /** QUANTL: 1 to 30 intervals on each side of zero; the codes of the two innermost are 63 and 62 on the negative side. */
  #quantize(difference: number): number {
    const magnitude = difference < 0 ? ~difference : difference;
    // Halving instead of the recommendation's walk from the innermost level: the levels ascend, so the interval is the same.
    let low = 0;
    let high = Q6.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (magnitude >= (Q6[middle]! * 8 * this.#scale) >> 15) low = middle + 1;
      else high = middle;
    }
    if (difference >= 0) return 61 - low;
    return low < 2 ? 63 - low : 33 - low;
  }

  /** INVQAL, LOGSCL, SCALEL and the predictor, all from the upper four bits. */
  #adapt(code: number): void {
    this.#predictor.update((this.#scale * QM4[code]!) >> 15);
    this.#logScale = clamp(((this.#logScale * 127) >> 7) + LOW_LOG_STEPS[code]!, 0, 18432);
    this.#scale = scaleFactor(this.#logScale, 8);
  }
}

/** The same for the higher band. */
export class G722HighBand {
  readonly #predictor = new G722Predictor();
  #logScale = 0;
  #scale = 8;

  /** The two-bit code of a sample (§6.2.1, blocks 1H to 4H). */
  encode(sample: number): number {
    const difference = saturate(sample - this.#predictor.estimate);
    const outer = (difference < 0 ? ~difference : difference) >= (Q2 * 8 * this.#scale) >> 15;
    const code = difference < 0 ? (outer ? 0 : 1) : outer ? 2 : 3; // QUANTH
    this.#adapt(code);
    return code;
  }

  /** The sample of a code (§6.2.2, blocks 2H to 5H). */
  decode(code: number): number {
    const sample = saturate(this.#predictor.estimate + ((this.#scale * QM2[code]!) >> 15));
    this.#adapt(code);
    return clamp(sample, -16384, 16383);
  }

  #adapt(code: number): void {
    this.#predictor.update((this.#scale * QM2[code]!) >> 15);
    this.#logScale = clamp(((this.#logScale * 127) >> 7) + HIGH_LOG_STEPS[code]!, 0, 22528);
    this.#scale = scaleFactor(this.#logScale, 10);
  }
}

/** SCALEL and SCALEH: 2^(log/2048), with `log` in steps of 1/32 of an octave. */
function scaleFactor(logScale: number, octaves: number): number {
  const mantissa = ILB[(logScale >> 6) & 31]!;
  const shift = octaves - (logScale >> 11);
  return (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2;
}
