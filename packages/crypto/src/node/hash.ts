/** Running hashes over node:crypto. */
import { createHash } from "node:crypto";
import type { Hash, HashName } from "@purertc/core";
import { type HashFacts, hashFacts } from "../hash-facts.ts";

type NativeHash = ReturnType<typeof createHash>;

export class NodeHash implements Hash {
  readonly length: number;
  readonly #facts: HashFacts;
  readonly #native: NativeHash;

  /** `native` is for `clone` only. */
  constructor(name: HashName, native?: NativeHash) {
    this.#facts = hashFacts(name);
    this.length = this.#facts.length;
    this.#native = native ?? createHash(this.#facts.openSslName);
  }

  update(bytes: Uint8Array): void {
    this.#native.update(bytes);
  }

  digest(): Uint8Array {
    return new Uint8Array(this.#native.copy().digest()); // digest() ends a native hash: end a copy
  }

  clone(): Hash {
    return new NodeHash(this.#facts.name, this.#native.copy());
  }
}
