/** One master key at work: its identifier, the session keys made of it, and how many packets it has protected. */
import { copyBytes, InvalidArgumentError } from "@purertc/core";
import { checkKeyDerivationRate, KeyDerivation } from "./key-derivation.ts";
import type { SrtpMasterKey } from "./options.ts";
import { SessionKeys, type SessionKeysOptions } from "./session-keys.ts";

/** Throws `InvalidArgumentError` unless the MKI of `key`, or its absence, is as long as that of the `former` key: a receiver looks for it at one place (RFC 3711 §3.1). */
export function checkMkiLength(key: SrtpMasterKey, former: MasterKey): void {
  if ((key.mki?.length ?? 0) === former.mki.length) return;
  throw new InvalidArgumentError("all master keys of a stream have MKIs of one length, or none", { code: "SRTP_MKI_LENGTH" });
}

export class MasterKey {
  readonly mki: Uint8Array;
  readonly #derivation: KeyDerivation;
  readonly #options: SessionKeysOptions;
  readonly #rate: number;
  /** The session keys made last, for `#sessionR`. */
  #session: SessionKeys | undefined;
  #sessionR = 0;
  #remaining: number;

  constructor(key: SrtpMasterKey, keyDerivationRate: number, options: SessionKeysOptions) {
    const { keyLength, saltLength, name } = options.profile;
    if (key.masterKey.length !== keyLength) {
      throw new InvalidArgumentError(`${name} takes a master key of ${keyLength} bytes, not ${key.masterKey.length}`, {
        code: "SRTP_KEY_LENGTH",
      });
    }
    if (key.masterSalt.length !== saltLength) {
      throw new InvalidArgumentError(`${name} takes a master salt of ${saltLength} bytes, not ${key.masterSalt.length}`, {
        code: "SRTP_SALT_LENGTH",
      });
    }
    checkKeyDerivationRate(keyDerivationRate);
    const limit = options.protocol === "srtp" ? 2 ** 48 : 2 ** 31; // RFC 3711 §9.2
    const lifetime = key.lifetime ?? limit;
    if (!Number.isInteger(lifetime) || lifetime < 1) {
      throw new InvalidArgumentError(`a key lifetime of ${lifetime} packets is not a positive integer`, { code: "SRTP_LIFETIME" });
    }
    this.mki = copyBytes(key.mki ?? new Uint8Array(0));
    if (this.mki.length > 128 || (key.mki !== undefined && key.mki.length === 0)) {
      throw new InvalidArgumentError(`an MKI of ${this.mki.length} bytes is not from 1 to 128`, { code: "SRTP_MKI_LENGTH" });
    }
    this.#derivation = new KeyDerivation(options.crypto, key.masterKey, key.masterSalt);
    this.#options = options;
    this.#rate = keyDerivationRate;
    this.#remaining = Math.min(lifetime, limit);
  }

  /** `index DIV key_derivation_rate` (RFC 3711 §4.3.1). */
  derivationIndex(index: number): number {
    return this.#rate === 0 ? 0 : Math.floor(index / this.#rate);
  }

  /** The session keys for a value of `derivationIndex`. */
  session(r: number): SessionKeys {
    if (this.#session === undefined || this.#sessionR !== r) {
      this.#session = new SessionKeys(this, this.#derivation, r, this.#options);
      this.#sessionR = r;
    }
    return this.#session;
  }

  /** Whether the key has protected as many packets as it may. */
  get exhausted(): boolean {
    return this.#remaining === 0;
  }

  /** Counts one packet. */
  count(): void {
    this.#remaining--;
  }

  /** Whether `packet` has this key's MKI at `at`, where it has room for one. */
  isNamedAt(packet: Uint8Array, at: number): boolean {
    const mki = this.mki;
    for (let i = 0; i < mki.length; i++) if (packet[at + i] !== mki[i]) return false;
    return true;
  }
}
