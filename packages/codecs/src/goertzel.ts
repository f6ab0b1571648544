/** Goertzel's recursion (1958): one bin of a discrete Fourier transform, at any frequency, in a multiplication per sample. */
export class Goertzel {
  readonly #cosine: number;
  readonly #sine: number;
  /** Squared magnitude of the last bin. */
  power = 0;
  /** Its phase at the end of the block, in radians: grows by the tone's own frequency from block to block. */
  phase = 0;

  constructor(hertz: number, sampleRate: number) {
    const step = (2 * Math.PI * hertz) / sampleRate;
    this.#cosine = Math.cos(step);
    this.#sine = Math.sin(step);
  }

  /** Works out `power` and `phase` of a block. */
  analyze(block: Float64Array): void {
    const coefficient = 2 * this.#cosine;
    let last = 0;
    let beforeLast = 0;
    for (let i = 0; i < block.length; i++) {
      const value = block[i]! + coefficient * last - beforeLast;
      beforeLast = last;
      last = value;
    }
    const real = last - this.#cosine * beforeLast;
    const imaginary = this.#sine * beforeLast;
    this.power = real * real + imaginary * imaginary;
    this.phase = Math.atan2(imaginary, real);
  }
}
