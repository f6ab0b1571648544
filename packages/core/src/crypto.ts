import type { RandomSource } from "./random.ts";

/**
 * What the protocols need of cryptography, as interfaces. Providers (`@purertc/crypto/node`, `@purertc/crypto/noble`) implement them.
 * Everything is synchronous, bound to its key (schedules are expanded once) and writes into the caller's buffers.
 * A wrong length is the caller's mistake and throws `InvalidArgumentError`; a failed authentication is a returned `false`.
 */

/** RFC 5116 names of the AEADs in use. Nonce 12 bytes, tag 16 bytes, key 16, 32 and 32 bytes. */
export type AeadName = "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305";

/** One AEAD under one key, any nonce in any order: the plain form, for everything that is not hot. */
export interface Aead {
  readonly tagLength: number;
  /** `out` holds `plaintext.length + tagLength` bytes and may be the buffer `plaintext` views, at the same start. `nonce` has 12 bytes. */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void;
  /** False when authentication fails; the part of `out` that would hold plaintext is then zeroed. `out` holds `sealed.length - tagLength` bytes and may start where `sealed` starts. */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean;
}

/**
 * An AEAD whose nonces count up: nonce = nonceBase XOR (48-bit index in the last 6 bytes). Records of DTLS 1.2 (base = salt || epoch || 0),
 * DTLS 1.3 (base = iv) and SRTP's AEAD_AES_*_GCM (base = salt XOR SSRC) are all of this form. It may work ahead: compute the keystream of
 * the next indices before they are asked for. Forged input never moves what was computed ahead.
 */
export interface SequencedAead {
  readonly tagLength: number;
  /**
   * Encrypts `buffer[at, at + length)` in place and writes the tag after it.
   * `index` is from 0 to 2^48 - 1 and greater than that of every earlier `seal`; otherwise `InvalidArgumentError`, because a keystream used
   * twice gives away both plaintexts. The additional data is `aad[0, aadLength)`, all of `aad` unless said otherwise, at most 64 KiB.
   */
  seal(index: number, aad: Uint8Array, buffer: Uint8Array, at: number, length: number, aadLength?: number): void;
  /**
   * Authenticates and decrypts `sealed[at, at + length)` (ciphertext and tag) into `out` from `outAt`; `length - tagLength` bytes of plaintext.
   * False when authentication fails or `length < tagLength`; nothing useful is left in `out` then. Indices may come in any order, any number of times.
   * `out` may be `sealed` and `outAt` may be `at`. `aad` and `aadLength` are those of `seal`.
   */
  open(
    index: number,
    aad: Uint8Array,
    sealed: Uint8Array,
    at: number,
    length: number,
    out: Uint8Array,
    outAt: number,
    aadLength?: number,
  ): boolean;
  /**
   * A further stream under the same key: what depends on the key only is shared, so this costs little. Its indices are its own.
   * `nonceBase` has 12 bytes, is copied, and must differ from those of all other streams of the key that seal.
   */
  forStream(nonceBase: Uint8Array): SequencedAead;
}

/** AES in counter mode for a stream whose 16-byte initial counter block is `counterBase` XOR (48-bit index at bytes 8 to 13): SRTP's AES-CM (RFC 3711 §4.1.1). */
export interface SequencedCounterMode {
  /** XORs the keystream of packet `index` onto `buffer[at, at + length)`. Any order; reuse is the caller's to forbid. */
  apply(index: number, buffer: Uint8Array, at: number, length: number): void;
  /** A further stream under the same key, sharing what depends on the key only. `counterBase` has 16 bytes and is copied. */
  forStream(counterBase: Uint8Array): SequencedCounterMode;
}

/** Raw AES over whole blocks under one key: what keystreams are made of. Never use it as a mode (ECB) on data. */
export interface BlockCipher {
  /** Encrypts `length / 16` independent blocks of `input` from `at`; `out` from `outAt` may be the same place. `length` is a multiple of 16. */
  encrypt(input: Uint8Array, at: number, length: number, out: Uint8Array, outAt: number): void;
}

/** A keyed hash (HMAC). */
export interface Mac {
  readonly length: number;
  /** The MAC of the parts one after another, in a new array. */
  compute(...parts: readonly Uint8Array[]): Uint8Array;
  /**
   * The MAC of `data[from, to)` written at `out[at]`, allocating as little as the provider can: the hot form. With `suffix`, an unsigned 32-bit number, four
   * more bytes are authenticated after the data, most significant first: SRTP's rollover counter, which is in no packet (RFC 3711 §4.2).
   */
  computeInto(data: Uint8Array, from: number, to: number, out: Uint8Array, at: number, suffix?: number): void;
}

