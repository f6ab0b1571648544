import { concatBytes } from "@purertc/core";
import { nobleCrypto } from "@purertc/crypto/noble";
import { nodeCrypto } from "@purertc/crypto/node";
import { expect, test } from "vitest";
import { RSA_PKCS8, RSA_SPKI, SIGNED_MESSAGE } from "../conformance/signature-vectors.ts";
import { bytesFromInteger, integerFromBytes } from "../keys/big-integer.ts";
import { parsePkcs8 } from "../keys/pkcs8.ts";
import { nobleHashFunction } from "./hash.ts";
import { power, signRsa } from "./rsa.ts";

const key = parsePkcs8(RSA_PKCS8);
if (key.kind !== "rsa") throw new Error("the test key is RSA");
const sha256 = nobleHashFunction("sha-256");

/** Faults to build into an EMSA-PSS encoding (RFC 8017 §9.1.1) of 256 octets, SHA-256 and a salt of 32. */
interface Faults {
  readonly separator?: number;
  readonly padding?: number;
  readonly trailer?: number;
  readonly topBit?: boolean;
  readonly prefix?: number;
}

/** A signature made with the private key around a faulty encoding: only a check of that one field can tell. */
function signature(faults: Faults): Uint8Array {
  const salt = new Uint8Array(32).fill(7);
  const hash = sha256(concatBytes(new Uint8Array(8).fill(faults.prefix ?? 0), sha256(SIGNED_MESSAGE), salt));
  const block = concatBytes(new Uint8Array(190), Uint8Array.of(faults.separator ?? 1), salt);
  block[100] = faults.padding ?? 0;
  for (let at = 0, counter = 0; at < block.length; counter++) {
    for (const byte of sha256(concatBytes(hash, Uint8Array.of(0, 0, 0, counter)))) if (at < block.length) block[at++]! ^= byte;
  }
  block[0] = faults.topBit === true ? block[0]! | 0x80 : block[0]! & 0x7f;
  const encoded = integerFromBytes(concatBytes(block, hash, Uint8Array.of(faults.trailer ?? 0xbc)));
  return key.kind === "rsa" ? bytesFromInteger(power(encoded, key.privateExponent, key.modulus), 256) : new Uint8Array(0);
}

test("RFC 8017 §9.1.2: every field of a PSS encoding is checked", () => {
  const verdicts = (faults: Faults): readonly boolean[] =>
    [nodeCrypto, nobleCrypto].map((provider) => provider.verify("rsa_pss_rsae_sha256", RSA_SPKI, SIGNED_MESSAGE, signature(faults)));
  expect(verdicts({})).toEqual([true, true]);
  for (const faults of [{ separator: 2 }, { separator: 0 }, { padding: 1 }, { trailer: 0xcc }, { topBit: true }, { prefix: 1 }]) {
    expect(verdicts(faults), JSON.stringify(faults)).toEqual([false, false]);
  }
});

test("RFC 8017 §5.1.2: a signature that came out wrong is not given away", () => {
  // A fault in one half of the Chinese remainder computation: the difference to the right result would have a prime as divisor.
  const faulty = { ...key, exponent1: key.exponent1 ^ 4n };
  const facts = { kind: "rsa-pkcs1", hash: "sha-256", hashLength: 32 } as const;
  expect(() => signRsa(facts, faulty, SIGNED_MESSAGE)).toThrow("its own check");
  expect(nodeCrypto.verify("rsa_pkcs1_sha256", RSA_SPKI, SIGNED_MESSAGE, signRsa(facts, key, SIGNED_MESSAGE))).toBe(true);
});

test("RFC 8017 §5.1: power is modular exponentiation", () => {
  for (const [base, exponent, modulus] of [
    [0n, 5n, 7n],
    [3n, 0n, 7n],
    [2n, 1000n, 1_000_007n],
    [1_000_008n, 65_537n, 1_000_007n],
  ] as const) {
    expect(power(base, exponent, modulus)).toBe(base ** exponent % modulus);
  }
});
