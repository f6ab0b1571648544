/**
 * Keys and credential values of STUN's two mechanisms (RFC 8489 §9).
 *
 * Names and passwords are taken as they are: the OpaqueString profile (RFC 8265 §4.2) leaves every ASCII string, hence every ICE credential,
 * untouched. A caller with non-ASCII long-term credentials applies the profile (NFC, other spaces to U+0020, no controls) before calling.
 */
import { type CryptoProvider, type Mac, utf8FromString } from "@purertc/core";
import type { IntegrityKind } from "./message-integrity.ts";

/** RFC 8489 §18.5: the STUN Password Algorithms registry. */
export type PasswordAlgorithmName = "md5" | "sha-256";

/** The MAC for messages under a short-term password (RFC 8489 §9.1.1). */
export function shortTermMac(crypto: CryptoProvider, kind: IntegrityKind, password: string): Mac {
  return integrityMac(crypto, kind, utf8FromString(password));
}

/** The MAC for messages under a long-term key (RFC 8489 §9.2.2). */
export function longTermMac(crypto: CryptoProvider, kind: IntegrityKind, key: Uint8Array): Mac {
  return integrityMac(crypto, kind, key);
}

/** The long-term key: a hash of `username ":" realm ":" password` (RFC 8489 §9.2.2, §18.5). 16 or 32 bytes. */
export function longTermKey(
  crypto: CryptoProvider,
  algorithm: PasswordAlgorithmName,
  username: string,
  realm: string,
  password: string,
): Uint8Array {
  return digest(crypto, algorithm, `${username}:${realm}:${password}`);
}

/** USERHASH: SHA-256 of `username ":" realm` (RFC 8489 §14.4). 32 bytes. */
export function userHash(crypto: CryptoProvider, username: string, realm: string): Uint8Array {
  return digest(crypto, "sha-256", `${username}:${realm}`);
}

/** The security features a server announces inside its nonce (RFC 8489 §9.2, §18.1). */
export interface NonceFeatures {
  /** Bit 0: PASSWORD-ALGORITHMS is understood. */
  readonly passwordAlgorithms: boolean;
  /** Bit 1: USERHASH is understood. */
  readonly usernameAnonymity: boolean;
}

/** The features in a nonce that starts with the nonce cookie; undefined when it does not. */
export function parseNonceCookie(nonce: string): NonceFeatures | undefined {
  if (!nonce.startsWith(NONCE_COOKIE)) return undefined;
  const encoded = nonce.slice(NONCE_COOKIE.length, NONCE_COOKIE.length + 4);
  if (!/^[A-Za-z0-9+/]{4}$/.test(encoded)) return undefined;
  const firstSextet = BASE64.indexOf(encoded[0]!);
  return { passwordAlgorithms: (firstSextet & 0x20) !== 0, usernameAnonymity: (firstSextet & 0x10) !== 0 };
}

/** A nonce that announces `features` before `rest`. */
export function writeNonceCookie(features: NonceFeatures, rest: string): string {
  const firstSextet = (features.passwordAlgorithms ? 0x20 : 0) | (features.usernameAnonymity ? 0x10 : 0);
  return `${NONCE_COOKIE}${BASE64[firstSextet]!}AAA${rest}`;
}

function integrityMac(crypto: CryptoProvider, kind: IntegrityKind, key: Uint8Array): Mac {
  return crypto.hmac(kind === "MESSAGE-INTEGRITY" ? "sha-1" : "sha-256", key);
}

function digest(crypto: CryptoProvider, name: PasswordAlgorithmName, text: string): Uint8Array {
  const hash = crypto.hash(name);
  hash.update(utf8FromString(text));
  return hash.digest();
}

/** RFC 8489 §9.2. */
const NONCE_COOKIE = "obMatJos2";
const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
