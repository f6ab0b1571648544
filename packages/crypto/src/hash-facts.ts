/** Lengths and OpenSSL's names of the hashes (FIPS 180-4, RFC 1321). */
import { type HashName, InvalidArgumentError } from "@purertc/core";

export interface HashFacts {
  readonly name: HashName;
  /** Octets of a digest. */
  readonly length: number;
  /** Octets of a block, to which HMAC pads its key (RFC 2104 §2). */
  readonly blockLength: number;
  readonly openSslName: string;
}

/** The facts of `name`. Throws `InvalidArgumentError` for a name that is none. */
export function hashFacts(name: HashName): HashFacts {
  const facts = HASHES.get(name);
  if (facts === undefined) throw new InvalidArgumentError(`unknown hash ${String(name)}`, { code: "HASH_NAME" });
  return facts;
}

const HASHES: ReadonlyMap<string, HashFacts> = new Map(
  (
    [
      { name: "md5", length: 16, blockLength: 64, openSslName: "md5" },
      { name: "sha-1", length: 20, blockLength: 64, openSslName: "sha1" },
      { name: "sha-224", length: 28, blockLength: 64, openSslName: "sha224" },
      { name: "sha-256", length: 32, blockLength: 64, openSslName: "sha256" },
      { name: "sha-384", length: 48, blockLength: 128, openSslName: "sha384" },
      { name: "sha-512", length: 64, blockLength: 128, openSslName: "sha512" },
    ] satisfies readonly HashFacts[]
  ).map((facts) => [facts.name, facts]),
);
