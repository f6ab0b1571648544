/**
 * Buffers for datagrams on their way out, carved from slabs.
 *
 * A connection borrows one buffer while it drains and gives it back when the kernel has copied the bytes, which is nearly always
 * before `send` returns; so a process with thousands of connections needs a handful of buffers.
 */

/** Bytes in one buffer: more than any datagram that fits an Ethernet frame. */
export const BUFFER_LENGTH = 2048;

/** Buffers per slab. Slabs are allocated when all buffers are in use and are never given back. */
const SLAB_BUFFERS = 32;

/** A free list of equal buffers. Not for secrets: a buffer comes back with what its last user left in it. */
export class BufferPool {
  readonly #free: Buffer[] = [];
  #total = 0;

  /** Buffers that exist, free or in use. */
  get total(): number {
    return this.#total;
  }

  /** Buffers ready to be taken. */
  get free(): number {
    return this.#free.length;
  }

  /** A buffer of {@link BUFFER_LENGTH} bytes, starting at a multiple of 8 of its memory. The caller owns it until {@link release}. */
  acquire(): Buffer {
    if (this.#free.length === 0) this.#grow();
    return this.#free.pop()!;
  }

  /** Takes a buffer back. It must have come from {@link acquire} of this pool, and nothing may use it any more. */
  release(buffer: Buffer): void {
    this.#free.push(buffer);
  }

  #grow(): void {
    const slab = Buffer.allocUnsafeSlow(BUFFER_LENGTH * SLAB_BUFFERS);
    for (let at = 0; at < slab.length; at += BUFFER_LENGTH) this.#free.push(slab.subarray(at, at + BUFFER_LENGTH));
    this.#total += SLAB_BUFFERS;
  }
}
