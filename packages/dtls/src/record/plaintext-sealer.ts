/** Epoch 0: records without protection (RFC 6347 §4.1). */
import { InvalidStateError } from "@purertc/core";
import { RECORD_HEADER_LENGTH, writeRecordHeader } from "../codec/record.ts";
import { MAX_SEQUENCE_NUMBER, type RecordSealer } from "./record-protection.ts";

/** Numbers and frames plaintext records. */
export class PlaintextSealer implements RecordSealer {
  readonly epoch: number = 0;
  readonly headerLength: number = RECORD_HEADER_LENGTH;
  readonly overhead: number = RECORD_HEADER_LENGTH;
  /** In the header of each record; see `codec/protocol-version.ts`. */
  version: number;
  sequenceNumber = 0;

  constructor(version: number) {
    this.version = version;
  }

  seal(type: number, out: Uint8Array, at: number, length: number): number {
    if (this.sequenceNumber > MAX_SEQUENCE_NUMBER) {
      throw new InvalidStateError("the record numbers of this epoch are used up", { code: "DTLS_SEQUENCE_EXHAUSTED" });
    }
    writeRecordHeader(out, at, type, this.version, 0, this.sequenceNumber, length);
    this.sequenceNumber += 1;
    return RECORD_HEADER_LENGTH + length;
  }
}
