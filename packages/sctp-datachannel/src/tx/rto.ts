/** Retransmission timeout (RFC 9260 §6.3.1). */
export class RetransmissionTimeout {
  readonly #min: number;
  readonly #max: number;
  readonly #initial: number;
  #srtt: number | undefined;
  #rttvar = 0;
  #rto: number;

  constructor(options: { readonly rtoInitialMs: number; readonly rtoMinMs: number; readonly rtoMaxMs: number }) {
    this.#min = options.rtoMinMs;
    this.#max = options.rtoMaxMs;
    this.#initial = options.rtoInitialMs;
    this.#rto = options.rtoInitialMs;
  }

  /** RTO in milliseconds. */
  get currentMs(): number {
    return this.#rto;
  }

  /** SRTT in milliseconds; undefined before the first measurement. */
  get smoothedMs(): number | undefined {
    return this.#srtt;
  }

  /** A round trip of a chunk that was sent once (C2, C3, C5: Karn's rule is the caller's). */
  measure(rttMs: number): void {
    const rtt = Math.max(0, rttMs);
    if (this.#srtt === undefined) {
      this.#srtt = rtt;
      this.#rttvar = rtt / 2;
    } else {
      this.#rttvar += (Math.abs(this.#srtt - rtt) - this.#rttvar) / 4;
      this.#srtt += (rtt - this.#srtt) / 8;
    }
    this.#update(this.#srtt);
  }

  /** §6.3.3 E2: doubles, up to RTO.Max. */
  backOff(): void {
    this.#rto = Math.min(this.#max, this.#rto * 2);
  }

  /**
   * New data was acknowledged, so the path works: what `backOff` did is undone.
   * DEVIATION from RFC 9260 §6.3.1 C5: because a lossy path may give no measurement for a long time, and would keep the doubled RTO for that long; TCPs do the same.
   */
  settle(): void {
    if (this.#srtt !== undefined) this.#update(this.#srtt);
  }

  /** After a restart of the peer: as at the beginning. */
  reset(): void {
    this.#srtt = undefined;
    this.#rttvar = 0;
    this.#rto = this.#initial;
  }

  #update(srtt: number): void {
    this.#rto = Math.min(this.#max, Math.max(this.#min, srtt + 4 * this.#rttvar)); // C6, C7
  }
}
