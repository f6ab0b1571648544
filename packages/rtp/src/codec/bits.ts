/** Bits from high to low, as the AV1 RTP specification's f(n) and ns(n) (§A.8.2) and the codecs' headers read them. */

/** Reads bits; past the end it gives zeros and `overrun` becomes true. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #endBit: number;
  #bit: number;

  constructor(bytes: Uint8Array, at: number = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#bit = at * 8;
    this.#endBit = end * 8;
  }

  /** Whether more was read than there is. */
  get overrun(): boolean {
    return this.#bit > this.#endBit;
  }

  /** Bits read so far, from the start of the array. */
  get position(): number {
    return this.#bit;
  }

  /** f(n): an unsigned number of 0 to 32 bits. */
  read(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit < this.#endBit ? (this.#bytes[this.#bit >> 3]! >> (7 - (this.#bit & 7))) & 1 : 0;
      value = value * 2 + bit;
      this.#bit += 1;
    }
    return value;
  }

  /** f(1) as a flag. */
  flag(): boolean {
    return this.read(1) === 1;
  }

  /** ns(n): a number from 0 to `count - 1`; `count` at least 1. */
  readNonSymmetric(count: number): number {
    const width = 32 - Math.clz32(count);
    const short = 2 ** width - count;
    const value = this.read(width - 1);
    return value < short ? value : value * 2 - short + this.read(1);
  }

  /** ue(v) of H.264 §9.1 and H.265 §9.2: Exp-Golomb, up to 2^32 - 2. */
  readExpGolomb(): number {
    let zeros = 0;
    while (zeros < 32 && this.#bit < this.#endBit && !this.flag()) zeros += 1;
    return 2 ** zeros - 1 + this.read(zeros);
  }
}

/** Writes bits into a growing array. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #free = 0;

  /** The low `bits` (0 to 32) of `value`. */
  write(value: number, bits: number): void {
    for (let i = bits - 1; i >= 0; i--) {
      if (this.#free === 0) {
        this.#bytes.push(0);
        this.#free = 8;
      }
      this.#free -= 1;
      this.#bytes[this.#bytes.length - 1]! |= ((value >>> i) & 1) << this.#free;
    }
  }

  /** One bit. */
  flag(value: boolean): void {
    this.write(value ? 1 : 0, 1);
  }

  /** ns(n): `value` from 0 to `count - 1`. */
  writeNonSymmetric(value: number, count: number): void {
    const width = 32 - Math.clz32(count);
    const short = 2 ** width - count;
    if (value < short) this.write(value, width - 1);
    else this.write(value + short, width);
  }

  /** What was written, zero bits up to a whole octet. */
  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
