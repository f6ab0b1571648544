/** The peer's certificate: accepted by the caller, its key taken out, its signatures checked (RFC 5246 §7.4.2, §7.4.3, §7.4.8). */
import { type CryptoProvider, copyBytes, Malformed, type SignatureScheme } from "@purertc/core";
import type { AlertName } from "../codec/alert.ts";
import type { DtlsSettings } from "../options.ts";
import { type PublicKeyKind, publicKeyKind, subjectPublicKeyInfo } from "../spki.ts";
import { schemeFitsKey, schemeFromCode } from "./signature-schemes.ts";

/** A chain that `verifyPeer` accepted, with the key of its first certificate. */
export interface PeerCertificate {
  readonly chain: readonly Uint8Array[];
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly kind: Exclude<PublicKeyKind, "other">;
}

/** Asks the caller about the chain, before anything in it is read. The alert to send when it will not do. */
export function acceptCertificate(settings: DtlsSettings, chain: readonly Uint8Array[]): PeerCertificate | AlertName {
  const copies = chain.map(copyBytes);
  const leaf = copies[0];
  if (leaf === undefined || !settings.verifyPeer(copies)) return "bad_certificate";
  const publicKey = subjectPublicKeyInfo(leaf);
  if (publicKey instanceof Malformed) return "bad_certificate";
  const kind = publicKeyKind(publicKey);
  return kind === "other" ? "unsupported_certificate" : { chain: copies, publicKey, kind };
}

/** Undefined when the peer's key made this signature with a scheme that we offered; else the alert to send. */
export function signatureProblem(
  crypto: CryptoProvider,
  offered: readonly SignatureScheme[],
  peer: PeerCertificate,
  schemeCode: number,
  message: Uint8Array,
  signature: Uint8Array,
): AlertName | undefined {
  const scheme = schemeFromCode(schemeCode, offered);
  // RFC 5246 §7.4.3: one of the pairs that we sent, and compatible with the key.
  if (scheme === undefined || !schemeFitsKey(scheme, peer.kind)) return "illegal_parameter";
  return crypto.verify(scheme, peer.publicKey, message, signature) ? undefined : "decrypt_error";
}
