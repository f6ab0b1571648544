/** Running hashes over @noble/hashes. */
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import type { Hash, HashName } from "@purertc/core";
import { hashFacts } from "../hash-facts.ts";

/** noble's function of that name. Throws `InvalidArgumentError` for a name that is none. */
export function nobleHashFunction(name: HashName): typeof sha1 {
  return FUNCTIONS[hashFacts(name).name];
}

type RunningHash = ReturnType<(typeof sha1)["create"]>;

export class NobleHash implements Hash {
  readonly length: number;
  readonly #running: RunningHash;

  /** Takes `running`. */
  constructor(running: RunningHash) {
    this.#running = running;
    this.length = running.outputLen;
  }

  update(bytes: Uint8Array): void {
    this.#running.update(bytes);
  }

  digest(): Uint8Array {
    return this.#running.clone().digest(); // digest() ends a hash: end a copy
  }

  clone(): Hash {
    return new NobleHash(this.#running.clone());
  }
}

const FUNCTIONS: Readonly<Record<HashName, typeof sha1>> = {
  md5,
  "sha-1": sha1,
  "sha-224": sha224,
  "sha-256": sha256,
  "sha-384": sha384,
  "sha-512": sha512,
};
