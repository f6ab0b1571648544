/**
 * AES-GCM (RFC 7714 §8.1, §9.1). Both nonces are the salt XOR the SSRC at byte 2 XOR the packet index in the last six bytes:
 *
 *   SRTP    00 00 | SSRC | ROC | SEQ           SRTCP   00 00 | SSRC | 00 00 | 0 || SRTCP index
 */
import { type AeadName, type CryptoProvider, readU32, type SequencedAead, writeU32 } from "@purertc/core";
import type { PacketCipher, PacketCipherFactory } from "./packet-cipher.ts";

/** AES-GCM under one session key. */
export class AesGcmKey implements PacketCipherFactory {
  readonly #aead: SequencedAead;
  readonly #salt: Uint8Array;

  /** Salt of 12 bytes, kept. */
  constructor(crypto: CryptoProvider, name: AeadName, key: Uint8Array, salt: Uint8Array) {
    this.#salt = salt;
    this.#aead = crypto.sequencedAead(name, key, salt);
  }

  forSsrc(ssrc: number): AesGcmCipher {
    const nonceBase = this.#salt.slice();
    writeU32(nonceBase, 2, readU32(nonceBase, 2) ^ ssrc);
    return new AesGcmCipher(this.#aead.forStream(nonceBase), nonceBase);
  }
}

/** AES-GCM for one SSRC. */
export class AesGcmCipher implements PacketCipher {
  readonly #aead: SequencedAead;
  readonly #nonceBase: Uint8Array;
  /** The highest index sealed by `#aead`, which takes rising ones only. */
  #highest = -1;

  constructor(aead: SequencedAead, nonceBase: Uint8Array) {
    this.#aead = aead;
    this.#nonceBase = nonceBase;
  }

  encrypt(index: number, aad: Uint8Array, aadLength: number, bytes: Uint8Array, from: number, to: number): void {
    if (index > this.#highest) {
      this.#highest = index;
      this.#aead.seal(index, aad, bytes, from, to - from, aadLength);
    } else {
      // A packet overtaken by a later one, which the sender's window knows to be new: a stream of its own seals it.
      this.#aead.forStream(this.#nonceBase).seal(index, aad, bytes, from, to - from, aadLength);
    }
  }

  decrypt(index: number, aad: Uint8Array, aadLength: number, source: Uint8Array, from: number, to: number, out: Uint8Array): boolean {
    return this.#aead.open(index, aad, source, from, to - from + this.#aead.tagLength, out, from, aadLength);
  }
}
