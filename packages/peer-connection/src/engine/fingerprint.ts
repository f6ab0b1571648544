/** RFC 8122 §5: whether a certificate is the one the peer's description promised. */
import { type CryptoProvider, constantTimeEqual } from "@purertc/core";
import type { Fingerprint } from "@purertc/sdp";
import { certificateDigest, fingerprintHash, parseFingerprint } from "../certificate.ts";

/**
 * Whether any of the fingerprints is that of the DER certificate. Those in an unknown or forbidden hash (MD2, MD5) or not in hexadecimal match
 * nothing. All are compared, in constant time, so that the time taken says nothing about which one was near.
 */
export function matchesFingerprint(crypto: CryptoProvider, der: Uint8Array, fingerprints: readonly Fingerprint[]): boolean {
  let matches = false;
  for (const fingerprint of fingerprints) {
    const hash = fingerprintHash(fingerprint.hash);
    const promised = parseFingerprint(fingerprint.value);
    if (hash === undefined || promised === undefined) continue;
    if (constantTimeEqual(certificateDigest(crypto, hash, der), promised)) matches = true;
  }
  return matches;
}
