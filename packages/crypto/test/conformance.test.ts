import { checkCryptoProvider } from "@purertc/crypto/conformance";
import { nobleCrypto } from "@purertc/crypto/noble";
import { createNodeCrypto, nodeCrypto } from "@purertc/crypto/node";
import { expect, test } from "vitest";

test("conformance: the node provider does all it must", () => {
  expect(checkCryptoProvider(nodeCrypto)).toEqual([]);
});

test("conformance: the node provider in constant time does all it must", () => {
  expect(checkCryptoProvider(createNodeCrypto({ constantTime: true }))).toEqual([]);
});

test("conformance: the noble provider does all it must", { timeout: 30_000 }, () => {
  expect(checkCryptoProvider(nobleCrypto)).toEqual([]);
});
