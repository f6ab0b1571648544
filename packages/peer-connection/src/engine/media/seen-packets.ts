/** Which of the last sequence numbers of a stream were there already, and which of them ended a frame. A ring: constant memory, nothing allocated per packet. */

/** See the file's header. */
export class SeenPackets {
  /** Sequence numbers, with {@link MARKED} on those with the marker bit; -1: none. */
  readonly #ring = new Int32Array(SPAN).fill(-1);
  #highest = -1;

  /** True the first time; false for a number that was there, or that is so far behind that it may have been. */
  add(sequenceNumber: number, marker = false): boolean {
    if (this.#highest >= 0) {
      const ahead = ((sequenceNumber - this.#highest) << 16) >> 16;
      if (ahead <= -SPAN) return false;
      if (ahead > 0) this.#highest = sequenceNumber;
    } else this.#highest = sequenceNumber;
    if (this.has(sequenceNumber)) return false;
    this.#ring[sequenceNumber & (SPAN - 1)] = marker ? sequenceNumber | MARKED : sequenceNumber;
    return true;
  }

  /** Whether a number was there. */
  has(sequenceNumber: number): boolean {
    const kept = this.#ring[sequenceNumber & (SPAN - 1)]!;
    return kept >= 0 && (kept & 0xffff) === sequenceNumber;
  }

  /** Whether a number was there with the marker bit, which ends a frame of video. */
  hasMarked(sequenceNumber: number): boolean {
    return this.#ring[sequenceNumber & (SPAN - 1)] === (sequenceNumber | MARKED);
  }

  /** Forgets them all. */
  clear(): void {
    this.#ring.fill(-1);
    this.#highest = -1;
  }
}

/** Below the window of our SRTP senders (RFC 3711 §3.3.2): what passes here passes there. A power of two: a second and a half of 20 Mbit/s. */
const SPAN = 2048;
const MARKED = 0x1_0000;
