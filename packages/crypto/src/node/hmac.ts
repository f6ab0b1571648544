/** HMAC (RFC 2104) over node:crypto. */
import { createHmac } from "node:crypto";
import { copyBytes, type HashName, type Mac } from "@purertc/core";
import { checkRange } from "../aead-arguments.ts";
import { hashFacts } from "../hash-facts.ts";

export class NodeHmac implements Mac {
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
    const hmac = createHmac(this.#hash, this.#key);
    for (const part of parts) hmac.update(part);
    return new Uint8Array(hmac.digest());
  }

  computeInto(data: Uint8Array, from: number, to: number, out: Uint8Array, at: number): void {
    checkRange(data, from, to - from, Number.MAX_SAFE_INTEGER);
    checkRange(out, at, this.length, Number.MAX_SAFE_INTEGER);
    out.set(createHmac(this.#hash, this.#key).update(data.subarray(from, to)).digest(), at);
  }
}
