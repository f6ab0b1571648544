/** ChangeCipherSpec: one byte with the value 1 (RFC 5246 §7.1). It is a record type of its own, not a handshake message. */
import { Malformed } from "@purertc/core";

/** A ChangeCipherSpec; `type` has one legal value. */
export interface ChangeCipherSpec {
  readonly type: 1;
}

/** Reads the plaintext of a change_cipher_spec record. */
export function parseChangeCipherSpec(bytes: Uint8Array): ChangeCipherSpec | Malformed<"bad-length" | "bad-value"> {
  if (bytes.length !== 1) return new Malformed("bad-length", 0);
  return bytes[0] === 1 ? { type: 1 } : new Malformed("bad-value", 0);
}

/** The one byte. */
export function writeChangeCipherSpec(): Uint8Array {
  return new Uint8Array([1]);
}
