/**
 * The transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2) and its second version, in which the sender asks for feedback:
 *
 *    |  transport-wide sequence number |T|  seq count - 15 bits     |   the second half in version 2 only, and there optional
 */
import { Malformed, readU16, writeU16 } from "@purertc/core";

/** A value of either version. */
export interface TransportWideSequence {
  /** 16 bits, one count over all streams of the transport. */
  readonly sequenceNumber: number;
  /** Version 2: feedback is asked for, over this packet and those before it. */
  readonly feedbackRequest?: {
    /** T: the feedback should carry arrival times. */
    readonly includeTimestamps: boolean;
    /** Packets it should cover, this one included; 1 to 32767. A count of 0 asks for nothing and is not reported here. */
    readonly sequenceCount: number;
  };
}

/** Reads 2 octets (either version) or 4 (version 2). */
export function parseTransportWideSequence(data: Uint8Array): TransportWideSequence | Malformed<"bad-length"> {
  if (data.length !== 2 && data.length !== 4) return new Malformed("bad-length", data.length);
  const sequenceNumber = readU16(data, 0);
  if (data.length === 2) return { sequenceNumber };
  const request = readU16(data, 2);
  if ((request & 0x7fff) === 0) return { sequenceNumber };
  return { sequenceNumber, feedbackRequest: { includeTimestamps: request >= 0x8000, sequenceCount: request & 0x7fff } };
}

/** The value of the element: 2 octets, or 4 with a feedback request. */
export function transportWideSequenceExtension({ sequenceNumber, feedbackRequest }: TransportWideSequence): Uint8Array {
  const data = new Uint8Array(feedbackRequest === undefined ? 2 : 4);
  writeU16(data, 0, sequenceNumber);
  if (feedbackRequest !== undefined)
    writeU16(data, 2, (feedbackRequest.includeTimestamps ? 0x8000 : 0) | (feedbackRequest.sequenceCount & 0x7fff));
  return data;
}
