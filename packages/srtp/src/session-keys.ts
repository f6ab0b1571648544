/** Session keys (RFC 3711 §3.2.1), and what they make for one SSRC. */
import type { CryptoProvider, Mac, SequencedCounterMode } from "@purertc/core";
import { readU32, writeU32 } from "@purertc/core";
import type { KeyDerivation } from "./key-derivation.ts";
import type { MasterKey } from "./master-key.ts";
import type { SrtpProfile } from "./profiles.ts";
import { AesCmKey } from "./transforms/aes-cm.ts";
import { AesGcmKey } from "./transforms/aes-gcm.ts";
import { nullCipherKey } from "./transforms/null-cipher.ts";
import type { PacketCipher, PacketCipherFactory } from "./transforms/packet-cipher.ts";

/** Which keys to derive. */
export interface SessionKeysOptions {
  readonly crypto: CryptoProvider;
  readonly profile: SrtpProfile;
  readonly protocol: "srtp" | "srtcp";
  readonly encrypt: boolean;
  readonly authenticate: boolean;
}

/** The session keys of one master key and one value of `index DIV key_derivation_rate`. */
export class SessionKeys {
  readonly #master: MasterKey;
  readonly #r: number;
  readonly #cipher: PacketCipherFactory;
  readonly #mac: Mac | undefined;
  readonly #derivation: KeyDerivation;
  readonly #options: SessionKeysOptions;
  #headerExtension: { readonly cipher: SequencedCounterMode; readonly salt: Uint8Array } | undefined;

  constructor(master: MasterKey, derivation: KeyDerivation, r: number, options: SessionKeysOptions) {
    this.#master = master;
    this.#r = r;
    this.#derivation = derivation;
    this.#options = options;
    const { crypto, profile, protocol } = options;
    if (options.encrypt && profile.cipher !== "null") {
      const key = derivation.derive(`${protocol}-encryption`, r, profile.keyLength);
      const salt = derivation.derive(`${protocol}-salt`, r, profile.saltLength);
      this.#cipher = profile.aead === undefined ? new AesCmKey(crypto, key, salt) : new AesGcmKey(crypto, profile.aead, key, salt);
    } else {
      this.#cipher = nullCipherKey;
    }
    if (options.authenticate && profile.aead === undefined) {
      this.#mac = crypto.hmac("sha-1", derivation.derive(`${protocol}-authentication`, r, HMAC_SHA1_KEY_LENGTH));
    }
  }

  /** What protects the packets of `ssrc`. */
  forSsrc(ssrc: number): SsrcKeys {
    return new SsrcKeys(this.#master, this.#r, this.#cipher.forSsrc(ssrc), this.#mac, () => this.#headerExtensionOf(ssrc));
  }

  /** Derived when it is first needed: most sessions encrypt no header extensions, and one that begins to has its keys already. */
  #headerExtensionOf(ssrc: number): SequencedCounterMode {
    this.#headerExtension ??= this.#deriveHeaderExtension();
    const { cipher, salt } = this.#headerExtension;
    const counterBase = salt.slice();
    writeU32(counterBase, 4, readU32(counterBase, 4) ^ ssrc);
    return cipher.forStream(counterBase);
  }

  #deriveHeaderExtension(): { readonly cipher: SequencedCounterMode; readonly salt: Uint8Array } {
    const { crypto, profile } = this.#options;
    const key = this.#derivation.derive("header-extension-encryption", this.#r, profile.keyLength);
    const salt = new Uint8Array(16);
    salt.set(this.#derivation.derive("header-extension-salt", this.#r, profile.saltLength));
    return { cipher: crypto.sequencedCounterMode(key, salt), salt };
  }
}

/** Ciphers of one SSRC under one set of session keys. */
export class SsrcKeys {
  readonly master: MasterKey;
  /** `index DIV key_derivation_rate` of the packets these are for. */
  readonly r: number;
  readonly cipher: PacketCipher;
  /** HMAC-SHA1; undefined with an AEAD, or when packets are not authenticated. */
  readonly mac: Mac | undefined;
  readonly #makeHeaderExtension: () => SequencedCounterMode;
  #headerExtension: SequencedCounterMode | undefined;

  constructor(master: MasterKey, r: number, cipher: PacketCipher, mac: Mac | undefined, headerExtension: () => SequencedCounterMode) {
    this.master = master;
    this.r = r;
    this.cipher = cipher;
    this.mac = mac;
    this.#makeHeaderExtension = headerExtension;
  }

  /** The keystream of header extensions (RFC 6904 §3.1). */
  get headerExtension(): SequencedCounterMode {
    this.#headerExtension ??= this.#makeHeaderExtension();
    return this.#headerExtension;
  }
}

/** n_a of HMAC-SHA1 (RFC 3711 §5.2). */
const HMAC_SHA1_KEY_LENGTH = 20;
