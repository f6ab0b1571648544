/**
 * Master keys from a DTLS handshake (RFC 5764 §4.2): what DTLS exports under the label below, without a context, is
 *
 *   client's master key | server's master key | client's master salt | server's master salt
 */
import { copyBytes, InvalidArgumentError } from "@purertc/core";
import type { SrtpMasterKey } from "./options.ts";
import { type SdesSuiteName, type SrtpProfileName, srtpProfile } from "./profiles.ts";

/** The exporter label (RFC 5764 §4.2). */
export const DTLS_SRTP_EXPORTER_LABEL = "EXTRACTOR-dtls_srtp";

/** The keys of both directions. Each sender and receiver, for SRTP and SRTCP alike, is made with one of them. */
export interface DtlsSrtpKeys {
  /** What the DTLS client protects with, and the server opens. */
  readonly client: SrtpMasterKey;
  /** What the DTLS server protects with, and the client opens. */
  readonly server: SrtpMasterKey;
}

/** Bytes to export for a profile: 60 for SRTP_AES128_CM_HMAC_SHA1_80, 56 and 88 for AES-GCM. */
export function dtlsSrtpKeyingMaterialLength(profile: SrtpProfileName | SdesSuiteName): number {
  const { keyLength, saltLength } = srtpProfile(profile);
  return 2 * (keyLength + saltLength);
}

/** Splits exported keying material. Throws `InvalidArgumentError` unless it has `dtlsSrtpKeyingMaterialLength` bytes. */
export function splitDtlsSrtpKeys(profile: SrtpProfileName | SdesSuiteName, keyingMaterial: Uint8Array): DtlsSrtpKeys {
  const { keyLength, saltLength, name } = srtpProfile(profile);
  const expected = 2 * (keyLength + saltLength);
  if (keyingMaterial.length !== expected) {
    throw new InvalidArgumentError(`${name} takes ${expected} bytes of keying material, not ${keyingMaterial.length}`, {
      code: "SRTP_KEY_LENGTH",
    });
  }
  const part = (at: number, length: number): Uint8Array => copyBytes(keyingMaterial.subarray(at, at + length));
  return {
    client: { masterKey: part(0, keyLength), masterSalt: part(2 * keyLength, saltLength) },
    server: { masterKey: part(keyLength, keyLength), masterSalt: part(2 * keyLength + saltLength, saltLength) },
  };
}
