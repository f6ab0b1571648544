/** Authentic requests of late, by transaction id: STUN itself has no protection against replay (RFC 8489 §16.1.3). */
import { hexFromBytes, type Path, samePath } from "@purertc/core";

/**
 * Tells a retransmission, which comes over the path of the first, from a copy that someone sends from elsewhere to make his address look validated.
 * It can only remember so many; what it has forgotten passes.
 */
export class RequestMemory {
  readonly #paths = new Map<string, Path>();

  /** Whether an authentic request with this id came over another path before; otherwise it is remembered. */
  isElsewhere(transactionId: Uint8Array, path: Path): boolean {
    const id = hexFromBytes(transactionId);
    const known = this.#paths.get(id);
    if (known !== undefined) return !samePath(known, path);
    if (this.#paths.size >= MAX_REMEMBERED) for (const oldest of this.#paths.keys()) if (this.#paths.delete(oldest)) break;
    this.#paths.set(id, path);
    return false;
  }
}

/** At one check in 5 s and pair, some twenty minutes of a connection. */
const MAX_REMEMBERED = 256;
