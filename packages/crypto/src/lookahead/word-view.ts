/** The memory of a caller's buffer as 32-bit words. */

/** Remembers the view of the last buffer: who sends or receives works in few buffers, packet after packet, and a view costs as much as a packet's XOR. */
export class WordView {
  #buffer: Uint8Array | undefined;
  #words: Int32Array = NO_WORDS;

  /** All the memory that `buffer` is a part of, from its start. */
  of(buffer: Uint8Array): Int32Array {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      const memory = buffer.buffer;
      this.#words = new Int32Array(memory, 0, memory.byteLength >> 2);
    }
    return this.#words;
  }
}

const NO_WORDS = new Int32Array(0);
