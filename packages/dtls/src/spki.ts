/** The public key out of a DER certificate, and nothing more (RFC 5280 §4.1). Trust is decided elsewhere, by fingerprint. */
import { type DerElement, type DerFault, DerTag, derElementAt, equalBytes, Malformed } from "@purertc/core";

/** What a public key can be used for here. */
export type PublicKeyKind = "ecdsa" | "rsa" | "other";

/** Why bytes are not a certificate. */
export type CertificateFault = DerFault | "unexpected-tag" | "trailing-bytes";

/**
 * The DER SubjectPublicKeyInfo of a certificate, as a view of it.
 *
 *     Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }
 *     TBSCertificate ::= SEQUENCE { [0] version OPTIONAL, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, ... }
 *
 * What is not needed is stepped over unread, so any names, dates, algorithms and extensions will do.
 */
export function subjectPublicKeyInfo(certificate: Uint8Array): Uint8Array | Malformed<CertificateFault> {
  const outer = readElement(certificate, 0, certificate.length, DerTag.SEQUENCE);
  if (outer instanceof Malformed) return outer;
  if (outer.end !== certificate.length) return new Malformed("trailing-bytes", outer.end);
  const tbs = readElement(certificate, outer.start, outer.end, DerTag.SEQUENCE);
  if (tbs instanceof Malformed) return tbs;
  let at = tbs.start;
  if (certificate[at] === VERSION) {
    const version = readElement(certificate, at, tbs.end, VERSION);
    if (version instanceof Malformed) return version;
    at = version.end;
  }
  for (const tag of [DerTag.INTEGER, DerTag.SEQUENCE, DerTag.SEQUENCE, DerTag.SEQUENCE, DerTag.SEQUENCE]) {
    const field = readElement(certificate, at, tbs.end, tag);
    if (field instanceof Malformed) return field;
    at = field.end;
  }
  const key = readElement(certificate, at, tbs.end, DerTag.SEQUENCE);
  return key instanceof Malformed ? key : certificate.subarray(at, key.end);
}

/** What kind of key a SubjectPublicKeyInfo holds, by the OID of its algorithm (RFC 5480 §2.1.1, RFC 8017 A.1). */
export function publicKeyKind(spki: Uint8Array): PublicKeyKind {
  const outer = readElement(spki, 0, spki.length, DerTag.SEQUENCE);
  if (outer instanceof Malformed) return "other";
  const algorithm = readElement(spki, outer.start, outer.end, DerTag.SEQUENCE);
  if (algorithm instanceof Malformed) return "other";
  const oid = readElement(spki, algorithm.start, algorithm.end, DerTag.OBJECT_IDENTIFIER);
  if (oid instanceof Malformed) return "other";
  const bytes = spki.subarray(oid.start, oid.end);
  if (equalBytes(bytes, ID_EC_PUBLIC_KEY)) return "ecdsa";
  return equalBytes(bytes, RSA_ENCRYPTION) ? "rsa" : "other";
}

/** The element at `at`, which must have this tag and end by `limit`. */
function readElement(bytes: Uint8Array, at: number, limit: number, tag: number): DerElement | Malformed<CertificateFault> {
  if (limit - at >= 2 && bytes[at] !== tag) return new Malformed("unexpected-tag", at);
  return derElementAt(bytes, at, limit);
}

/** [0] EXPLICIT. */
const VERSION = 0xa0;

/** 1.2.840.10045.2.1 */
const ID_EC_PUBLIC_KEY: Uint8Array = new Uint8Array([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]);
/** 1.2.840.113549.1.1.1 */
const RSA_ENCRYPTION: Uint8Array = new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]);
