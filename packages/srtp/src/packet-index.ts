/** The 48-bit index of an SRTP packet: 2^16 * ROC + SEQ, with the ROC guessed by the receiver (RFC 3711 §3.3.1). */

/** Highest rollover counter: 2^32 - 1. */
export const MAX_ROLLOVER_COUNTER = 0xffff_ffff;

/** The rollover counter and the highest sequence number of one SSRC. */
export class PacketIndex {
  /** ROC, 0 to 2^32 - 1. */
  rolloverCounter: number;
  /** s_l, the highest sequence number in that ROC; -1 before the first packet. */
  #highest = -1;

  constructor(rolloverCounter: number) {
    this.rolloverCounter = rolloverCounter;
  }

  /** Whether a packet was committed. */
  get started(): boolean {
    return this.#highest >= 0;
  }

  /** The ROC that makes `sequenceNumber` nearest to the highest index. May be 2^32, which no packet can have. Changes nothing. */
  estimate(sequenceNumber: number): number {
    const highest = this.#highest;
    const rolloverCounter = this.rolloverCounter;
    if (highest < 0) return rolloverCounter;
    if (highest < 0x8000) {
      // A ROC before 0 does not exist, so there the packet can only be ahead, however far.
      return sequenceNumber - highest > 0x8000 && rolloverCounter > 0 ? rolloverCounter - 1 : rolloverCounter;
    }
    return highest - 0x8000 > sequenceNumber ? rolloverCounter + 1 : rolloverCounter;
  }

  /** A packet of this ROC and sequence number is genuine: keeps them when they are ahead. */
  commit(rolloverCounter: number, sequenceNumber: number): void {
    if (rolloverCounter === this.rolloverCounter) {
      if (sequenceNumber > this.#highest) this.#highest = sequenceNumber;
    } else if (rolloverCounter > this.rolloverCounter) {
      this.rolloverCounter = rolloverCounter;
      this.#highest = sequenceNumber;
    }
  }

  /** Starts again at `rolloverCounter`, told from outside. */
  reset(rolloverCounter: number): void {
    this.rolloverCounter = rolloverCounter;
    this.#highest = -1;
  }
}
