/** A message that grows by fragments in order: one buffer that doubles, sized at once when the size of the last such message was a good guess. */
export class AssemblyBuffer {
  #bytes: Uint8Array = EMPTY;
  #length = 0;
  #overflowed = false;

  /** Bytes so far, also when they were too many to be kept. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory held. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** The message became longer than `maximum` of `append`; its bytes are gone. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** Begins a message. `sizeGuess` is what to allocate when the first fragment is smaller. */
  begin(sizeGuess: number): void {
    this.#length = 0;
    this.#overflowed = false;
    this.#bytes = sizeGuess === 0 ? EMPTY : new Uint8Array(sizeGuess);
  }

  /** Copies a fragment to the end. */
  append(source: Uint8Array, from: number, to: number, maximum: number): void {
    const length = this.#length + to - from;
    if (this.#overflowed || length > maximum) {
      this.#overflowed = true;
      this.#bytes = EMPTY;
      this.#length = length;
      return;
    }
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, Math.min(maximum, 2 * this.#bytes.length)));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(source.subarray(from, to), this.#length);
    this.#length = length;
  }

  /** The message, in an array of exactly its size. */
  finish(): Uint8Array {
    const whole = this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
    this.#bytes = EMPTY;
    return whole;
  }
}

const EMPTY = new Uint8Array(0);
