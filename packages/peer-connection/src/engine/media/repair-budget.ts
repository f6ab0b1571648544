/** NACK storms: in each second, no more of a stream is sent again than a share of what was sent. */
import type { Instant } from "@purertc/core";

/** See the file's header. */
export class RepairBudget {
  readonly #share: number;
  #windowStart: Instant = Number.NEGATIVE_INFINITY;
  #sent = 0;
  #sentBefore = 0;
  #again = 0;

  /** `share`: of the octets sent. */
  constructor(share: number) {
    this.#share = share;
  }

  /** Octets were sent for the first time. */
  sent(now: Instant, octets: number): void {
    this.#turn(now);
    this.#sent += octets;
  }

  /** Whether so many may be sent again; if so, they count. */
  takes(now: Instant, octets: number): boolean {
    this.#turn(now);
    if (this.#again + octets > Math.max(LEAST_OCTETS, this.#share * Math.max(this.#sent, this.#sentBefore))) return false;
    this.#again += octets;
    return true;
  }

  #turn(now: Instant): void {
    const elapsed = now - this.#windowStart;
    if (elapsed < 1000) return;
    this.#sentBefore = elapsed < 2000 ? this.#sent : 0;
    this.#windowStart = now;
    this.#sent = 0;
    this.#again = 0;
  }
}

const LEAST_OCTETS = 32_768;