/** Hash functions, by their names in RFC 8122 §5. */
export type HashName = "md5" | "sha-1" | "sha-224" | "sha-256" | "sha-384" | "sha-512";

/** A running hash. */
export interface Hash {
  readonly length: number;
  update(bytes: Uint8Array): void;
  /** The digest of everything so far, in a new array; the hash can go on. */
  digest(): Uint8Array;
  /** An independent copy of the state. */
  clone(): Hash;
}

/** RFC 8446 §4.2.7 names of the groups in use. */
export type NamedGroup = "secp256r1" | "secp384r1" | "x25519";

/** One ephemeral key pair. */
export interface KeyAgreement {
  readonly group: NamedGroup;
  /** As it goes on the wire: uncompressed point (65 or 97 bytes) or 32 bytes. */
  readonly publicKey: Uint8Array;
  /**
   * The shared secret: x coordinate, or 32 bytes for X25519. Undefined when `peerPublicKey` has the wrong length, is not on the curve, or gives an
   * all-zero X25519 secret (RFC 7748 §6.1, RFC 8446 §7.4).
   */
  sharedSecret(peerPublicKey: Uint8Array): Uint8Array | undefined;
}

/** RFC 8446 §4.2.3 names. In TLS 1.2 the `ecdsa_*` ones name a hash only, not a curve (RFC 5246 §7.4.1.4.1). */
export type SignatureScheme =
  | "ecdsa_secp256r1_sha256"
  | "ecdsa_secp384r1_sha384"
  | "ecdsa_secp521r1_sha512"
  | "rsa_pkcs1_sha256"
  | "rsa_pkcs1_sha384"
  | "rsa_pkcs1_sha512"
  | "rsa_pss_rsae_sha256"
  | "rsa_pss_rsae_sha384"
  | "rsa_pss_rsae_sha512"
  | "ecdsa_sha1"
  | "rsa_pkcs1_sha1";

/** A private key that signs synchronously. */
export interface Signer {
  /** DER SubjectPublicKeyInfo of the public half. */
  readonly publicKey: Uint8Array;
  /** What this key can sign with, best first. */
  readonly schemes: readonly SignatureScheme[];
  /** A signature over `message`, ECDSA in DER form. `scheme` must be one of `schemes`; otherwise `InvalidArgumentError`. */
  sign(scheme: SignatureScheme, message: Uint8Array): Uint8Array;
}

/** Parameters of a key pair to generate. */
export type KeyPairParameters =
  | { readonly name: "ecdsa"; readonly curve: "P-256" | "P-384" }
  | { readonly name: "rsa"; readonly modulusLength: number; readonly publicExponent: number };

/** A freshly generated private key and its PKCS #8 form, for storage. */
export interface GeneratedKey {
  readonly signer: Signer;
  /** DER PrivateKeyInfo. */
  readonly pkcs8: Uint8Array;
}

/** All of cryptography that the protocols ask of a host. Methods that take keys throw `InvalidArgumentError` for a length that is not one of theirs. */
export interface CryptoProvider {
  readonly name: string;
  aead(name: AeadName, key: Uint8Array): Aead;
  /** `nonceBase` has 12 bytes and is copied. */
  sequencedAead(name: AeadName, key: Uint8Array, nonceBase: Uint8Array): SequencedAead;
  /** `key` has 16, 24 or 32 bytes, `counterBase` 16; both are copied. */
  sequencedCounterMode(key: Uint8Array, counterBase: Uint8Array): SequencedCounterMode;
  /** `key` has 16, 24 or 32 bytes. */
  blockCipher(key: Uint8Array): BlockCipher;
  hmac(hash: HashName, key: Uint8Array): Mac;
  hash(name: HashName): Hash;
  keyAgreement(group: NamedGroup, random: RandomSource): KeyAgreement;
  /** A signer from a DER PKCS #8 private key (EC P-256, P-384, P-521 or RSA). Throws `InvalidArgumentError` for anything else. */
  signer(pkcs8: Uint8Array): Signer;
  generateKey(parameters: KeyPairParameters, random: RandomSource): GeneratedKey;
  /** False for a bad signature, a key of the wrong kind for the scheme, or bytes that are no key. Never throws: both come from the network. */
  verify(scheme: SignatureScheme, spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}
