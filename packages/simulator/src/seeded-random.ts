import type { RandomSource } from "@purertc/core";

/**
 * A reproducible stream of random numbers. The same seed gives the same stream on every machine. It is not cryptographic:
 * it is for links, for tests and as the `RandomSource` of a protocol that runs in the simulator.
 */
export interface SeededRandom extends RandomSource {
  /** A uniform number in `[0, 1)`. */
  next(): number;
  /** A uniform integer from `low` to `high`, both included. They are at most 2^32 apart. */
  integer(low: number, high: number): number;
  /** True with the given probability: never at 0 or less, always at 1 or more. Draws once in every case. */
  chance(probability: number): boolean;
  /** One of the items, each as likely as the others. Throws RangeError when there is none. */
  pick<T>(items: readonly T[]): T;
  /** `length` random bytes in a new array. */
  bytes(length: number): Uint8Array;
  /**
   * An independent stream that depends only on this stream's seed and on `name`, not on what was drawn before. The same name gives the
   * same stream again, so one consumer that draws more does not change what the others see.
   */
  fork(name: string): SeededRandom;
}

/** A stream for a seed. Numbers and their decimal text are the same seed. */
export function seededRandom(seed: number | string): SeededRandom {
  return new Sfc32(String(seed));
}

/** Chris Doty-Humphrey's "small fast counting" generator with 32-bit words: 128 bits of state, passes PractRand. */
class Sfc32 implements SeededRandom {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#seed = seed;
    this.#a = hashText(seed, 0x9e37_79b9);
    this.#b = hashText(seed, 0x243f_6a88);
    this.#c = hashText(seed, 0xb7e1_5162);
    for (let i = 0; i < 12; i++) this.#word(); // until every bit of the seed has reached every bit of the state
  }

  next(): number {
    return (this.#word() >>> 0) / 0x1_0000_0000;
  }

  integer(low: number, high: number): number {
    if (!Number.isInteger(low) || !Number.isInteger(high) || high < low || high - low > 0xffff_ffff) {
      throw new RangeError(`no integers from ${low} to ${high}`);
    }
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("nothing to pick from");
    return items[this.integer(0, items.length - 1)]!;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.fill(bytes);
    return bytes;
  }

  fill(out: Uint8Array): void {
    for (let at = 0; at < out.length; at += 4) {
      const word = this.#word();
      out[at] = word;
      if (at + 1 < out.length) out[at + 1] = word >>> 8;
      if (at + 2 < out.length) out[at + 2] = word >>> 16;
      if (at + 3 < out.length) out[at + 3] = word >>> 24;
    }
  }

  fork(name: string): SeededRandom {
    return new Sfc32(`${this.#seed}/${name}`);
  }

  #word(): number {
    const word = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
    return word;
  }
}

/** FNV-1a over UTF-16 units with a chosen start, then mixed so that texts that differ in one character differ everywhere. */
function hashText(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
