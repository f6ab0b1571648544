/**
 * GHASH (NIST SP 800-38D §6.4), twice: with 256 bytes of tables for a key that is hardly used, and with 64 KiB once it has hashed 64 KiB.
 *
 * The large tables hold the product of H with every byte value at every byte position, so a block is 16 look-ups and XORs, without shifts or reduction.
 * They are 64-bit lanes; the state is one piece of memory under three views: bytes, words and lanes.
 *
 * Look-ups depend on the key and on data: code on the same core may learn something through the cache. See the README.
 */

import { buildLargeTable, buildSmallTable, REDUCTION } from "./ghash-tables.ts";
import { absorbLarge, encryptLarge, xorWords } from "./lanes.ts";

/** Blocks hashed with the small tables before the large ones are built: 64 KiB of data, so that an idle connection never pays for them. */
export const LARGE_TABLE_THRESHOLD_BLOCKS = 4096;

const sharedLanes = new BigUint64Array(2);
const sharedState = new Uint8Array(sharedLanes.buffer);
const sharedWords = new Int32Array(sharedLanes.buffer);
const sharedView = new DataView(sharedLanes.buffer);

export class Ghash {
  /** The running state, as bytes. It lives from `reset` to the reading of the tag, and all keys share its memory. */
  readonly state: Uint8Array = sharedState;
  readonly #lanes = sharedLanes;
  readonly #words = sharedWords;
  readonly #view = sharedView;
  readonly #hashKey: Uint8Array;
  #small: Uint32Array | undefined;
  #large: BigUint64Array | undefined;
  #blocksBefore = 0;

  /** `hashKey` is H, the cipher of a zero block: 16 bytes, kept. */
  constructor(hashKey: Uint8Array) {
    this.#hashKey = hashKey;
  }

