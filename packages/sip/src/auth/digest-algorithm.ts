/** The digest algorithms of SIP (RFC 3261 §22.4, RFC 8760 §2.1) and the hashes they are made of, which a host lends. */
import type { CryptoProvider } from "@purertc/core";
import { sameIgnoringCase } from "@purertc/sip-parser";

/** As written in `algorithm`. With `-sess`, the user's part is mixed with one nonce and client nonce (RFC 7616 §3.4.2). */
export type DigestAlgorithm = "MD5" | "MD5-sess" | "SHA-256" | "SHA-256-sess" | "SHA-512-256" | "SHA-512-256-sess";

/** The hash under an algorithm. SHA-512-256 is SHA-512/256 of FIPS 180-4 (32 bytes), not SHA-512 cut. */
export type DigestHashName = "MD5" | "SHA-256" | "SHA-512-256";

/**
 * Hash functions that a host has: bytes to their hash, in a new array. One that is left out is not supported: challenges for it are not answered.
 * `nodeDigestHashes` has all three; {@link digestHashesOf} takes two from a `CryptoProvider`. Nonces need SHA-256.
 */
export type DigestHashes = { readonly [name in DigestHashName]?: (bytes: Uint8Array) => Uint8Array };

/** Protection of a request (RFC 7616 §3.3): its method and URI, or also its body. Undefined where neither was agreed on (RFC 2069). */
export type DigestQop = "auth" | "auth-int";

/** Every algorithm, strongest first. */
export const DIGEST_ALGORITHMS: readonly DigestAlgorithm[] = [
  "SHA-512-256",
  "SHA-512-256-sess",
  "SHA-256",
  "SHA-256-sess",
  "MD5",
  "MD5-sess",
];

/** The algorithm that a parameter names; MD5 when it is absent (RFC 7616 §3.3). Undefined for one that is not known here. */
export function digestAlgorithm(text: string | undefined): DigestAlgorithm | undefined {
  return text === undefined ? "MD5" : DIGEST_ALGORITHMS.find((each) => sameIgnoringCase(each, text));
}

/** The hash that an algorithm is made of. */
export function hashNameOf(algorithm: DigestAlgorithm): DigestHashName {
  return (isSession(algorithm) ? algorithm.slice(0, -"-sess".length) : algorithm) as DigestHashName;
}

/** Whether the algorithm is one of the `-sess` ones. */
export function isSession(algorithm: DigestAlgorithm): boolean {
  return algorithm.endsWith("-sess");
}

/** MD5 and SHA-256 of a `CryptoProvider`; none of them has SHA-512/256. */
export function digestHashesOf(crypto: CryptoProvider): DigestHashes {
  const once = (name: "md5" | "sha-256") => (bytes: Uint8Array) => {
    const hash = crypto.hash(name);
    hash.update(bytes);
    return hash.digest();
  };
  return { MD5: once("md5"), "SHA-256": once("sha-256") };
}
