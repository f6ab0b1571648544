/** Bits of headers, high bit first. Past the end every bit is 0, and `overrun` says so. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position: number;

  /** Begins at octet `from`. */
  constructor(bytes: Uint8Array, from = 0) {
    this.#bytes = bytes;
    this.#position = 8 * from;
  }

  /** Whether more bits were read than there are. */
  get overrun(): boolean {
    return this.#position > 8 * this.#bytes.length;
  }

  /** An unsigned number of 0 to 32 bits. */
  read(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++, this.#position++) {
      const octet = this.#bytes[this.#position >> 3] ?? 0;
      value = value * 2 + ((octet >> (7 - (this.#position & 7))) & 1);
    }
    return value;
  }

  /** One bit. */
  flag(): boolean {
    return this.read(1) === 1;
  }

  /** ue(v) of H.264 and H.265 (§9.1 of H.264). More than 32 zeros, which no stream has, count as 32. */
  unsignedExpGolomb(): number {
    let zeros = 0;
    while (zeros < 32 && !this.overrun && !this.flag()) zeros += 1;
    return 2 ** zeros - 1 + this.read(zeros);
  }

  /** se(v) (§9.1.1 of H.264). */
  signedExpGolomb(): number {
    const code = this.unsignedExpGolomb();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  /** uvlc() of AV1 (§4.10.3): the same code, with all-ones behind 32 zeros. */
  skipUvlc(): void {
    this.unsignedExpGolomb();
  }
}
