/** Which counts of which nonces were used (RFC 7616 §3.3 nc, §5.12): a request that comes twice is a replay. Bounded. */

/** Uses of one nonce. */
interface Uses {
  readonly issuedAt: number;
  /** The greatest count seen; infinite after a use without a count. */
  highest: number;
  /** Bit i: whether `highest - i` was seen. */
  window: bigint;
}

/**
 * Remembers uses of nonces: for each the last {@link COUNT_WINDOW} counts, for requests overtake each other. When there are too many nonces, the one
 * first used is forgotten, and with it all that were issued no later and are not known: they are stale from then on, so forgetting lets no replay in.
 * Only call it for requests whose credentials are right, so that nobody else can make it forget.
 */
export class NonceCounts {
  readonly #capacity: number;
  readonly #uses = new Map<string, Uses>();
  /** Nonces issued no later than this and not in the table are not accepted. */
  #horizon = Number.NEGATIVE_INFINITY;

  constructor(capacity: number) {
    this.#capacity = Math.max(1, capacity);
  }

  /** How many nonces are remembered. */
  get size(): number {
    return this.#uses.size;
  }

  /**
   * Records the use of a nonce with a count; without one (RFC 2069) it is its only use. `"replayed"`: it was used so before, or so long ago that nobody
   * knows. `"forgotten"`: the nonce may have been used.
   */
  use(nonce: string, issuedAt: number, count: number | undefined): "ok" | "replayed" | "forgotten" {
    const uses = this.#uses.get(nonce);
    if (uses === undefined) {
      if (issuedAt <= this.#horizon) return "forgotten";
      this.#uses.set(nonce, { issuedAt, highest: count ?? Number.POSITIVE_INFINITY, window: 1n });
      this.#makeRoom();
      return "ok";
    }
    if (count === undefined || uses.highest === Number.POSITIVE_INFINITY) return "replayed";
    const behind = uses.highest - count;
    if (behind >= COUNT_WINDOW) return "replayed";
    if (behind >= 0) {
      const bit = 1n << BigInt(behind);
      if ((uses.window & bit) !== 0n) return "replayed";
      uses.window |= bit;
      return "ok";
    }
    uses.window = -behind >= COUNT_WINDOW ? 1n : BigInt.asUintN(COUNT_WINDOW, uses.window << BigInt(-behind)) | 1n;
    uses.highest = count;
    return "ok";
  }

  /** Forgets nonces issued before a moment: they are refused by their age already. */
  expire(before: number): void {
    for (const [nonce, { issuedAt }] of this.#uses) {
      if (issuedAt >= before) break; // in the order of their first use, which is nearly that of their issue
      this.#uses.delete(nonce);
    }
  }

  #makeRoom(): void {
    for (const [nonce, { issuedAt }] of this.#uses) {
      if (this.#uses.size <= this.#capacity) return;
      this.#uses.delete(nonce);
      this.#horizon = Math.max(this.#horizon, issuedAt);
    }
  }
}

/** How far a count may lag behind the greatest one. */
export const COUNT_WINDOW = 128;
