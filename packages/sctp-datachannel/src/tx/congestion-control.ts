/**
 * Congestion window of the one path (RFC 9260 §7.2).
 *
 * DEVIATION from RFC 9260 §7.2.1: the initial cwnd is `initialWindowPackets` (10) full packets instead of at most 4404 bytes: because RFC 6928's reasons hold here,
 * and data channel peers do the same.
 * DEVIATION from RFC 9260 §7.2.1: in slow start cwnd grows by all bytes that a SACK newly acknowledges (L unlimited): because SACKs are coalesced on busy hosts, and
 * bursts are limited by Max.Burst on their own.
 */
export class CongestionControl {
  readonly #initialPackets: number;
  #pmdcs: number;
  #cwnd: number;
  #ssthresh = Number.POSITIVE_INFINITY;
  #partialBytesAcked = 0;
  /** Highest TSN outstanding when fast recovery began; undefined outside of it. */
  #recoveryExit: number | undefined;

  /** `pmdcs`: path maximum DATA chunk size in bytes, chunk header included. */
  constructor(pmdcs: number, initialPackets: number) {
    this.#pmdcs = pmdcs;
    this.#initialPackets = initialPackets;
    this.#cwnd = initialPackets * pmdcs;
  }

  /** cwnd in bytes of DATA chunks. */
  get cwnd(): number {
    return this.#cwnd;
  }

  /** Slow-start threshold in bytes; infinite before the first loss. */
  get ssthresh(): number {
    return this.#ssthresh;
  }

  get inFastRecovery(): boolean {
    return this.#recoveryExit !== undefined;
  }

  /** The path's MTU changed. */
  setPmdcs(pmdcs: number): void {
    this.#pmdcs = pmdcs;
    this.#cwnd = Math.max(this.#cwnd, pmdcs);
  }

  /**
   * A SACK acknowledged `bytes` for the first time. `flightBefore` is what was outstanding before it. Growth needs an advance of the cumulative TSN and a window
   * that was in full use (§7.2.1, §7.2.2).
   */
  onAcknowledged(bytes: number, cumulativeTsnAdvanced: boolean, flightBefore: number): void {
    if (!cumulativeTsnAdvanced || this.#recoveryExit !== undefined) return;
    const fullyUsed = flightBefore + this.#pmdcs > this.#cwnd;
    if (this.#cwnd <= this.#ssthresh) {
      if (fullyUsed) this.#cwnd += bytes;
      return;
    }
    this.#partialBytesAcked += bytes;
    if (this.#partialBytesAcked < this.#cwnd) return;
    if (fullyUsed) {
      this.#partialBytesAcked -= this.#cwnd;
      this.#cwnd += this.#pmdcs;
    } else {
      this.#partialBytesAcked = this.#cwnd;
    }
  }

  /** §7.2.4: chunks were marked for fast retransmission. True when that began a fast recovery. */
  onFastRetransmit(highestOutstanding: number): boolean {
    if (this.#recoveryExit !== undefined) return false;
    this.#recoveryExit = highestOutstanding;
    this.#halve();
    this.#cwnd = this.#ssthresh;
    return true;
  }

  /** §7.2.4: fast recovery ends when everything outstanding at its start is acknowledged. */
  onCumulativeTsn(cumulativeTsn: number): void {
    if (this.#recoveryExit !== undefined && cumulativeTsn >= this.#recoveryExit) this.#recoveryExit = undefined;
  }

  /** §7.2.2: nothing is outstanding any more. */
  onAllAcknowledged(): void {
    this.#partialBytesAcked = 0;
  }

  /** §7.2.3: T3-rtx expired. */
  onTimeout(): void {
    this.#halve();
    this.#cwnd = this.#pmdcs;
    this.#recoveryExit = undefined;
  }

  /** §7.2.1: the path was idle for an RTO. */
  onIdle(): void {
    this.#cwnd = Math.min(this.#cwnd, Math.max(this.#cwnd / 2, this.#initialPackets * this.#pmdcs));
  }

  #halve(): void {
    this.#ssthresh = Math.max(Math.floor(this.#cwnd / 2), 4 * this.#pmdcs);
    this.#partialBytesAcked = 0;
  }
}
