/** How a depacketizer follows the sequence numbers of its packets: what is missing, what is late, and when the sender started anew. */

/** Follows the 16-bit sequence numbers of one stream. */
export class SequenceFollower {
  #last = -1; // -1: there was none
  #expected = -1; // after one from far behind: the number after it

  /** Whether there was a packet. */
  get started(): boolean {
    return this.#last >= 0;
  }

  /**
   * Takes a packet's number. Returns how many are missing before it; negative: it is late, and not to be used. Of packets from far behind that come in sequence all but the first
   * are used (RFC 3550 A.1): the sender started anew.
   */
  follow(sequenceNumber: number): number {
    const ahead = this.#last < 0 ? 1 : (sequenceNumber - this.#last) & 0xffff;
    const late = ahead === 0 || ahead >= 0x8000;
    const restarted = late && sequenceNumber === this.#expected;
    this.#expected = late && ahead <= 0x1_0000 - FAR && ahead > 0 ? (sequenceNumber + 1) & 0xffff : -1;
    if (late && !restarted) return -1;
    this.#last = sequenceNumber;
    return restarted ? MANY : ahead - 1;
  }
}

/** Packets that reordering and repair may bring late; further behind are those of a sender that started anew. */
const FAR = 1000;
/** Missing before a sender's new start: nobody knows how many. */
const MANY = 0x7fff;
