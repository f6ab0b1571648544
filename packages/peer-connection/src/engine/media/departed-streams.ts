/**
 * SSRCs of streams that are over. Packets that were on their way when the BYE came do not bring a stream back (RFC 3550 §6.2.1, RFC 9143 §9.2); and SRTP remembers it for
 * a while, so that what someone recorded of it stays replayed.
 */
import type { Instant } from "@purertc/core";

/** See the file's header. */
export class DepartedStreams {
  /** When each said goodbye, oldest first; for one that ended otherwise, long ago. */
  readonly #leftAt = new Map<number, Instant>();

  /** Takes note of one, and returns the one that is to be forgotten for it. */
  add(ssrc: number, saidGoodbyeAt: Instant = Number.NEGATIVE_INFINITY): number | undefined {
    this.#leftAt.delete(ssrc);
    this.#leftAt.set(ssrc, saidGoodbyeAt);
    if (this.#leftAt.size <= MAX_DEPARTED) return undefined;
    const [oldest] = this.#leftAt.keys();
    this.#leftAt.delete(oldest!);
    return oldest;
  }

  /** Whether a packet is a straggler. If not, the stream has come back. Hot. */
  isStraggler(now: Instant, ssrc: number): boolean {
    if (this.#leftAt.size === 0) return false;
    const leftAt = this.#leftAt.get(ssrc);
    if (leftAt === undefined) return false;
    if (now - leftAt < STRAGGLERS_MS) return true;
    this.#leftAt.delete(ssrc);
    return false;
  }

  /** Whether it is remembered. */
  has(ssrc: number): boolean {
    return this.#leftAt.has(ssrc);
  }

  clear(): void {
    this.#leftAt.clear();
  }
}

const MAX_DEPARTED = 64;
/** Longer than packets of one sender are reordered, and short for one who goes on under the same SSRC. */
const STRAGGLERS_MS = 250;
