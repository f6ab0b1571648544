/**
 * RSA signatures (RFC 8017) with bigint arithmetic. Verification works on public numbers. Signing is blinded, because bigint arithmetic takes a time that
 * depends on its operands; where that matters, sign with the node provider or through `signature-needed`.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import {
  bytesFromHex,
  concatBytes,
  constantTimeEqual,
  DerTag,
  derElement,
  derSequence,
  equalBytes,
  type HashName,
  type RandomSource,
  randomBytes,
} from "@purertc/core";
import { bitLength, bytesFromInteger, integerFromBytes } from "../keys/big-integer.ts";

import type { RsaPrivateParts } from "../keys/pkcs8.ts";
import { greatestCommonDivisor, inverse } from "../keys/rsa-generation.ts";
import type { SchemeFacts } from "../keys/signature-schemes.ts";
import { nobleHashFunction } from "./hash.ts";

/** Whether `signature` is one of `message` (§8.1.2, §8.2.2). The key's size was bounded by whoever parsed it. */
export function verifyRsa(
  facts: SchemeFacts,
  modulus: bigint,
  publicExponent: bigint,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const bits = bitLength(modulus);
  const length = (bits + 7) >> 3;
  if (signature.length !== length) return false;
  const value = integerFromBytes(signature);
  if (value >= modulus) return false; // §5.2.2: representative out of range
  const encoded = power(value, publicExponent, modulus);
  const digest = nobleHashFunction(facts.hash)(message);
  if (facts.kind === "rsa-pkcs1") {
    const expected = encodePkcs1(facts.hash, digest, length);
    return expected !== undefined && equalBytes(bytesFromInteger(encoded, length), expected);
  }
  // §8.1.2 step 2c: the encoded message has one bit less than the modulus, which may make it one octet shorter.
  const pssLength = (bits + 6) >> 3;
  if (bitLength(encoded) > 8 * pssLength) return false;
  return verifyPss(facts, digest, bytesFromInteger(encoded, pssLength), bits - 1);
}

/** A signature of `message`. The salt of PSS and the blinding are derived from the key and the message, so no random source is needed. */
export function signRsa(facts: SchemeFacts, key: RsaPrivateParts, message: Uint8Array): Uint8Array {
  const bits = bitLength(key.modulus);
  const length = (bits + 7) >> 3;
  const digest = nobleHashFunction(facts.hash)(message);
  const random = derivedRandom(key, digest);
  const encoded =
    facts.kind === "rsa-pkcs1"
      ? encodePkcs1(facts.hash, digest, length)
      : encodePss(facts, digest, bits - 1, randomBytes(random, facts.hashLength));
  if (encoded === undefined) throw new RangeError("the modulus is too short for the hash"); // the scheme would not have been offered
  return bytesFromInteger(privatePower(key, integerFromBytes(encoded), random), length);
}

/** value^d mod n by the Chinese remainder theorem (§5.1.2), on a value multiplied with a random factor, and checked before it leaves. */
function privatePower(key: RsaPrivateParts, value: bigint, random: RandomSource): bigint {
  const { modulus, publicExponent, prime1, prime2 } = key;
  let factor = 0n;
  while (greatestCommonDivisor(factor, modulus) !== 1n)
    factor = integerFromBytes(randomBytes(random, (bitLength(modulus) + 7) >> 3)) % modulus;
  const blinded = (value * power(factor, publicExponent, modulus)) % modulus;
  const part1 = power(blinded % prime1, key.exponent1, prime1);
  const part2 = power(blinded % prime2, key.exponent2, prime2);
  const difference = (((part1 - part2) * key.coefficient) % prime1) + prime1;
  const result = ((part2 + prime2 * (difference % prime1)) * inverse(factor, modulus)) % modulus;
  // A fault in one of the two halves would reveal a prime to whoever sees the result.
  if (power(result, publicExponent, modulus) !== value) throw new Error("RSA signature failed its own check");
  return result;
}

/**
 * Bytes that nobody without the key can tell from random: HMAC-SHA-256 of a counter and the digest. What RFC 6979 does for ECDSA: equal inputs give equal
 * signatures, and a broken random source cannot spoil one.
 */
