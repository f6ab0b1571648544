/**
 * GHASH (NIST SP 800-38D §6.4), twice: with 256 bytes of tables for a key that is hardly used, and with 64 KiB once it has hashed 64 KiB.
 *
 * The large tables hold the product of H with every byte value at every byte position, so a block is 16 look-ups and XORs, without shifts or reduction.
 * They are 64-bit lanes: `lane[0] = BigInt.asUintN(64, a ^ b ^ ...)` between `BigUint64Array`s becomes plain 64-bit machine XORs in V8, no BigInt is
 * allocated. The state is written as lanes and read back as bytes of the same memory, so neither form depends on the machine's byte order.
 *
 * Look-ups depend on the key and on data: code on the same core may learn something through the cache. See the README.
 */

import { buildLargeTable, buildSmallTable, REDUCTION } from "./ghash-tables.ts";
import { absorbLarge, decryptLarge, encryptLarge, xorLanes } from "./lanes.ts";

/** Blocks hashed with the small tables before the large ones are built: 64 KiB of data, so that an idle connection never pays for them. */
export const LARGE_TABLE_THRESHOLD_BLOCKS = 4096;

export class Ghash {
  readonly #lanes = new BigUint64Array(2);
  /** The running state, as bytes. */
  readonly state: Uint8Array = new Uint8Array(this.#lanes.buffer);
  readonly #view = new DataView(this.#lanes.buffer);
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

  /** XORs two lanes of `keystream` from lane `from` onto the state, which makes it the tag. */
  mask(keystream: BigUint64Array, from: number): void {
    xorLanes(this.#lanes, 0, keystream, from, 2);
  }

  /** Hashes `blocks` blocks of `data` from lane `at`. */
  absorb(data: BigUint64Array, at: number, blocks: number): void {
    const large = this.#large ?? this.#count(blocks);
    if (large === undefined) this.#absorbSmall(data, at, blocks);
    else absorbLarge(large, this.#lanes, this.state, data, at, blocks);
  }

  /** XORs `keystream` from lane `from` onto `blocks` blocks of `data` from lane `at`, and hashes the result: sealing in one pass. */
  encryptAndAbsorb(data: BigUint64Array, at: number, keystream: BigUint64Array, from: number, blocks: number): void {
    const large = this.#large ?? this.#count(blocks);
    if (large !== undefined) {
      encryptLarge(large, this.#lanes, this.state, data, at, keystream, from, blocks);
      return;
    }
    xorLanes(data, at, keystream, from, 2 * blocks);
    this.#absorbSmall(data, at, blocks);
  }

  /** Hashes `blocks` blocks of `data` from lane `at`, and XORs `keystream` from lane `from` onto them: opening in one pass. */
  absorbAndDecrypt(data: BigUint64Array, at: number, keystream: BigUint64Array, from: number, blocks: number): void {
    const large = this.#large ?? this.#count(blocks);
    if (large !== undefined) {
      decryptLarge(large, this.#lanes, this.state, data, at, keystream, from, blocks);
      return;
    }
    this.#absorbSmall(data, at, blocks);
    xorLanes(data, at, keystream, from, 2 * blocks);
  }

  /** Counts what the small tables did, and gives the large ones as soon as they pay. */
  #count(blocks: number): BigUint64Array | undefined {
    this.#blocksBefore += blocks;
    if (this.#blocksBefore <= LARGE_TABLE_THRESHOLD_BLOCKS) return undefined;
    this.#large = buildLargeTable(this.#hashKey);
    this.#small = undefined;
    return this.#large;
  }

  /** Shoup's method with 4-bit tables: 32 steps of one look-up, a shift by four and a look-up that reduces. */
  #absorbSmall(data: BigUint64Array, at: number, blocks: number): void {
    const table = this.#small ?? buildSmallTable(this.#hashKey);
    this.#small = table;
    const lanes = this.#lanes;
    const view = this.#view;
    const state = this.state;
    for (const end = at + 2 * blocks; at < end; at += 2) {
      lanes[0] = BigInt.asUintN(64, lanes[0]! ^ data[at]!);
      lanes[1] = BigInt.asUintN(64, lanes[1]! ^ data[at + 1]!);
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
