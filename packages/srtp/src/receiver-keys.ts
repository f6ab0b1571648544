/** The master keys a receiver accepts (RFC 3711 §8.1): told apart by MKI, or, without MKIs, tried newest first. */
import { equalBytes, InvalidArgumentError, InvalidStateError } from "@purertc/core";
import { MasterKey } from "./master-key.ts";
import type { SrtpMasterKey } from "./options.ts";
import type { SessionKeysOptions } from "./session-keys.ts";

/** The keys of one receiver, SRTP or SRTCP. */
export class ReceiverKeys {
  /** Newest first. */
  readonly #keys: MasterKey[] = [];
  readonly #keyDerivationRate: number;
  readonly #options: SessionKeysOptions;
  /** Bytes of the MKI in every packet; 0 for none. */
  readonly mkiLength: number;
  /** A copy of the packet, while several keys are tried on it. */
  #scratchPacket = new Uint8Array(0);

  constructor(key: SrtpMasterKey, further: readonly SrtpMasterKey[], keyDerivationRate: number, options: SessionKeysOptions) {
    this.#keyDerivationRate = keyDerivationRate;
    this.#options = options;
    this.mkiLength = key.mki?.length ?? 0;
    for (const older of further.toReversed()) this.add(older);
    this.add(key);
  }

  /** Accepts a further key; one with the same MKI is replaced. Returns the keys that are no longer accepted. */
  add(key: SrtpMasterKey): readonly MasterKey[] {
    if ((key.mki?.length ?? 0) !== this.mkiLength) {
      throw new InvalidArgumentError("all master keys of a receiver have MKIs of one length, or none", { code: "SRTP_MKI_LENGTH" });
    }
    const added = new MasterKey(key, this.#keyDerivationRate, this.#options);
    const replaced = this.mkiLength === 0 ? [] : this.#keys.filter(({ mki }) => added.isNamedAt(mki, 0));
    this.#remove(replaced);
    if (this.#keys.length >= MAX_KEYS) {
      throw new InvalidStateError(`a receiver accepts at most ${MAX_KEYS} master keys; remove some first`, { code: "SRTP_TOO_MANY_KEYS" });
    }
    this.#keys.unshift(added);
    return replaced;
  }

  /** No longer accepts the keys but the newest, or only not the one of this MKI. Returns them. */
  removeFormer(mki: Uint8Array | undefined): readonly MasterKey[] {
    const removed = this.#keys.slice(1).filter((key) => mki === undefined || equalBytes(key.mki, mki));
    this.#remove(removed);
    return removed;
  }

  /** How many keys a packet may be under: 1 with MKIs. */
  get candidates(): number {
    return this.mkiLength === 0 ? this.#keys.length : 1;
  }

  /** The n-th key to try for a packet with its MKI at `mkiAt`; undefined when no key has that MKI. */
  candidate(n: number, packet: Uint8Array, mkiAt: number): MasterKey | undefined {
    const keys = this.#keys;
    if (this.mkiLength === 0) return keys[n];
    for (let i = 0; i < keys.length; i++) if (keys[i]!.isNamedAt(packet, mkiAt)) return keys[i];
    return undefined;
  }

  /** The packet kept elsewhere, until the next call: for whoever tries several keys on it. */
  copied(packet: Uint8Array): Uint8Array {
    if (this.#scratchPacket.length < packet.length) this.#scratchPacket = new Uint8Array(2 * packet.length);
    this.#scratchPacket.set(packet);
    return this.#scratchPacket.subarray(0, packet.length); // no more, or it would get into the caller's `out`
  }

  #remove(removed: readonly MasterKey[]): void {
    for (const key of removed) this.#keys.splice(this.#keys.indexOf(key), 1);
  }
}

/** Enough for every key of an SDES attribute; without MKIs every one costs a forged packet a check. */
const MAX_KEYS = 16;
