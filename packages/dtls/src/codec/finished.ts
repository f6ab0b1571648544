/** Finished: the verify data and nothing else (RFC 5246 §7.4.9: 12 bytes; RFC 8446 §4.4.4: one hash). */
import { copyBytes, Malformed } from "@purertc/core";

/** The MAC over the handshake. */
export interface Finished {
  readonly verifyData: Uint8Array;
}

/** Reads the body of a Finished message of `length` bytes; `verifyData` is a view of it. */
export function parseFinished(body: Uint8Array, length = 12): Finished | Malformed<"bad-length"> {
  return body.length === length ? { verifyData: body } : new Malformed("bad-length", 0);
}

/** The body of a Finished message. */
export function writeFinished(finished: Finished): Uint8Array {
  return copyBytes(finished.verifyData);
}
