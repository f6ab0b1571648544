/**
 * AES in counter mode (RFC 3711 §4.1.1, RFC 6188): the keystream begins with the block
 *
 *   IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16)
 */
import { type CryptoProvider, readU32, type SequencedCounterMode, writeU32 } from "@purertc/core";
import type { PacketCipher, PacketCipherFactory } from "./packet-cipher.ts";

/** Counter mode under one session key. */
export class AesCmKey implements PacketCipherFactory {
  readonly #mode: SequencedCounterMode;
  readonly #salt: Uint8Array;

  /** Key of 16, 24 or 32 bytes, salt of at most 14. */
  constructor(crypto: CryptoProvider, key: Uint8Array, salt: Uint8Array) {
    this.#salt = new Uint8Array(16);
    this.#salt.set(salt);
    this.#mode = crypto.sequencedCounterMode(key, this.#salt);
  }

  forSsrc(ssrc: number): AesCmCipher {
    const counterBase = this.#salt.slice();
    writeU32(counterBase, 4, readU32(counterBase, 4) ^ ssrc);
    return new AesCmCipher(this.#mode.forStream(counterBase));
  }
}

/** Counter mode for one SSRC. Authenticates nothing. */
export class AesCmCipher implements PacketCipher {
  readonly #mode: SequencedCounterMode;

  constructor(mode: SequencedCounterMode) {
    this.#mode = mode;
  }

  encrypt(index: number, _aad: Uint8Array, _aadLength: number, bytes: Uint8Array, from: number, to: number): void {
    this.#mode.apply(index, bytes, from, to - from);
  }

  decrypt(index: number, _aad: Uint8Array, _aadLength: number, source: Uint8Array, from: number, to: number, out: Uint8Array): boolean {
    if (source !== out) out.set(source.subarray(from, to), from);
    this.#mode.apply(index, out, from, to - from);
    return true;
  }
}
