import type { Instant } from "@purertc/core";

/** So many events a second: a bucket of one second's worth that refills evenly. */
export class RateLimit {
  readonly #perSecond: number;
  #tokens: number;
  #refilledAt: Instant | undefined;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
  }

  /** Whether one more event is within the limit; it then counts. */
  take(now: Instant): boolean {
    const elapsedMs = this.#refilledAt === undefined ? 0 : now - this.#refilledAt;
    this.#refilledAt = now;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + (elapsedMs * this.#perSecond) / 1000);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
