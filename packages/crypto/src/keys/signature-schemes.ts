/** What each SignatureScheme (RFC 8446 §4.2.3) asks for, and which of them a key can do. */
import type { HashName, SignatureScheme } from "@purertc/core";
import type { CurveName } from "./curves.ts";

/** How a scheme signs: its key and padding, and its hash. */
export interface SchemeFacts {
  readonly kind: "ecdsa" | "rsa-pkcs1" | "rsa-pss";
  readonly hash: HashName;
  /** Octets of the hash; RSASSA-PSS salts are as long (RFC 8446 §4.2.3). */
  readonly hashLength: number;
}

/**
 * The facts of `scheme`; undefined for a string that names none. The ECDSA schemes stand for their hash only, as in TLS 1.2 (RFC 5246 §7.4.1.4.1);
 * a TLS 1.3 handshake compares the curve itself.
 */
export function schemeFacts(scheme: SignatureScheme): SchemeFacts | undefined {
  return SCHEMES.get(scheme);
}

/** ECDSA schemes for a key on `curve`: the hash of the curve's own strength first, then the others, SHA-1 last. */
export function ecdsaSchemes(curve: CurveName): readonly SignatureScheme[] {
  return ECDSA_SCHEMES[curve];
}

/** RSA schemes a modulus of `bits` bits has room for: PSS first, SHA-1 last. */
export function rsaSchemes(bits: number): readonly SignatureScheme[] {
  return RSA_SCHEMES.filter((scheme) => {
    const { kind, hashLength } = SCHEMES.get(scheme)!;
    // RFC 8017 §9.1.1: emLen of at least hLen + sLen + 2, and emBits is one less than the modulus has.
    return kind !== "rsa-pss" || Math.ceil((bits - 1) / 8) >= 2 * hashLength + 2;
  });
}

const SCHEMES: ReadonlyMap<string, SchemeFacts> = new Map([
  ["ecdsa_secp256r1_sha256", { kind: "ecdsa", hash: "sha-256", hashLength: 32 }],
  ["ecdsa_secp384r1_sha384", { kind: "ecdsa", hash: "sha-384", hashLength: 48 }],
  ["ecdsa_secp521r1_sha512", { kind: "ecdsa", hash: "sha-512", hashLength: 64 }],
  ["ecdsa_sha1", { kind: "ecdsa", hash: "sha-1", hashLength: 20 }],
  ["rsa_pkcs1_sha256", { kind: "rsa-pkcs1", hash: "sha-256", hashLength: 32 }],
  ["rsa_pkcs1_sha384", { kind: "rsa-pkcs1", hash: "sha-384", hashLength: 48 }],
  ["rsa_pkcs1_sha512", { kind: "rsa-pkcs1", hash: "sha-512", hashLength: 64 }],
  ["rsa_pkcs1_sha1", { kind: "rsa-pkcs1", hash: "sha-1", hashLength: 20 }],
  ["rsa_pss_rsae_sha256", { kind: "rsa-pss", hash: "sha-256", hashLength: 32 }],
  ["rsa_pss_rsae_sha384", { kind: "rsa-pss", hash: "sha-384", hashLength: 48 }],
  ["rsa_pss_rsae_sha512", { kind: "rsa-pss", hash: "sha-512", hashLength: 64 }],
] satisfies readonly (readonly [SignatureScheme, SchemeFacts])[]);

const ECDSA_SCHEMES: Readonly<Record<CurveName, readonly SignatureScheme[]>> = {
  "P-256": ["ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "ecdsa_secp521r1_sha512", "ecdsa_sha1"],
  "P-384": ["ecdsa_secp384r1_sha384", "ecdsa_secp256r1_sha256", "ecdsa_secp521r1_sha512", "ecdsa_sha1"],
  "P-521": ["ecdsa_secp521r1_sha512", "ecdsa_secp384r1_sha384", "ecdsa_secp256r1_sha256", "ecdsa_sha1"],
};

const RSA_SCHEMES: readonly SignatureScheme[] = [
  "rsa_pss_rsae_sha256",
  "rsa_pss_rsae_sha384",
  "rsa_pss_rsae_sha512",
  "rsa_pkcs1_sha256",
  "rsa_pkcs1_sha384",
  "rsa_pkcs1_sha512",
  "rsa_pkcs1_sha1",
];
