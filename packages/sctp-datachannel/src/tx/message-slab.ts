import { copyBytes } from "@purertc/core";

/** Larger messages get memory of their own. */
const MAX_SHARED = 4096;
const SLAB_LENGTH = 65_536;

/**
 * Memory for the copies of outgoing messages. An array of its own costs several times what copying a short message costs, so short ones share slabs. A slab goes
 * when its last message was acknowledged; messages leave nearly in the order they came, so little is held back.
 */
export class MessageSlab {
  #slab: Uint8Array | undefined;
  #used = 0;

  /** A copy of `data` that nobody else has. With nothing else queued (`alone`) it has memory of its own: else each would begin a slab, and let it go. */
  copy(data: Uint8Array, alone: boolean): Uint8Array {
    if (alone || data.length > MAX_SHARED) return copyBytes(data);
    if (this.#slab === undefined || this.#used + data.length > SLAB_LENGTH) {
      this.#slab = new Uint8Array(SLAB_LENGTH);
      this.#used = 0;
    }
    const copy = this.#slab.subarray(this.#used, this.#used + data.length);
    copy.set(data);
    this.#used += data.length;
    return copy;
  }

  /** Lets go of the slab begun, so that an idle connection costs nothing. */
  release(): void {
    this.#slab = undefined;
  }
}
