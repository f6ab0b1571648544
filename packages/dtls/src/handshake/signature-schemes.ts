/** Code points of "TLS SignatureScheme" (RFC 8446 §4.2.3), which in TLS 1.2 are pairs of hash and signature (RFC 5246 §7.4.1.4.1). */
import type { SignatureScheme } from "@purertc/core";
import type { PublicKeyKind } from "../spki.ts";

/** The code point of a scheme. */
export const SIGNATURE_SCHEME_CODES: Readonly<Record<SignatureScheme, number>> = {
  rsa_pkcs1_sha1: 0x0201,
  ecdsa_sha1: 0x0203,
  rsa_pkcs1_sha256: 0x0401,
  ecdsa_secp256r1_sha256: 0x0403,
  rsa_pkcs1_sha384: 0x0501,
  ecdsa_secp384r1_sha384: 0x0503,
  rsa_pkcs1_sha512: 0x0601,
  ecdsa_secp521r1_sha512: 0x0603,
  rsa_pss_rsae_sha256: 0x0804,
  rsa_pss_rsae_sha384: 0x0805,
  rsa_pss_rsae_sha512: 0x0806,
};

/** What is offered and accepted by default, best first. SHA-1 is left out (RFC 9155). */
export const DEFAULT_SIGNATURE_SCHEMES: readonly SignatureScheme[] = [
  "ecdsa_secp256r1_sha256",
  "rsa_pss_rsae_sha256",
  "rsa_pkcs1_sha256",
  "ecdsa_secp384r1_sha384",
  "rsa_pss_rsae_sha384",
  "rsa_pkcs1_sha384",
  "ecdsa_secp521r1_sha512",
  "rsa_pss_rsae_sha512",
  "rsa_pkcs1_sha512",
];

/** RFC 5246 §7.4.1.4.1: what a client that sends no signature_algorithms is taken to accept. */
export const IMPLIED_SIGNATURE_SCHEMES: readonly number[] = [SIGNATURE_SCHEME_CODES.rsa_pkcs1_sha1, SIGNATURE_SCHEME_CODES.ecdsa_sha1];

/** The scheme of a code point among those allowed. */
export function schemeFromCode(code: number, allowed: readonly SignatureScheme[]): SignatureScheme | undefined {
  return allowed.find((scheme) => SIGNATURE_SCHEME_CODES[scheme] === code);
}

/** Whether a key of this kind can make signatures of this scheme. */
export function schemeFitsKey(scheme: SignatureScheme, kind: PublicKeyKind): boolean {
  return scheme.startsWith("ecdsa") ? kind === "ecdsa" : kind === "rsa";
}

/** The first of our schemes that our key has and the peer accepts. */
export function chooseScheme(
  ours: readonly SignatureScheme[],
  signerSchemes: readonly SignatureScheme[],
  kind: PublicKeyKind,
  accepted: readonly number[],
): SignatureScheme | undefined {
  return signerSchemes.find(
    (scheme) => ours.includes(scheme) && schemeFitsKey(scheme, kind) && accepted.includes(SIGNATURE_SCHEME_CODES[scheme]),
  );
}
