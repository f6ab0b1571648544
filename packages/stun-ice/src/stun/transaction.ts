/** The client side of one request over an unreliable transport: when to send it, when to give up (RFC 8489 §6.2.1). */
import type { Instant } from "@purertc/core";

/** Timing of a transaction. */
export interface StunTransactionTimers {
  /** RTO: the first retransmission interval, in ms; it doubles. */
  readonly rtoMs: number;
  /** Rc: requests in all. */
  readonly maxRequests: number;
  /** Rm: how many RTOs to wait after the last request. */
  readonly lastWaitFactor: number;
}

/** RFC 8489 §6.2.1: RTO 500 ms, Rc 7, Rm 16. Requests at 0, 500, 1500, 3500, 7500, 15500 and 31500 ms; failure at 39500 ms. */
export const STUN_TRANSACTION_TIMERS: StunTransactionTimers = { rtoMs: 500, maxRequests: 7, lastWaitFactor: 16 };

/** Timing of one transaction. It holds no bytes: whoever runs it sends the same request each time. */
export class StunTransaction {
  readonly #timers: StunTransactionTimers;
  #intervalMs: number;
  #nextAt: Instant;
  #requestsSent = 0;

  /** The first request is due at `now`. */
  constructor(now: Instant, timers: StunTransactionTimers = STUN_TRANSACTION_TIMERS) {
    this.#timers = timers;
    this.#intervalMs = timers.rtoMs;
    this.#nextAt = now;
  }

  /** When to call `handleTimeout`. */
  get nextAt(): Instant {
    return this.#nextAt;
  }

  /** Requests sent so far. */
  get requestsSent(): number {
    return this.#requestsSent;
  }

  /** What is due at `now`: to send the request (again), to give up, or nothing yet. */
  handleTimeout(now: Instant): "send" | "failed" | undefined {
    if (now < this.#nextAt) return undefined;
    const { rtoMs, maxRequests, lastWaitFactor } = this.#timers;
    if (this.#requestsSent >= maxRequests) return "failed";
    this.#requestsSent += 1;
    if (this.#requestsSent === maxRequests) {
      this.#nextAt = now + rtoMs * lastWaitFactor;
    } else {
      this.#nextAt = now + this.#intervalMs;
      this.#intervalMs *= 2;
    }
    return "send";
  }
}
