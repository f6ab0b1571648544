/**
 * The boolean entropy encoder of VP8 (RFC 6386 §7.3). Each bit is written with the probability, in 256ths, that it is 0; the decoder must be
 * told the same.
 */

/** Writes one partition after another, into memory that is kept. */
export class BoolEncoder {
  #bytes = new Uint8Array(1024);
  #length = 0;
  /** Width of the interval that the bits so far leave; 128 to 255 between two of them. */
  #range = 255;
  /** Its lower end, without the octets that are written; 32 bits unsigned. */
  #bottom = 0;
  /** Shifts until the highest octet of `#bottom` is complete. */
  #bitCount = 24;

  /** Begins a new partition. */
  reset(): void {
    this.#length = 0;
    this.#range = 255;
    this.#bottom = 0;
    this.#bitCount = 24;
  }

  /** Writes a bit. `probability`: 1 to 255. */
  writeBool(bit: boolean, probability: number): void {
    const split = 1 + (((this.#range - 1) * probability) >> 8);
    if (bit) this.#bottom += split;
    this.#range = bit ? this.#range - split : split;
    for (; this.#range < 128; this.#range *= 2) this.#shift();
  }

  /** Writes the low `bits` bits of `value`, high bit first, 0 and 1 as likely (§8). */
  writeLiteral(value: number, bits: number): void {
    for (let bit = bits - 1; bit >= 0; bit--) this.writeBool(((value >> bit) & 1) === 1, 128);
  }

  /** Ends the partition. The octets are valid until the next call of another method. */
  finish(): Uint8Array {
    this.writeLiteral(0, 32); // pushes out what `#bottom` holds
    return this.#bytes.subarray(0, this.#length);
  }

  #shift(): void {
    if (this.#bottom >= 0x8000_0000) this.#carry();
    this.#bottom = (this.#bottom << 1) >>> 0;
    this.#bitCount -= 1;
    if (this.#bitCount > 0) return;
    this.#append(this.#bottom >>> 24);
    this.#bottom &= 0xff_ffff;
    this.#bitCount = 8;
  }

  /** The sum went over into octets that are written already. */
  #carry(): void {
    let at = this.#length - 1;
    for (; this.#bytes[at] === 255; at--) this.#bytes[at] = 0;
    this.#bytes[at]! += 1;
  }

  #append(octet: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = octet;
  }
}
