/** Digest hashes over Node's crypto. A host file: everything else in this folder is pure. */
import { createHash } from "node:crypto";
import type { DigestHashes } from "./digest-algorithm.ts";

/** All three hashes, from OpenSSL. A Node in FIPS mode has no MD5: then MD5 is left out and its challenges are not answered. */
export const nodeDigestHashes: DigestHashes = {
  ...(available("md5") ? { MD5: hashWith("md5") } : {}),
  ...(available("sha256") ? { "SHA-256": hashWith("sha256") } : {}),
  ...(available("sha512-256") ? { "SHA-512-256": hashWith("sha512-256") } : {}),
};

function hashWith(name: string): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => new Uint8Array(createHash(name).update(bytes).digest());
}

function available(name: string): boolean {
  try {
    createHash(name);
    return true;
  } catch {
    return false; // OpenSSL was built, or is told, to do without it
  }
}
