/** max_fragment_length: one byte, 1 to 4 for 2^9 to 2^12 bytes (RFC 6066 §4). */
import { Malformed } from "@purertc/core";

/** Reads the longest plaintext in bytes: 512, 1024, 2048 or 4096. */
export function parseMaxFragmentLength(data: Uint8Array): number | Malformed<"bad-length" | "bad-value"> {
  if (data.length !== 1) return new Malformed("bad-length", 0);
  const code = data[0]!;
  return code < 1 || code > 4 ? new Malformed("bad-value", 0) : 256 << code;
}

/** The extension's data for 512, 1024, 2048 or 4096 bytes. */
export function writeMaxFragmentLength(length: number): Uint8Array {
  return new Uint8Array([Math.round(Math.log2(length / 256))]);
}
