import { type Aead, bytesFromHex, type CryptoProvider, type SequencedAead } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import { expect, test } from "vitest";
import { checkAeads } from "./aead.ts";
import { checkKeyAgreement } from "./key-agreement.ts";
import { Report } from "./report.ts";
import { checkSequenced } from "./sequenced.ts";
import { checkVerification } from "./verification.ts";

/** A provider with one method replaced. */
function broken(changes: Partial<CryptoProvider>): CryptoProvider {
  const methods: Record<string, unknown> = {};
  for (const name of METHODS) methods[name] = (...args: unknown[]) => Reflect.apply(Reflect.get(nodeCrypto, name), nodeCrypto, args);
  return { name: "broken", ...methods, ...changes } as CryptoProvider;
}
const METHODS = [
  "aead",
  "sequencedAead",
  "sequencedCounterMode",
  "blockCipher",
  "hmac",
  "hash",
  "keyAgreement",
  "signer",
  "generateKey",
  "verify",
] as const;

/** What one group of checks says of a provider with `changes`, as one text. */
function complaints(check: (provider: CryptoProvider, report: Report) => void, changes: Partial<CryptoProvider>): string {
  const report = new Report();
  check(broken(changes), report);
  return report.failures.join("\n");
}

test("conformance: without its faults the broken provider passes", () => {
  for (const check of [checkAeads, checkSequenced, checkVerification, checkKeyAgreement]) expect(complaints(check, {})).toBe("");
});

test("conformance: a provider that opens everything is found out", () => {
  const aead = (...args: Parameters<CryptoProvider["aead"]>): Aead => {
    const real = nodeCrypto.aead(...args);
    return {
      tagLength: 16,
      seal: (...call) => real.seal(...call),
      open: (...call) => {
        real.open(...call);
        return true;
      },
    };
  };
  expect(complaints(checkAeads, { aead })).toMatch(/another sealed byte 3 was accepted/);
});

test("conformance: a provider that leaves unauthenticated plaintext behind is found out", () => {
  const aead = (...args: Parameters<CryptoProvider["aead"]>): Aead => {
    const real = nodeCrypto.aead(...args);
    return {
      tagLength: 16,
      seal: (...call) => real.seal(...call),
      open: (nonce, aad, sealed, out) => {
        const kept = out.slice();
        const good = real.open(nonce, aad, sealed, out);
        if (!good) out.set(kept);
        return good;
      },
    };
  };
  expect(complaints(checkAeads, { aead })).toMatch(/out was not zeroed/);
});

test("conformance: a provider that seals an index twice is found out", () => {
  const sequencedAead = (...args: Parameters<CryptoProvider["sequencedAead"]>): SequencedAead => {
    const opener = nodeCrypto.sequencedAead(...args);
    return {
      tagLength: 16,
      seal: (...call) => nodeCrypto.sequencedAead(...args).seal(...call),
      open: (...call) => opener.open(...call),
      forStream: (nonceBase) => opener.forStream(nonceBase),
    };
  };
  expect(complaints(checkSequenced, { sequencedAead })).toMatch(/seal of index 7 after 7: was accepted/);
});

test("conformance: a verifier that throws, or that believes everything, is found out", () => {
  const throwing: CryptoProvider["verify"] = (...args) => {
    if (args[1].length < 50) throw new Error("bad key");
    return nodeCrypto.verify(...args);
  };
  expect(complaints(checkVerification, { verify: throwing })).toMatch(/10 bytes of a key: threw/);
  const believing = complaints(checkVerification, { verify: () => true });
  for (const forgery of ["r = 0", "the encoding under exponent 1", "a cube with a short padding", "a key of 16384 bits"]) {
    expect(believing).toContain(forgery);
  }
});

test("conformance: key agreement with points off the curve is found out", () => {
  const keyAgreement: CryptoProvider["keyAgreement"] = (group, random) => {
    const real = nodeCrypto.keyAgreement(group, random);
    return { group, publicKey: real.publicKey, sharedSecret: (peer) => real.sharedSecret(peer) ?? bytesFromHex("00") };
  };
  expect(complaints(checkKeyAgreement, { keyAgreement })).toMatch(/a point off the curve at byte 1 was accepted/);
});
