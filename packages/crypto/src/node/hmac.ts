/** HMAC (RFC 2104) over node:crypto. */
import * as nativeCrypto from "node:crypto";
import { copyBytes, type HashName, type Mac, writeU32 } from "@purertc/core";
import { checkRange } from "../aead-arguments.ts";
import { hashFacts } from "../hash-facts.ts";
import { HmacSha1, type NativeSha1 } from "../hmac-sha1.ts";

/** The MAC of `hash` under `key`, which is copied. SHA-1, the one that SRTP and STUN compute per packet, has its own. */
export function nodeHmac(hash: HashName, key: Uint8Array): Mac {
  return hash === "sha-1" ? new HmacSha1(key, nativeSha1) : new NodeHmac(hash, key);
}

class NodeHmac implements Mac {
  readonly length: number;
  readonly #hash: string;
  readonly #key: Uint8Array;

  /** `key` is copied; any length. */
  constructor(hash: HashName, key: Uint8Array) {
    const facts = hashFacts(hash);
    this.length = facts.length;
    this.#hash = facts.openSslName;
    this.#key = copyBytes(key);
  }

  compute(...parts: readonly Uint8Array[]): Uint8Array {
    const hmac = nativeCrypto.createHmac(this.#hash, this.#key);
    for (const part of parts) hmac.update(part);
    return new Uint8Array(hmac.digest());
  }

  computeInto(data: Uint8Array, from: number, to: number, out: Uint8Array, at: number, suffix?: number): void {
    checkRange(data, from, to - from, Number.MAX_SAFE_INTEGER);
    checkRange(out, at, this.length, Number.MAX_SAFE_INTEGER);
    const hmac = nativeCrypto.createHmac(this.#hash, this.#key).update(data.subarray(from, to));
    if (suffix !== undefined) {
      const bytes = new Uint8Array(4);
      writeU32(bytes, 0, suffix);
      hmac.update(bytes);
    }
    out.set(hmac.digest(), at);
  }
}

/** crypto.hash() came with Node 20.12 and 21.7, and is not in every other host: imported by name it would fail to link there. */
const nativeSha1: NativeSha1 | undefined = "hash" in nativeCrypto ? (bytes) => nativeCrypto.hash("sha1", bytes, "binary") : undefined;
