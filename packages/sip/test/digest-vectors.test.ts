import { readFileSync } from "node:fs";
import { nobleCrypto } from "@purertc/crypto/noble";
import { nodeCrypto } from "@purertc/crypto/node";
import { computeHa1, type DigestInput, digestHashesOf, digestResponse, nodeDigestHashes, userHash } from "@purertc/sip";
import { expect, test } from "vitest";

interface Vector extends Omit<DigestInput, "body" | "ha1"> {
  readonly source: string;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly body?: string;
  readonly response: string;
  readonly userhash?: string;
}

const vectors: readonly Vector[] = JSON.parse(readFileSync(new URL("../../../test-vectors/sip/digest.json", import.meta.url), "utf8"));
const hashName = (algorithm: string) => algorithm.replace("-sess", "") as "MD5" | "SHA-256" | "SHA-512-256";

test.each(vectors)("$source", (vector) => {
  const { username, realm, password, body = "" } = vector;
  for (const hashes of [nodeDigestHashes, digestHashesOf(nodeCrypto), digestHashesOf(nobleCrypto)]) {
    const name = hashName(vector.algorithm);
    if (hashes[name] === undefined) continue; // no SHA-512/256 in a CryptoProvider
    const ha1 = computeHa1(hashes, name, username, realm, password);
    expect(digestResponse(hashes, { ...vector, ha1, body: new TextEncoder().encode(body) })).toBe(vector.response);
    if (vector.userhash !== undefined) expect(userHash(hashes, name, `${username}:${realm}`)).toBe(vector.userhash);
  }
});
