/**
 * ITU-T G.722 §3.6, block 4 of §6.2: the adaptive predictor, one per band and alike in the encoder and the decoder.
 * Two poles, six zeros, adapted sample by sample from the quantized difference signal alone, so that both ends stay in step.
 */
export class G722Predictor {
  /** S: the prediction of the next sample. */
  estimate = 0;
  /** SZ: the part of it that comes from the zeros. */
  #zeroEstimate = 0;
  /** AL1, AL2: coefficients of the poles, in 2^-14. */
  #pole1 = 0;
  #pole2 = 0;
  /** RLT1: the last reconstructed sample. */
  #reconstructed1 = 0;
  /** PLT1, PLT2: the last partially reconstructed samples; only their signs matter. */
  #partial1 = 0;
  #partial2 = 0;
  /** BL1 to BL6: coefficients of the zeros, in 2^-14. */
  readonly #zeros = new Int32Array(6);
  /** DLT1 to DLT6: the last quantized differences, newest first. */
  readonly #differences = new Int32Array(6);

  /** Takes the quantized difference of this sample (DLT) and works out the prediction of the next one. */
  update(difference: number): void {
    const reconstructed = saturate(this.estimate + difference); // RECONS
    const partial = saturate(difference + this.#zeroEstimate); // PARREC
    this.#adaptPoles(partial);
    this.#partial2 = this.#partial1;
    this.#partial1 = partial;

    const zeroEstimate = this.#adaptZeros(difference);
    // FILTEP
    const fromPole1 = (this.#pole1 * saturate(2 * reconstructed)) >> 15;
    const fromPole2 = (this.#pole2 * saturate(2 * this.#reconstructed1)) >> 15;
    this.#reconstructed1 = reconstructed;
    this.#zeroEstimate = zeroEstimate;
    this.estimate = saturate(saturate(fromPole1 + fromPole2) + zeroEstimate); // PREDIC
  }

  /** UPPOL2 and UPPOL1: sign-sign adaptation, with leakage, inside the triangle where the filter is stable. */
  #adaptPoles(partial: number): void {
    const sameSign1 = (partial ^ this.#partial1) >= 0;
    const sameSign2 = (partial ^ this.#partial2) >= 0;
    const fromPole1 = saturate(4 * this.#pole1);
    const step2 = ((sameSign1 ? saturate(-fromPole1) : fromPole1) >> 7) + (sameSign2 ? 128 : -128);
    this.#pole2 = clamp(step2 + ((this.#pole2 * 32512) >> 15), -12288, 12288);
    const limit = 15360 - this.#pole2;
    this.#pole1 = clamp((sameSign1 ? 192 : -192) + ((this.#pole1 * 32640) >> 15), -limit, limit);
  }

  /** UPZERO, DELAYA and FILTEZ in one pass from the oldest difference to the newest; returns the next SZ. */
  #adaptZeros(difference: number): number {
    const zeros = this.#zeros;
    const differences = this.#differences;
    const step = difference === 0 ? 0 : 128;
    let sum = 0;
    for (let i = 5; i >= 0; i--) {
      const zero = saturate(((differences[i]! ^ difference) >= 0 ? step : -step) + ((zeros[i]! * 32640) >> 15));
      const moved = i === 0 ? difference : differences[i - 1]!;
      zeros[i] = zero;
      differences[i] = moved;
      sum = saturate(sum + ((zero * saturate(2 * moved)) >> 15));
    }
    return sum;
  }
}

/** The range of a 16-bit word. */
export function saturate(value: number): number {
  return clamp(value, -32768, 32767);
}

/** The nearest number from `low` to `high`. Twice as quick as Math.min and Math.max here. */
export function clamp(value: number, low: number, high: number): number {
  if (value > high) return high;
  if (value < low) return low;
  return value;
}
