/** HMAC (RFC 2104) over a digest hash of the host: nonces and flow tokens are authenticated with it. */
import { concatBytes } from "@purertc/core";

/** HMAC-SHA-256 of a message. `sha256` gives 32 bytes. */
export function hmacSha256(sha256: (bytes: Uint8Array) => Uint8Array, key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK_LENGTH);
  block.set(key.length > BLOCK_LENGTH ? sha256(key) : key);
  const pad = (byte: number): Uint8Array => block.map((each) => each ^ byte);
  return sha256(concatBytes(pad(0x5c), sha256(concatBytes(pad(0x36), message))));
}

/** Of SHA-256. */
const BLOCK_LENGTH = 64;
