import { readFileSync } from "node:fs";
import { bytesFromHex, hexFromBytes } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import { expect, test } from "vitest";
import { CIPHER_SUITES, type CipherSuite } from "../handshake/cipher-suites.ts";
import { ConnectionSecrets, prf } from "./key-schedule.ts";

interface Vector {
  readonly hash: CipherSuite["hash"];
  readonly secret: string;
  readonly label: string;
  readonly seed: string;
  readonly output: string;
}

const vectors = JSON.parse(readFileSync(new URL("../../../../test-vectors/dtls/prf.json", import.meta.url), "utf8")) as {
  readonly prf: readonly Vector[];
};

test.each(vectors.prf)("RFC 5246 §5: the PRF with $hash", ({ hash, secret, label, seed, output }) => {
  expect(hexFromBytes(prf(nodeCrypto, hash, bytesFromHex(secret), label, [bytesFromHex(seed)], output.length / 2))).toBe(output);
});

test.each(CIPHER_SUITES)("RFC 5246 §6.3: $name takes keys and IVs of the right length from one block", (suite) => {
  const randoms = { clientRandom: new Uint8Array(32).fill(1), serverRandom: new Uint8Array(32).fill(2) };
  const master = new Uint8Array(48).fill(3);
  const { client, server } = new ConnectionSecrets(nodeCrypto, suite, master, randoms);
  const length = 2 * (suite.keyLength + suite.fixedIvLength);
  const block = prf(nodeCrypto, suite.hash, master, "key expansion", [randoms.serverRandom, randoms.clientRandom], length);
  expect(Uint8Array.of(...client.key, ...server.key, ...client.iv, ...server.iv)).toEqual(block);
  expect([client.key.length, client.iv.length]).toEqual([suite.keyLength, suite.fixedIvLength]);
});