  /** Bytes of tables this key holds at the moment. */
  get tableBytes(): number {
    return (this.#small?.byteLength ?? 0) + (this.#large?.byteLength ?? 0);
  }

  /** Back to the zero state. */
  reset(): void {
    this.#lanes[0] = 0n;
    this.#lanes[1] = 0n;
  }

  /** XORs four words of `keystream` from word `from` onto the state, which makes it the tag. */
  mask(keystream: Int32Array, from: number): void {
    const words = this.#words;
    words[0]! ^= keystream[from]!;
    words[1]! ^= keystream[from + 1]!;
    words[2]! ^= keystream[from + 2]!;
    words[3]! ^= keystream[from + 3]!;
  }

  /** Writes the state at word `at` of `out`. */
  copyState(out: Int32Array, at: number): void {
    const words = this.#words;
    out[at] = words[0]!;
    out[at + 1] = words[1]!;
    out[at + 2] = words[2]!;
    out[at + 3] = words[3]!;
  }

  /** Writes the state at byte `at` of `out`. */
  copyStateBytes(out: Uint8Array, at: number): void {
    const state = this.state;
    for (let i = 0; i < 16; i++) out[at + i] = state[i]!;
  }

  /** Whether the 16 bytes of `tag` at `at` are the state. The time this takes does not depend on where they differ. */
  isState(tag: Uint8Array, at: number): boolean {
    const words = this.#words;
    const difference =
      (words[0]! ^ wordAt(tag, at)) |
      (words[1]! ^ wordAt(tag, at + 4)) |
      (words[2]! ^ wordAt(tag, at + 8)) |
      (words[3]! ^ wordAt(tag, at + 12));
    return difference === 0;
  }

  /** The same of the four words of `tag` at `at`. */
  isStateInWords(tag: Int32Array, at: number): boolean {
    const words = this.#words;
    const difference = (words[0]! ^ tag[at]!) | (words[1]! ^ tag[at + 1]!) | (words[2]! ^ tag[at + 2]!) | (words[3]! ^ tag[at + 3]!);
    return difference === 0;
  }

  /** Hashes `blocks` blocks of `data` from word `at`. */
  absorb(data: Int32Array, at: number, blocks: number): void {
    const large = this.#large ?? this.#count(blocks);
    if (large === undefined) this.#absorbSmall(data, at, blocks);
    else absorbLarge(large, this.#lanes, this.#words, data, at, blocks);
  }

  /** XORs `keystream` from word `from` onto `blocks` blocks of `data` from word `at`, and hashes the result: sealing in one pass. */
  encryptAndAbsorb(data: Int32Array, at: number, keystream: Int32Array, from: number, blocks: number): void {
    const large = this.#large ?? this.#count(blocks);
    if (large !== undefined) {
      encryptLarge(large, this.#lanes, this.#words, data, at, keystream, from, blocks);
      return;
    }
    xorWords(data, at, keystream, from, 4 * blocks);
    this.#absorbSmall(data, at, blocks);
  }

  /** Hashes `bytes[0, length)`, padded with zeros to whole blocks. */
  absorbPadded(bytes: Uint8Array, length: number): void {
    for (let at = 0; at < length; at += 16) {
      padBlock(bytes, at, length);
      this.absorb(scratchBlocks, 0, 1);
    }
  }

  /** The same of `count` words of `data` from `at`. */
  absorbPaddedWords(data: Int32Array, at: number, count: number): void {
    const whole = count & ~3;
    if (whole > 0) this.absorb(data, at, whole >> 2);
    if (whole === count) return;
    padWords(data, at + whole, count - whole);
    this.absorb(scratchBlocks, 0, 1);
  }

  /**
   * Hashes the last `length % 16` bytes of data, which are `bytes[at, end)` and also the words of `data` from `wordAt`, padded with zeros, and the block of both
   * lengths, given in bytes below 2^29 and hashed in bits (§7.1 step 5).
   */
  absorbEnd(data: Int32Array, wordAt: number, bytes: Uint8Array, end: number, aadLength: number, length: number): void {
    const tail = length & 15;
    if (tail !== 0) {
      padWords(data, wordAt, tail >> 2);
      if ((tail & 3) !== 0) scratchBlocks[tail >> 2] = lastWord(bytes, end - (tail & 3), end);
    }
    scratchBlocks[5] = bigEndian(aadLength * 8);
    scratchBlocks[7] = bigEndian(length * 8);
    if (tail !== 0) this.absorb(scratchBlocks, 0, 2);
    else this.absorb(scratchBlocks, 4, 1);
  }

  /** Counts what the small tables did, and gives the large ones as soon as they pay. */
  #count(blocks: number): BigUint64Array | undefined {
    this.#blocksBefore += blocks;
    if (this.#blocksBefore <= LARGE_TABLE_THRESHOLD_BLOCKS || !LITTLE_ENDIAN) return undefined;
    this.#large = buildLargeTable(this.#hashKey);
    this.#small = undefined;
    return this.#large;
  }

  /** Shoup's method with 4-bit tables: 32 steps of one look-up, a shift by four and a look-up that reduces. */
  #absorbSmall(data: Int32Array, at: number, blocks: number): void {
    const table = this.#small ?? buildSmallTable(this.#hashKey);
    this.#small = table;
    const view = this.#view;
    const state = this.state;
    for (const end = at + 4 * blocks; at < end; at += 4) {
      this.mask(data, at);
      let z0 = 0;
      let z1 = 0;
      let z2 = 0;
      let z3 = 0;
      for (let nibble = 31; nibble >= 0; nibble--) {
        const carry = z3 & 15;
        z3 = (z3 >>> 4) | (z2 << 28);
        z2 = (z2 >>> 4) | (z1 << 28);
        z1 = (z1 >>> 4) | (z0 << 28);
        z0 = (z0 >>> 4) ^ (REDUCTION[carry]! << 16);
        const entry = ((state[nibble >> 1]! >>> ((nibble & 1) === 0 ? 4 : 0)) & 15) << 2;
        z0 ^= table[entry]!;
        z1 ^= table[entry + 1]!;
        z2 ^= table[entry + 2]!;
        z3 ^= table[entry + 3]!;
      }
      view.setUint32(0, z0);
      view.setUint32(4, z1);
      view.setUint32(8, z2);
      view.setUint32(12, z3);
    }
  }
}

/** Whether the first byte of a word is its lowest. The large tables' loops count on it; elsewhere the small tables serve. */
const LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

/** The word of this machine whose bytes in memory are those of `bytes` at `at`. */
function wordAt(bytes: Uint8Array, at: number): number {
  return LITTLE_ENDIAN
    ? bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    : (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** The same where `bytes` end at `end`: zeros follow. */
function lastWord(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return wordAt(bytes, at);
  let word = 0;
  for (let i = 0; at + i < end; i++) word |= bytes[at + i]! << (LITTLE_ENDIAN ? 8 * i : 24 - 8 * i);
  return word;
}

/** Puts `bytes[at, end)`, at most 16 of them, padded with zeros, into the first scratch block. */
function padBlock(bytes: Uint8Array, at: number, end: number): void {
  scratchBlocks[0] = lastWord(bytes, at, end);
  scratchBlocks[1] = lastWord(bytes, at + 4, end);
  scratchBlocks[2] = lastWord(bytes, at + 8, end);
  scratchBlocks[3] = lastWord(bytes, at + 12, end);
}

/** Puts `count` words of `data` from `at`, at most three, padded with zeros, into the first scratch block. */
function padWords(data: Int32Array, at: number, count: number): void {
  scratchBlocks[0] = count > 0 ? data[at]! : 0;
  scratchBlocks[1] = count > 1 ? data[at + 1]! : 0;
  scratchBlocks[2] = count > 2 ? data[at + 2]! : 0;
  scratchBlocks[3] = 0;
}

/** The word of this machine whose bytes in memory are `value`, most significant first. */
function bigEndian(value: number): number {
  return LITTLE_ENDIAN ? (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24) : value;
}

/** A block of data and the block of lengths on their way into the state; shared by all keys, because nothing in them outlives a call. */
const scratchBlocks = new Int32Array(8);
