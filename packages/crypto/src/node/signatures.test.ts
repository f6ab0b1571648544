import { expect, test } from "vitest";
import { nodeRandom } from "./random.ts";
import { nodeGenerateKey, nodeSigner, nodeVerify } from "./signatures.ts";

test.each([
  ["P-256", "ecdsa_secp256r1_sha256"],
  ["P-384", "ecdsa_secp384r1_sha384"],
] as const)("a %s key from the system's randomness signs, and its PKCS #8 is the same key", (curve, scheme) => {
  const { signer, pkcs8 } = nodeGenerateKey({ name: "ecdsa", curve }, nodeRandom);
  const again = nodeSigner(pkcs8);
  expect(again.publicKey).toEqual(signer.publicKey);
  expect(again.schemes).toEqual(signer.schemes);
  const message = Uint8Array.of(1, 2, 3);
  for (const one of [signer, again]) {
    expect(nodeVerify(scheme, signer.publicKey, message, one.sign(scheme, message))).toBe(true);
  }
  expect(nodeGenerateKey({ name: "ecdsa", curve }, nodeRandom).signer.publicKey).not.toEqual(signer.publicKey);
});
