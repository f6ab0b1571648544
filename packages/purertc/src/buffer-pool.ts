/**
 * Buffers for datagrams on their way out, carved from slabs.
 *
 * A connection borrows one buffer while it drains and gives it back when the kernel has copied the bytes, which is nearly always
 * before `send` returns; so a process with thousands of connections needs a handful of buffers.
 */

/** Bytes in one buffer: more than any datagram that fits an Ethernet frame. */
export const BUFFER_LENGTH = 2048;

/** Bytes in one buffer for datagrams that stay on this machine: the longest DTLS record. */
export const LARGE_BUFFER_LENGTH = 16_640;

/** Bytes in a slab, about. Slabs are allocated when all buffers of a length are in use and are never given back. */
const SLAB_LENGTH = 65_536;

/** Two free lists of equal buffers. Not for secrets: a buffer comes back with what its last user left in it. */
export class BufferPool {
  readonly #free: Buffer[] = [];
  readonly #freeLarge: Buffer[] = [];
  #total = 0;

  /** Buffers that exist, free or in use. */
  get total(): number {
    return this.#total;
  }

  /** Buffers ready to be taken. */
  get free(): number {
    return this.#free.length + this.#freeLarge.length;
  }

  /**
   * A buffer of {@link BUFFER_LENGTH} bytes or, for a greater `length`, of {@link LARGE_BUFFER_LENGTH}, starting at a multiple of 8 of its memory. The caller owns it
   * until {@link release}.
   */
  acquire(length: number = BUFFER_LENGTH): Buffer {
    const free = length <= BUFFER_LENGTH ? this.#free : this.#freeLarge;
    if (free.length === 0) this.#grow(free, length <= BUFFER_LENGTH ? BUFFER_LENGTH : LARGE_BUFFER_LENGTH);
    return free.pop()!;
  }

  /** Takes a buffer back. It must have come from {@link acquire} of this pool, and nothing may use it any more. */
  release(buffer: Buffer): void {
    if (buffer.length === BUFFER_LENGTH) this.#free.push(buffer);
    else this.#freeLarge.push(buffer);
  }

  #grow(free: Buffer[], length: number): void {
    const count = Math.ceil(SLAB_LENGTH / length);
    const slab = Buffer.allocUnsafeSlow(length * count);
    for (let at = 0; at < slab.length; at += length) free.push(slab.subarray(at, at + length));
    this.#total += count;
  }
}
