/** HMAC (RFC 2104) over @noble/hashes, with the key's blocks hashed once. */
import { hmac } from "@noble/hashes/hmac.js";
import { type HashName, type Mac, writeU32 } from "@purertc/core";
import { checkRange } from "../aead-arguments.ts";
import { HmacSha1 } from "../hmac-sha1.ts";
import { nobleHashFunction } from "./hash.ts";

/** The MAC of `hash` under `key`, which is copied. */
export function nobleHmac(hash: HashName, key: Uint8Array): Mac {
  return hash === "sha-1" ? new HmacSha1(key) : new NobleHmac(hash, key);
}

class NobleHmac implements Mac {
  readonly length: number;
  /** The state after the key, from which every message starts. */
  readonly #keyed: ReturnType<typeof hmac.create>;

  constructor(hash: HashName, key: Uint8Array) {
    this.#keyed = hmac.create(nobleHashFunction(hash), key);
    this.length = this.#keyed.outputLen;
  }

  compute(...parts: readonly Uint8Array[]): Uint8Array {
    const running = this.#keyed.clone();
    for (const part of parts) running.update(part);
    return running.digest();
  }

  computeInto(data: Uint8Array, from: number, to: number, out: Uint8Array, at: number, suffix?: number): void {
    checkRange(data, from, to - from, Number.MAX_SAFE_INTEGER);
    checkRange(out, at, this.length, Number.MAX_SAFE_INTEGER);
    const running = this.#keyed.clone().update(data.subarray(from, to));
    if (suffix !== undefined) {
      const bytes = new Uint8Array(4);
      writeU32(bytes, 0, suffix);
      running.update(bytes);
    }
    running.digestInto(out.subarray(at, at + this.length));
  }
}
