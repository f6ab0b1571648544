/** The bounds of core's AEAD interfaces, checked in one place for every provider. A wrong length is the caller's mistake and throws. */
import { type AeadName, InvalidArgumentError } from "@purertc/core";

/** Octets of every AEAD nonce here (RFC 5116 §5, RFC 8439 §2.8). */
export const AEAD_NONCE_LENGTH = 12;
/** Octets of every AEAD tag here. */
export const AEAD_TAG_LENGTH = 16;
/** Longest plaintext of one sequenced packet, which bounds the memory that works ahead. No datagram is longer. */
export const SEQUENCED_LENGTH_LIMIT = 65_536;

/** Octets of the key of `name`. */
export function aeadKeyLength(name: AeadName): number {
  return name === "aes-128-gcm" ? 16 : 32;
}

/** Throws unless `name` is known and `key` is as long as it asks. */
export function checkAeadKey(name: AeadName, key: Uint8Array): void {
  if (name !== "aes-128-gcm" && name !== "aes-256-gcm" && name !== "chacha20-poly1305") {
    throw new InvalidArgumentError(`unknown AEAD ${String(name)}`, { code: "AEAD_NAME" });
  }
  if (key.length !== aeadKeyLength(name)) {
    throw new InvalidArgumentError(`${name} takes a key of ${aeadKeyLength(name)} bytes, not ${key.length}`, { code: "AEAD_KEY_LENGTH" });
  }
}

/** Throws unless `nonce` (or the base of one) has 12 bytes. */
export function checkNonce(nonce: Uint8Array): void {
  if (nonce.length !== AEAD_NONCE_LENGTH) {
    throw new InvalidArgumentError(`a nonce has ${AEAD_NONCE_LENGTH} bytes, not ${nonce.length}`, { code: "AEAD_NONCE_LENGTH" });
  }
}

/** Throws unless `out` has room for `needed` bytes from its start. */
export function checkRoom(out: Uint8Array, needed: number): void {
  if (out.length < needed)
    throw new InvalidArgumentError(`out holds ${out.length} bytes, ${needed} are needed`, { code: "AEAD_OUT_LENGTH" });
}

/** Throws unless `key` has 16, 24 or 32 bytes. */
export function checkAesKey(key: Uint8Array): void {
  if (key.length !== 16 && key.length !== 24 && key.length !== 32) {
    throw new InvalidArgumentError(`an AES key has 16, 24 or 32 bytes, not ${key.length}`, { code: "AES_KEY_LENGTH" });
  }
}

// The checks below run for every packet. What they throw is made elsewhere, so that V8 finds them small enough to inline.

/** Throws unless `index` is an integer from 0 to 2^48 - 1. */
export function checkIndex(index: number): void {
  if (!Number.isInteger(index) || index < 0 || index > 0xffff_ffff_ffff) refuseIndex(index);
}

function refuseIndex(index: number): never {
  throw new InvalidArgumentError(`packet index ${index} is not an integer from 0 to 2^48 - 1`, { code: "AEAD_INDEX" });
}

/** Throws unless `index` is in range and above `last`, the highest index sealed so far (-1 for none). */
export function checkSealIndex(index: number, last: number): void {
  checkIndex(index);
  if (index <= last) refuseReuse(index, last);
}

function refuseReuse(index: number, last: number): never {
  throw new InvalidArgumentError(`packet index ${index} does not follow ${last}: a keystream must not be used twice`, {
    code: "AEAD_INDEX_REUSED",
  });
}

/** Throws unless `[0, length)` lies in `aad` and is at most 64 KiB. */
export function checkSequencedAad(aad: Uint8Array, length: number): void {
  if (!Number.isInteger(length) || length < 0 || length > aad.length || length > SEQUENCED_LENGTH_LIMIT) refuseAad(aad, length);
}

function refuseAad(aad: Uint8Array, length: number): never {
  throw new InvalidArgumentError(`${length} bytes of additional data, of ${aad.length} given, or above ${SEQUENCED_LENGTH_LIMIT}`, {
    code: "AEAD_AAD_LENGTH",
  });
}

/** Throws unless `[at, at + length)` lies in `bytes` and `length` is at most `limit`. */
export function checkRange(bytes: Uint8Array, at: number, length: number, limit: number): void {
  if (!Number.isInteger(at) || !Number.isInteger(length) || at < 0 || length < 0 || at + length > bytes.length || length > limit) {
    refuseRange(bytes, at, length, limit);
  }
}

function refuseRange(bytes: Uint8Array, at: number, length: number, limit: number): never {
  throw new InvalidArgumentError(
    `range of ${length} bytes at ${at} is outside the ${bytes.length} bytes given or above the limit ${limit}`,
    {
      code: "CRYPTO_RANGE",
    },
  );
}

/** Throws unless `length` is a whole number of AES blocks. */
export function checkBlocks(length: number): void {
  if (length % 16 !== 0) throw new InvalidArgumentError(`${length} bytes are not whole 16-byte blocks`, { code: "AES_BLOCK_LENGTH" });
}
