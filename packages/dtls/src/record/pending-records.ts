/** Records that cannot be opened yet: of an epoch whose keys are not there, or data that overtook Finished (RFC 6347 §4.1, "epoch"). */

/** A bounded buffer of copies. When it is full new ones are refused: the peer sends them again. */
export class PendingRecords {
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  #records: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxRecords: number, maxBytes: number) {
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
  }

  /** Number of records waiting. */
  get length(): number {
    return this.#records.length;
  }

  /** Keeps a copy of `datagram[at, at + length)`; false when there is no room. */
  add(datagram: Uint8Array, at: number, length: number): boolean {
    if (this.#records.length >= this.#maxRecords || this.#bytes + length > this.#maxBytes) return false;
    this.#records.push(new Uint8Array(datagram.subarray(at, at + length)));
    this.#bytes += length;
    return true;
  }

  /** Removes and returns all records, oldest first. */
  takeAll(): readonly Uint8Array[] {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    return records;
  }
}
