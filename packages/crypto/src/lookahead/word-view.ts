/** The memory of a caller's buffer as 32-bit words and 64-bit lanes. */

/** Remembers the view of the last buffer: who sends or receives works in few buffers, packet after packet, and a view costs as much as a packet's XOR. */
export class WordView {
  #buffer: Uint8Array | undefined;
  #words: Int32Array = NO_WORDS;
  /** Made when asked for: short packets do without. */
  #lanes: BigUint64Array | undefined;

  /** All the memory that `buffer` is a part of, from its start. */
  of(buffer: Uint8Array): Int32Array {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      const memory = buffer.buffer;
      this.#words = new Int32Array(memory, 0, memory.byteLength >> 2);
      this.#lanes = undefined;
    }
    return this.#words;
  }

  /** The same memory, of the buffer last given to `of`, as lanes. */
  get lanes(): BigUint64Array {
    const { buffer } = this.#words;
    this.#lanes ??= new BigUint64Array(buffer, 0, buffer.byteLength >> 3);
    return this.#lanes;
  }
}

const NO_WORDS = new Int32Array(0);
