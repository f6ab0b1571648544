/**
 * Wrapping counters, unwrapped at the door (RFC 1982's comparison, done once). From there on a sequence number is an ordinary
 * number that only grows, and `<` means what it says.
 */

/** Unwraps 16-bit serial numbers (RTP sequence numbers, SCTP stream sequence numbers). */
export class Unwrapper16 {
  #last: number;

  /** `first`: the unwrapped number that the counter is at. The next numbers are read as nearest to it. */
  constructor(first: number) {
    this.#last = first;
  }

  /** The unwrapped number nearest to the last one kept. Changes nothing. A distance of exactly half the range reads as behind. */
  peek(serial: number): number {
    return this.#last + (((serial - this.#last) << 16) >> 16);
  }

  /** The same, and keeps it when it is ahead of the last. */
  unwrap(serial: number): number {
    const value = this.peek(serial);
    if (value > this.#last) this.#last = value;
    return value;
  }
}

/** Unwraps 32-bit serial numbers (SCTP TSNs, RFC 6525 request numbers). Results stay exact: they fit 53 bits. */
export class Unwrapper32 {
  #last: number;

  /** `first`: the unwrapped number that the counter is at. The next numbers are read as nearest to it. */
  constructor(first: number) {
    this.#last = first;
  }

  /** The unwrapped number nearest to the last one kept. Changes nothing. A distance of exactly half the range reads as behind. */
  peek(serial: number): number {
    return this.#last + ((serial - this.#last) | 0);
  }

  /** The same, and keeps it when it is ahead of the last. */
  unwrap(serial: number): number {
    const value = this.peek(serial);
    if (value > this.#last) this.#last = value;
    return value;
  }
}
