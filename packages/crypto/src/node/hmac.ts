/** HMAC (RFC 2104) over node:crypto. */
import * as nativeCrypto from "node:crypto";
import { copyBytes, type HashName, type Mac, writeU32 } from "@purertc/core";
import { checkRange } from "../aead-arguments.ts";
import { hashFacts } from "../hash-facts.ts";
import { HmacSha1, type NativeSha1 } from "../hmac-sha1.ts";
import { Slab } from "../lookahead/slab.ts";

/** The MAC of `hash` under `key`, which is copied. SHA-1, the one that SRTP and STUN compute per packet, has its own. */
export function nodeHmac(hash: HashName, key: Uint8Array): Mac {
  if (hash === "sha-1") return new HmacSha1(key, nativeSha1);
  return oneShotHash === undefined ? new NodeHmac(hash, key) : new OneShotHmac(hash, key, oneShotHash);
}

/** Two one-shot hashes, which take a third of the time of one native HMAC object: a DTLS handshake computes a dozen, each of a few bytes. */
class OneShotHmac implements Mac {
  readonly length: number;
  readonly #hash: string;
  readonly #digest: OneShotHash;
  readonly #blockLength: number;
  /** The key XORed with the inner pad, then with the outer one (RFC 2104 §2). */
  readonly #pads: Uint8Array;

  /** `key` is copied; any length. */
  constructor(hash: HashName, key: Uint8Array, digest: OneShotHash) {
    const { length, blockLength, openSslName } = hashFacts(hash);
    this.length = length;
    this.#hash = openSslName;
    this.#digest = digest;
    this.#blockLength = blockLength;
    this.#pads = new Uint8Array(2 * blockLength).fill(0x36, 0, blockLength).fill(0x5c, blockLength);
    const short = key.length > blockLength ? digest(openSslName, key) : key; // §2: longer keys are hashed first
    for (let i = 0; i < short.length; i++) {
      this.#pads[i]! ^= short[i]!;
      this.#pads[blockLength + i]! ^= short[i]!;
    }
  }

  compute(...parts: readonly Uint8Array[]): Uint8Array {
    let length = this.#blockLength;
    for (const part of parts) length += part.length;
    messageSlab.reserve(length);
    let at = this.#blockLength;
    for (const part of parts) {
      messageSlab.bytes.set(part, at);
      at += part.length;
    }
    return new Uint8Array(this.#finish(length));
  }

  computeInto(data: Uint8Array, from: number, to: number, out: Uint8Array, at: number, suffix?: number): void {
    checkRange(data, from, to - from, Number.MAX_SAFE_INTEGER);
    checkRange(out, at, this.length, Number.MAX_SAFE_INTEGER);
    let length = this.#blockLength + to - from;
    messageSlab.reserve(length + 4);
    messageSlab.bytes.set(data.subarray(from, to), this.#blockLength);
    if (suffix !== undefined) {
      writeU32(messageSlab.bytes, length, suffix);
      length += 4;
    }
    out.set(this.#finish(length), at);
  }

  /** The MAC of the message in the slab, behind room for the inner pad; `length` bytes in all. */
  #finish(length: number): Uint8Array {
    const block = this.#blockLength;
    messageSlab.bytes.set(this.#pads.subarray(0, block));
    const inner = this.#digest(this.#hash, messageSlab.bytes.subarray(0, length));
    messageSlab.reserve(block + inner.length);
    messageSlab.bytes.set(this.#pads.subarray(block));
    messageSlab.bytes.set(inner, block);
    return this.#digest(this.#hash, messageSlab.bytes.subarray(0, block + inner.length));
  }
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

type OneShotHash = (name: string, bytes: Uint8Array) => Uint8Array;

/** crypto.hash() came with Node 20.12 and 21.7, and is not in every other host: imported by name it would fail to link there. */
const nativeSha1: NativeSha1 | undefined = "hash" in nativeCrypto ? (bytes) => nativeCrypto.hash("sha1", bytes, "binary") : undefined;
const oneShotHash: OneShotHash | undefined = "hash" in nativeCrypto ? (name, bytes) => nativeCrypto.hash(name, bytes, "buffer") : undefined;
/** A message behind its inner pad; shared, because nothing in it outlives one call. */
const messageSlab = new Slab();
