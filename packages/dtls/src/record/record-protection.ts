/** What the two versions have in common in the record layer: something that seals under one epoch and something that opens. */

/** Why a protected record was not opened. */
export type RecordRefusal = "replayed" | "bad-tag" | "too-long";

/** The sending side of one epoch. It numbers its records itself. */
export interface RecordSealer {
  readonly epoch: number;
  /** Offset of the plaintext from the start of the record. */
  readonly headerLength: number;
  /** Bytes that a record has more than its plaintext. */
  readonly overhead: number;
  /** The number that the next record gets. */
  readonly sequenceNumber: number;
  /**
   * Makes a record of content type `type` at `out[at]` from the plaintext that already is at `out[at + headerLength, ... + length)`.
   * Returns the record's length. Throws `InvalidStateError` when the epoch's numbers are used up.
   */
  seal(type: number, out: Uint8Array, at: number, length: number): number;
}

/** The receiving side of one epoch. */
export interface RecordOpener {
  readonly epoch: number;
  /** Bytes that a fragment has more than its plaintext. */
  readonly expansion: number;
  /**
   * Checks, authenticates and decrypts the whole record at `datagram[at, at + length)`, header included, into `out` from `outAt`, which must have
   * room for the plaintext. Returns the plaintext's length, or why not; then nothing has changed but possibly the bytes of `out`.
   */
  open(datagram: Uint8Array, at: number, length: number, out: Uint8Array, outAt: number): number | RecordRefusal;
}

/** RFC 6347 §4.1: record numbers must not wrap. */
export const MAX_SEQUENCE_NUMBER: number = 2 ** 48 - 1;
