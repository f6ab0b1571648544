/** Bytes that came in pieces, taken out in others. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #at = 0;
  #length = 0;

  /** How many are there. */
  get length(): number {
    return this.#length;
  }

  /** Keeps `chunk` until it is taken. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Takes `count` bytes, a copy; undefined when there are fewer. */
  take(count: number): Uint8Array | undefined {
    if (count > this.#length) return undefined;
    const taken = new Uint8Array(count);
    let filled = 0;
    let index = 0;
    while (filled < count) {
      const chunk = this.#chunks[index]!;
      const part = chunk.subarray(this.#at, this.#at + count - filled);
      taken.set(part, filled);
      filled += part.length;
      this.#at += part.length;
      if (this.#at === chunk.length) {
        index += 1;
        this.#at = 0;
      }
    }
    this.#chunks.splice(0, index);
    this.#length -= count;
    return taken;
  }
}
