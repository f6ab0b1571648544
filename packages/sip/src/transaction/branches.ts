/** Branches for Via (RFC 3261 §8.1.1.7): unique over space and time, and not to be guessed, for a response is believed by its branch. */
import type { RandomSource } from "@purertc/core";
import { MAGIC_COOKIE } from "./matching.ts";

/** Makes branches of 80 random bits; draws its randomness a thousand bytes at a time, which is some ten times faster. */
export class BranchSource {
  readonly #random: RandomSource;
  readonly #pool: Uint8Array = new Uint8Array(POOL_LENGTH);
  #at = POOL_LENGTH;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** A new branch: the cookie and 16 characters, all of them in lower case. */
  next(): string {
    if (this.#at + LENGTH > POOL_LENGTH) {
      this.#random.fill(this.#pool);
      this.#at = 0;
    }
    let text = MAGIC_COOKIE;
    for (let i = 0; i < LENGTH; i++) text += ALPHABET[this.#pool[this.#at + i]! & 31]!;
    this.#at += LENGTH;
    return text;
  }
}

const LENGTH = 16;
const POOL_LENGTH = 64 * LENGTH;
/** 32 characters: five bits each. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
