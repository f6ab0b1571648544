/**
 * Protection profiles: those of DTLS-SRTP (RFC 5764 §4.1.2, RFC 7714 §14.2) and the crypto suites of SDES (RFC 4568 §6.2, RFC 6188 §6, RFC 7714 §14.1).
 * Both name the same parameters; a profile is known here by either name.
 */
import { type AeadName, InvalidArgumentError } from "@purertc/core";

/** Names of the DTLS-SRTP registry, and in the same style those that only SDES can negotiate (AES-192 and AES-256 in counter mode). */
export type SrtpProfileName =
  | "SRTP_AES128_CM_HMAC_SHA1_80"
  | "SRTP_AES128_CM_HMAC_SHA1_32"
  | "SRTP_AES192_CM_HMAC_SHA1_80"
  | "SRTP_AES192_CM_HMAC_SHA1_32"
  | "SRTP_AES256_CM_HMAC_SHA1_80"
  | "SRTP_AES256_CM_HMAC_SHA1_32"
  | "SRTP_AEAD_AES_128_GCM"
  | "SRTP_AEAD_AES_256_GCM"
  | "SRTP_NULL_HMAC_SHA1_80"
  | "SRTP_NULL_HMAC_SHA1_32";

/** Names of SDES crypto suites this package can do. F8 is not among them. */
export type SdesSuiteName =
  | "AES_CM_128_HMAC_SHA1_80"
  | "AES_CM_128_HMAC_SHA1_32"
  | "AES_192_CM_HMAC_SHA1_80"
  | "AES_192_CM_HMAC_SHA1_32"
  | "AES_256_CM_HMAC_SHA1_80"
  | "AES_256_CM_HMAC_SHA1_32"
  | "AEAD_AES_128_GCM"
  | "AEAD_AES_256_GCM";

/** What a profile asks for. Lengths are in bytes. */
export interface SrtpProfile {
  readonly name: SrtpProfileName;
  /** The two bytes of DTLS's use_srtp extension; undefined where there are none. */
  readonly dtlsId?: number;
  /** The crypto suite of `a=crypto`; undefined where there is none. */
  readonly sdesSuite?: SdesSuiteName;
  readonly cipher: "aes-cm" | "aes-gcm" | "null";
  /** The AEAD, when `cipher` is `"aes-gcm"`. */
  readonly aead?: AeadName;
  readonly keyLength: 16 | 24 | 32;
  readonly saltLength: 12 | 14;
  /** Tag of HMAC-SHA1 on SRTP packets, 0 with an AEAD. */
  readonly srtpAuthTagLength: number;
  /** Tag of HMAC-SHA1 on SRTCP packets, 0 with an AEAD. Always 80 bits otherwise (RFC 3711 §5.2, RFC 5764 §4.1.2). */
  readonly srtcpAuthTagLength: number;
  /** Tag that the AEAD appends to the ciphertext, 0 without one. */
  readonly aeadTagLength: number;
}

function counterMode(bits: 128 | 192 | 256, tagBits: 80 | 32, sdesSuite: SdesSuiteName, dtlsId?: number): SrtpProfile {
  return {
    name: `SRTP_AES${bits}_CM_HMAC_SHA1_${tagBits}`,
    ...(dtlsId === undefined ? {} : { dtlsId }),
    sdesSuite,
    cipher: "aes-cm",
    keyLength: bits === 128 ? 16 : bits === 192 ? 24 : 32,
    saltLength: 14,
    srtpAuthTagLength: tagBits / 8,
    srtcpAuthTagLength: 10,
    aeadTagLength: 0,
  };
}

function galoisCounterMode(bits: 128 | 256, dtlsId: number): SrtpProfile {
  return {
    name: `SRTP_AEAD_AES_${bits}_GCM`,
    dtlsId,
    sdesSuite: `AEAD_AES_${bits}_GCM`,
    cipher: "aes-gcm",
    aead: `aes-${bits}-gcm`,
    keyLength: bits === 128 ? 16 : 32,
    saltLength: 12,
    srtpAuthTagLength: 0,
    srtcpAuthTagLength: 0,
    aeadTagLength: 16,
  };
}

function authenticationOnly(tagBits: 80 | 32, dtlsId: number): SrtpProfile {
  return {
    name: `SRTP_NULL_HMAC_SHA1_${tagBits}`,
    dtlsId,
    cipher: "null",
    keyLength: 16,
    saltLength: 14,
    srtpAuthTagLength: tagBits / 8,
    srtcpAuthTagLength: 10,
    aeadTagLength: 0,
  };
}

/** Every profile this package can do. The NULL ones encrypt nothing: for tests, and for peers that insist. */
export const srtpProfiles: readonly SrtpProfile[] = [
  counterMode(128, 80, "AES_CM_128_HMAC_SHA1_80", 0x0001),
  counterMode(128, 32, "AES_CM_128_HMAC_SHA1_32", 0x0002),
  counterMode(192, 80, "AES_192_CM_HMAC_SHA1_80"),
  counterMode(192, 32, "AES_192_CM_HMAC_SHA1_32"),
  counterMode(256, 80, "AES_256_CM_HMAC_SHA1_80"),
  counterMode(256, 32, "AES_256_CM_HMAC_SHA1_32"),
  authenticationOnly(80, 0x0005),
  authenticationOnly(32, 0x0006),
  galoisCounterMode(128, 0x0007),
  galoisCounterMode(256, 0x0008),
];

/** The profile with the id of DTLS's use_srtp extension, or undefined: the id comes from a peer. */
export function srtpProfileOfDtlsId(id: number): SrtpProfile | undefined {
  return srtpProfiles.find((profile) => profile.dtlsId === id);
}

/** The profile of an SDES crypto suite, or undefined: the name comes from a peer. Names are compared without regard to case (RFC 4568 §9.2). */
export function srtpProfileOfSdesSuite(suite: string): SrtpProfile | undefined {
  // INTEROP: the drafts before RFC 6188, and phones since, say AES_CM_256_... where it says AES_256_CM_...
  const name = suite.toUpperCase().replace(/^AES_CM_(192|256)_/, "AES_$1_CM_");
  return srtpProfiles.find((profile) => profile.sdesSuite === name);
}

/** The profile of a name of either registry. Throws `InvalidArgumentError` for any other. */
export function srtpProfile(name: SrtpProfileName | SdesSuiteName): SrtpProfile {
  const found = srtpProfiles.find((profile) => profile.name === name || profile.sdesSuite === name);
  if (found === undefined) throw new InvalidArgumentError(`unknown SRTP profile ${String(name)}`, { code: "SRTP_PROFILE" });
  return found;
}
