/** The public key out of a DER certificate, and nothing more (RFC 5280 §4.1). Trust is decided elsewhere, by fingerprint. */
import { equalBytes, Malformed } from "@purertc/core";

/** What a public key can be used for here. */
export type PublicKeyKind = "ecdsa" | "rsa" | "other";

/** Why bytes are not a certificate. */
export type CertificateFault = "truncated" | "bad-length" | "unexpected-tag" | "trailing-bytes";

/**
 * The DER SubjectPublicKeyInfo of a certificate, as a view of it.
 *
 *     Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }
 *     TBSCertificate ::= SEQUENCE { [0] version OPTIONAL, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, ... }
 *
 * What is not needed is stepped over unread, so any names, dates, algorithms and extensions will do.
 */
export function subjectPublicKeyInfo(certificate: Uint8Array): Uint8Array | Malformed<CertificateFault> {
  const outer = readElement(certificate, 0, certificate.length, SEQUENCE);
  if (outer instanceof Malformed) return outer;
  if (outer.end !== certificate.length) return new Malformed("trailing-bytes", outer.end);
  const tbs = readElement(certificate, outer.content, outer.end, SEQUENCE);
  if (tbs instanceof Malformed) return tbs;
  let at = tbs.content;
  if (certificate[at] === VERSION) {
    const version = readElement(certificate, at, tbs.end, VERSION);
    if (version instanceof Malformed) return version;
    at = version.end;
  }
  for (const tag of [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE]) {
    const field = readElement(certificate, at, tbs.end, tag);
    if (field instanceof Malformed) return field;
    at = field.end;
  }
  const key = readElement(certificate, at, tbs.end, SEQUENCE);
  return key instanceof Malformed ? key : certificate.subarray(at, key.end);
}

/** What kind of key a SubjectPublicKeyInfo holds, by the OID of its algorithm (RFC 5480 §2.1.1, RFC 8017 A.1). */
export function publicKeyKind(spki: Uint8Array): PublicKeyKind {
  const outer = readElement(spki, 0, spki.length, SEQUENCE);
  if (outer instanceof Malformed) return "other";
  const algorithm = readElement(spki, outer.content, outer.end, SEQUENCE);
  if (algorithm instanceof Malformed) return "other";
  const oid = readElement(spki, algorithm.content, algorithm.end, OBJECT_IDENTIFIER);
  if (oid instanceof Malformed) return "other";
  const bytes = spki.subarray(oid.content, oid.end);
  if (equalBytes(bytes, ID_EC_PUBLIC_KEY)) return "ecdsa";
  return equalBytes(bytes, RSA_ENCRYPTION) ? "rsa" : "other";
}

interface Element {
  /** Offset of the first content byte. */
  readonly content: number;
  /** Offset after the last. */
  readonly end: number;
}

/** Reads the header of the element at `at`, which must have this tag and end by `limit`. Definite lengths only, as DER has. */
function readElement(bytes: Uint8Array, at: number, limit: number, tag: number): Element | Malformed<CertificateFault> {
  if (limit - at < 2) return new Malformed("truncated", limit);
  if (bytes[at] !== tag) return new Malformed("unexpected-tag", at);
  const first = bytes[at + 1]!;
  let content = at + 2;
  let length = first;
  if (first >= 0x80) {
    const width = first & 0x7f;
    // 0 is the indefinite form of BER; four bytes are more than any certificate needs.
    if (width === 0 || width > 4) return new Malformed("bad-length", at + 1);
    if (limit - content < width) return new Malformed("truncated", limit);
    length = 0;
    for (let i = 0; i < width; i++) length = length * 256 + bytes[content + i]!;
    content += width;
  }
  return limit - content < length ? new Malformed("truncated", limit) : { content, end: content + length };
}

const INTEGER = 0x02;
const OBJECT_IDENTIFIER = 0x06;
const SEQUENCE = 0x30;
/** [0] EXPLICIT. */
const VERSION = 0xa0;

/** 1.2.840.10045.2.1 */
const ID_EC_PUBLIC_KEY: Uint8Array = new Uint8Array([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]);
/** 1.2.840.113549.1.1.1 */
const RSA_ENCRYPTION: Uint8Array = new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]);
