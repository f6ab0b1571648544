/** Raw AES over node:crypto: one ECB cipher kept for ever, because making one costs as much as encrypting 40 KB. */
import { createCipheriv } from "node:crypto";
import type { BlockCipher } from "@purertc/core";
import { checkAesKey, checkBlocks, checkRange } from "../aead-arguments.ts";

export class NodeBlockCipher implements BlockCipher {
  readonly #cipher: ReturnType<typeof createCipheriv>;

  /** `key` has 16, 24 or 32 bytes. */
  constructor(key: Uint8Array) {
    checkAesKey(key);
    // Without padding, every update() of whole blocks answers at once and keeps nothing back: ECB has no state.
    this.#cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  }

  encrypt(input: Uint8Array, at: number, length: number, out: Uint8Array, outAt: number): void {
    checkBlocks(length);
    checkRange(input, at, length, Number.MAX_SAFE_INTEGER);
    checkRange(out, outAt, length, Number.MAX_SAFE_INTEGER);
    if (length === 0) return;
    const whole = at === 0 && length === input.length;
    out.set(this.#cipher.update(whole ? input : input.subarray(at, at + length)), outAt);
  }
}