function derivedRandom(key: RsaPrivateParts, digest: Uint8Array): RandomSource {
  const secret = bytesFromInteger(key.privateExponent, (bitLength(key.privateExponent) + 7) >> 3);
  let counter = 0n;
  return {
    fill(out: Uint8Array): void {
      for (let at = 0; at < out.length; at += 32) {
        const block = hmac(sha256, secret, concatBytes(bytesFromInteger(counter++, 8), digest));
        out.set(block.subarray(0, out.length - at), at);
      }
    },
  };
}

/** base^exponent mod modulus, four bits of the exponent at a time. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const powers = [1n, base % modulus];
  while (powers.length < 16) powers.push((powers[powers.length - 1]! * powers[1]!) % modulus);
  let result = 1n;
  for (const digit of exponent.toString(16)) {
    for (let i = 0; i < 4; i++) result = (result * result) % modulus;
    result = (result * powers[Number.parseInt(digit, 16)]!) % modulus;
  }
  return result;
}

/** EMSA-PKCS1-v1_5 (§9.2); undefined when the modulus is too short. Signatures are compared with this, never parsed. */
function encodePkcs1(hash: HashName, digest: Uint8Array, length: number): Uint8Array | undefined {
  const algorithm = derSequence(derElement(DerTag.OBJECT_IDENTIFIER, hashIdentifier(hash)), derElement(DerTag.NULL));
  const info = derSequence(algorithm, derElement(DerTag.OCTET_STRING, digest));
  const fill = length - info.length - 3;
  if (fill < 8) return undefined;
  return concatBytes(Uint8Array.of(0, 1), new Uint8Array(fill).fill(0xff), Uint8Array.of(0), info);
}

/** EMSA-PSS encoding (§9.1.1). */
function encodePss(facts: SchemeFacts, digest: Uint8Array, bits: number, salt: Uint8Array): Uint8Array | undefined {
  const length = (bits + 7) >> 3;
  const blockLength = length - facts.hashLength - 1;
  if (blockLength < salt.length + 1) return undefined;
  const hash = nobleHashFunction(facts.hash)(concatBytes(new Uint8Array(8), digest, salt));
  const block = concatBytes(new Uint8Array(blockLength - salt.length - 1), Uint8Array.of(1), salt);
  xorMask(facts.hash, hash, block);
  block[0]! &= 0xff >> (8 * length - bits);
  return concatBytes(block, hash, Uint8Array.of(0xbc));
}

/** EMSA-PSS verification (§9.1.2), with a salt as long as the hash. */
function verifyPss(facts: SchemeFacts, digest: Uint8Array, encoded: Uint8Array, bits: number): boolean {
  const length = encoded.length;
  const blockLength = length - facts.hashLength - 1;
  const saltAt = blockLength - facts.hashLength;
  if (saltAt < 1 || encoded[length - 1] !== 0xbc) return false;
  const topMask = 0xff >> (8 * length - bits);
  if ((encoded[0]! & ~topMask) !== 0) return false;
  const block = encoded.slice(0, blockLength);
  const hash = encoded.subarray(blockLength, length - 1);
  xorMask(facts.hash, hash, block);
  block[0]! &= topMask;
  for (let i = 0; i < saltAt - 1; i++) if (block[i] !== 0) return false;
  if (block[saltAt - 1] !== 1) return false;
  return constantTimeEqual(hash, nobleHashFunction(facts.hash)(concatBytes(new Uint8Array(8), digest, block.subarray(saltAt))));
}

/** XORs MGF1 of `seed` (§B.2.1) onto `block`. */
function xorMask(hash: HashName, seed: Uint8Array, block: Uint8Array): void {
  const hashOf = nobleHashFunction(hash);
  for (let at = 0, counter = 0; at < block.length; counter++) {
    const mask = hashOf(concatBytes(seed, bytesFromInteger(BigInt(counter), 4)));
    for (let i = 0; i < mask.length && at < block.length; i++) block[at++]! ^= mask[i]!;
  }
}

/** Contents of the hash's OBJECT IDENTIFIER (§B.1). */
function hashIdentifier(hash: HashName): Uint8Array {
  const identifier = HASH_IDENTIFIERS.get(hash);
  if (identifier === undefined) throw new RangeError(`no signature scheme uses ${hash}`);
  return bytesFromHex(identifier);
}

const HASH_IDENTIFIERS: ReadonlyMap<HashName, string> = new Map([
  ["sha-1", "2b0e03021a"],
  ["sha-256", "608648016503040201"],
  ["sha-384", "608648016503040202"],
  ["sha-512", "608648016503040203"],
]);
