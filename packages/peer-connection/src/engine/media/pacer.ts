/** How fast frames leave: bursts of a whole key frame would overflow queues on the path. A bucket of octets that fills with time. */
import type { Instant } from "@purertc/core";

/** See the file's header. */
export class Pacer {
  #budget = BURST_OCTETS;
  #at: Instant | undefined;
  #octetsPerMs = 0;

  /** The bucket as of now. `bitsPerSecond`: the estimate; `queuedOctets`: what waits, so that nothing waits for long. */
  update(now: Instant, bitsPerSecond: number, queuedOctets: number): void {
    this.#octetsPerMs = Math.max((PACING_FACTOR * bitsPerSecond) / 8000, queuedOctets / MAX_QUEUE_MS);
    const elapsed = this.#at === undefined ? 0 : Math.max(0, now - this.#at);
    this.#at = now;
    // What may leave at once grows with the rate: a timer comes no more often than once a millisecond.
    const burst = Math.max(BURST_OCTETS, this.#octetsPerMs * TICK_MS);
    this.#budget = Math.min(burst, this.#budget + elapsed * this.#octetsPerMs);
  }

  /** Whether a packet may leave. */
  get open(): boolean {
    return this.#budget > 0;
  }

  /** A packet left. */
  spend(octets: number): void {
    this.#budget -= octets;
  }

  /** When the next may. */
  nextDue(now: Instant): Instant {
    return now + Math.max(1, Math.ceil((1 - this.#budget) / this.#octetsPerMs));
  }
}

/** As libwebrtc and pion: a source's frames vary in size by about as much. */
const PACING_FACTOR = 2.5;
const BURST_OCTETS = 12_000;
/** Longest that frames wait: the pacer hurries instead. */
const MAX_QUEUE_MS = 500;
const TICK_MS = 5;
