/** The plain AEADs over node:crypto. Each call makes a native cipher: right for handshakes, too slow for every packet. */
import { createCipheriv, createDecipheriv, getCiphers } from "node:crypto";
import { type Aead, type AeadName, copyBytes } from "@purertc/core";
import { AEAD_TAG_LENGTH, checkAeadKey, checkNonce, checkRoom } from "../aead-arguments.ts";
import { NobleAead } from "../noble/aead.ts";

/** The AEAD `name` under `key`, which is copied. */
export function nodeAead(name: AeadName, key: Uint8Array): Aead {
  return name === "chacha20-poly1305" && LACKS_CHACHA20 ? new NobleAead(name, key) : new NodeAead(name, key);
}

class NodeAead implements Aead {
  readonly tagLength: number = AEAD_TAG_LENGTH;
  readonly #name: AeadName;
  readonly #key: Uint8Array;

  constructor(name: AeadName, key: Uint8Array) {
    checkAeadKey(name, key);
    this.#name = name;
    this.#key = copyBytes(key);
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
    checkNonce(nonce);
    const length = plaintext.length;
    checkRoom(out, length + AEAD_TAG_LENGTH);
    const cipher =
      this.#name === "chacha20-poly1305"
        ? createCipheriv(this.#name, this.#key, nonce, TAG_OPTIONS)
        : createCipheriv(this.#name, this.#key, nonce);
    cipher.setAAD(aad, { plaintextLength: length });
    out.set(cipher.update(plaintext), 0); // update() answers in memory of its own, so `out` may be where `plaintext` is
    cipher.final();
    out.set(cipher.getAuthTag(), length);
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean {
    checkNonce(nonce);
    const length = sealed.length - AEAD_TAG_LENGTH;
    if (length < 0) return false;
    checkRoom(out, length);
    const decipher =
      this.#name === "chacha20-poly1305"
        ? createDecipheriv(this.#name, this.#key, nonce, TAG_OPTIONS)
        : createDecipheriv(this.#name, this.#key, nonce, TAG_OPTIONS); // the same text twice: each name has its own overload
    decipher.setAAD(aad, { plaintextLength: length });
    decipher.setAuthTag(sealed.subarray(length));
    const plaintext = decipher.update(sealed.subarray(0, length));
    try {
      decipher.final();
    } catch {
      out.fill(0, 0, length); // node:crypto tells a wrong tag by throwing, and nothing else can go wrong here
      return false;
    }
    out.set(plaintext, 0);
    return true;
  }
}

/** INTEROP: Bun 1.x offers no ChaCha20-Poly1305 in node:crypto. */
const LACKS_CHACHA20 = !getCiphers().includes("chacha20-poly1305");

const TAG_OPTIONS = { authTagLength: AEAD_TAG_LENGTH };
