/** Which of the last sequence numbers of a stream were there already. A ring: constant memory, nothing allocated per packet. */

/** See the file's header. */
export class SeenPackets {
  readonly #ring = new Int32Array(SPAN).fill(-1);
  #highest = -1;

  /** True the first time; false for a number that was there, or that is so far behind that it may have been. */
  add(sequenceNumber: number): boolean {
    if (this.#highest >= 0) {
      const ahead = ((sequenceNumber - this.#highest) << 16) >> 16;
      if (ahead <= -SPAN) return false;
      if (ahead > 0) this.#highest = sequenceNumber;
    } else this.#highest = sequenceNumber;
    const index = sequenceNumber & (SPAN - 1);
    if (this.#ring[index] === sequenceNumber) return false;
    this.#ring[index] = sequenceNumber;
    return true;
  }

  /** Forgets them all. */
  clear(): void {
    this.#ring.fill(-1);
    this.#highest = -1;
  }
}

/** Below the window of our SRTP senders (RFC 3711 §3.3.2): what passes here passes there. A power of two: a second and a half of 20 Mbit/s. */
const SPAN = 2048;
