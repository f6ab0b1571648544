/** The plain AEADs over @noble/ciphers. */
import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { type Aead, type AeadName, copyBytes } from "@purertc/core";
import { AEAD_TAG_LENGTH, checkAeadKey, checkNonce, checkRoom } from "../aead-arguments.ts";

export class NobleAead implements Aead {
  readonly tagLength: number = AEAD_TAG_LENGTH;
  readonly #algorithm: typeof gcm | typeof chacha20poly1305;
  readonly #key: Uint8Array;

  /** `key` is copied. */
  constructor(name: AeadName, key: Uint8Array) {
    checkAeadKey(name, key);
    this.#algorithm = name === "chacha20-poly1305" ? chacha20poly1305 : gcm;
    this.#key = copyBytes(key);
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
    checkNonce(nonce);
    checkRoom(out, plaintext.length + AEAD_TAG_LENGTH);
    out.set(this.#algorithm(this.#key, nonce, aad).encrypt(plaintext), 0);
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean {
    checkNonce(nonce);
    const length = sealed.length - AEAD_TAG_LENGTH;
    if (length < 0) return false;
    checkRoom(out, length);
    let plaintext: Uint8Array;
    try {
      plaintext = this.#algorithm(this.#key, nonce, aad).decrypt(sealed);
    } catch {
      out.fill(0, 0, length); // noble tells a wrong tag by throwing, and the lengths were checked
      return false;
    }
    out.set(plaintext, 0);
    return true;
  }
}
