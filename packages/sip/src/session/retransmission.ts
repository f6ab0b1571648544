/** What a UAS sends again and again until it is acknowledged: 2xx to INVITE (RFC 3261 §13.3.1.4) and reliable provisional responses (RFC 3262 §3). */
import type { Instant } from "@purertc/core";

/** First after T1, then at doubled intervals up to a cap, for 64*T1 in all. */
export class Retransmission {
  readonly #cap: number;
  readonly #giveUpAt: Instant;
  #interval: number;
  #nextAt: Instant;

  /** Begins when it is sent for the first time. `cap`: T2 for a 2xx, none for provisional responses. */
  constructor(now: Instant, t1: number, cap: number = Number.POSITIVE_INFINITY) {
    this.#cap = cap;
    this.#interval = t1;
    this.#nextAt = now + t1;
    this.#giveUpAt = now + 64 * t1;
  }

  /** When to ask again. */
  get at(): Instant {
    return Math.min(this.#nextAt, this.#giveUpAt);
  }

  /** Whether it is to be sent again now, or has gone unacknowledged for too long. */
  due(now: Instant): "send" | "give-up" | undefined {
    if (now >= this.#giveUpAt) return "give-up";
    if (now < this.#nextAt) return undefined;
    this.#interval = Math.min(2 * this.#interval, this.#cap);
    this.#nextAt += this.#interval;
    // A host that slept sends one, not all that it missed.
    if (this.#nextAt <= now) this.#nextAt = now + this.#interval;
    return "send";
  }
}
