/** The supported cipher suites (RFC 5289, RFC 7905) and what each is made of. */
import type { AeadName, HashName } from "@purertc/core";

/** IANA names of the suites, strongest default first. */
export type CipherSuiteName =
  | "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
  | "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
  | "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
  | "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
  | "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
  | "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256";

/** One row of the table. */
export interface CipherSuite {
  readonly name: CipherSuiteName;
  /** Code point of "TLS Cipher Suites". */
  readonly id: number;
  readonly aead: AeadName;
  /** Bytes of the AEAD key. */
  readonly keyLength: number;
  /** Bytes of the implicit part of the nonce: 4 for GCM (RFC 5288 §3), 12 for ChaCha20 (RFC 7905 §2). */
  readonly fixedIvLength: 4 | 12;
  /** Bytes of the nonce in each record: 8 for GCM, none for ChaCha20. */
  readonly explicitNonceLength: 0 | 8;
  /** Of the PRF and of the transcript. */
  readonly hash: Extract<HashName, "sha-256" | "sha-384">;
  /** What kind of key the server's certificate has. */
  readonly authentication: "ecdsa" | "rsa";
}

/** All suites, in the default order of preference: AES first, because it is in the hardware. */
export const CIPHER_SUITES: readonly CipherSuite[] = [
  gcm("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xc02b, 128, "ecdsa"),
  gcm("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xc02f, 128, "rsa"),
  gcm("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 0xc02c, 256, "ecdsa"),
  gcm("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xc030, 256, "rsa"),
  chacha("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca9, "ecdsa"),
  chacha("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca8, "rsa"),
];

function gcm(name: CipherSuiteName, id: number, bits: 128 | 256, authentication: "ecdsa" | "rsa"): CipherSuite {
  return {
    name,
    id,
    aead: bits === 128 ? "aes-128-gcm" : "aes-256-gcm",
    keyLength: bits / 8,
    fixedIvLength: 4,
    explicitNonceLength: 8,
    hash: bits === 128 ? "sha-256" : "sha-384",
    authentication,
  };
}

function chacha(name: CipherSuiteName, id: number, authentication: "ecdsa" | "rsa"): CipherSuite {
  return {
    name,
    id,
    aead: "chacha20-poly1305",
    keyLength: 32,
    fixedIvLength: 12,
    explicitNonceLength: 0,
    hash: "sha-256",
    authentication,
  };
}
