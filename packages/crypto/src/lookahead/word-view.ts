/** The memory of a caller's buffer as 32-bit words and 64-bit lanes. */

/** Remembers the view of the last buffer: who sends or receives works in few buffers, packet after packet, and a view costs as much as a packet's XOR. */
export class WordView {
  /** All the memory that the buffer last given to `wordAt` is a part of, from its start. */
  words: Int32Array = NO_WORDS;
  #buffer: Uint8Array | undefined;
  #byteOffset = 0;
  /** Made when asked for: short packets do without. */
  #lanes: BigUint64Array | undefined;

  /** Where in `words` byte `at` of `buffer` is; -1 when no word begins there. */
  wordAt(buffer: Uint8Array, at: number): number {
    if (buffer !== this.#buffer) this.#look(buffer);
    const byte = this.#byteOffset + at;
    return (byte & 3) === 0 ? byte >>> 2 : -1;
  }

  /** The same memory as lanes. */
  get lanes(): BigUint64Array {
    const { buffer } = this.words;
    this.#lanes ??= new BigUint64Array(buffer, 0, buffer.byteLength >> 3);
    return this.#lanes;
  }

  #look(buffer: Uint8Array): void {
    const memory = buffer.buffer;
    this.words = new Int32Array(memory, 0, memory.byteLength >> 2);
    this.#buffer = buffer;
    this.#byteOffset = buffer.byteOffset;
    this.#lanes = undefined;
  }
}

const NO_WORDS = new Int32Array(0);
