import { hexFromBytes, writeU32 } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Ghash, LARGE_TABLE_THRESHOLD_BLOCKS } from "./ghash.ts";

/** SP 800-38D §6.3 and §6.4 word for word: one bit at a time. */
function slowGhash(hashKey: Uint8Array, blocks: Uint8Array): string {
  const integer = (bytes: Uint8Array): bigint => BigInt(`0x${hexFromBytes(bytes)}`);
  const h = integer(hashKey);
  let y = 0n;
  for (let at = 0; at < blocks.length; at += 16) {
    const x = y ^ integer(blocks.subarray(at, at + 16));
    let z = 0n;
    let v = h;
    for (let bit = 127n; bit >= 0n; bit--) {
      if (((x >> bit) & 1n) === 1n) z ^= v;
      v = (v & 1n) === 0n ? v >> 1n : (v >> 1n) ^ (0xe1n << 120n);
    }
    y = z;
  }
  return y.toString(16).padStart(32, "0");
}

const words = (bytes: Uint8Array): Int32Array => new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
/** 16 to 96 bytes, aligned. */
const blocks = fc
  .uint8Array({ minLength: 96, maxLength: 96 })
  .chain((all) => fc.integer({ min: 1, max: 6 }).map((n) => all.slice(0, 16 * n)));

/** Hashes enough zeros for the large tables to be built, and starts again. */
function warmedUp(hashKey: Uint8Array): Ghash {
  const ghash = new Ghash(hashKey);
  ghash.absorb(new Int32Array(4 * LARGE_TABLE_THRESHOLD_BLOCKS + 4), 0, LARGE_TABLE_THRESHOLD_BLOCKS + 1);
  ghash.reset();
  return ghash;
}

test("SP 800-38D §6.4: both kinds of tables give GHASH", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), blocks, (hashKey, data) => {
      const expected = slowGhash(hashKey, data);
      for (const ghash of [new Ghash(hashKey), warmedUp(hashKey)]) {
        ghash.reset();
        ghash.absorb(words(data), 0, data.length / 16);
        expect(hexFromBytes(ghash.state)).toBe(expected);
      }
    }),
    { numRuns: 25 },
  );
});

test("SP 800-38D §7.1: the fused pass is XOR, then GHASH", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      blocks,
      fc.uint8Array({ minLength: 112, maxLength: 112 }),
      (hashKey, data, key) => {
        const keystream = key.slice();
        const count = data.length / 16;
        const ciphertext = data.map((byte, i) => byte ^ keystream[16 + i]!);
        for (const ghash of [new Ghash(hashKey), warmedUp(hashKey)]) {
          ghash.reset();
          const work = data.slice();
          ghash.encryptAndAbsorb(words(work), 0, words(keystream), 4, count);
          expect(work).toEqual(ciphertext);
          expect(hexFromBytes(ghash.state)).toBe(slowGhash(hashKey, ciphertext));
        }
      },
    ),
    { numRuns: 25 },
  );
});

test("SP 800-38D §7.1: additional data, by bytes and by words, and data are padded with zeros; the lengths are 64-bit numbers of bits", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ maxLength: 70 }),
      fc.nat(65_536),
      (hashKey, aad, data, said) => {
        const whole = (length: number): number => (length + 15) & ~15;
        const expected = new Uint8Array(whole(aad.length) + whole(data.length) + 16);
        expected.set(aad);
        expected.set(data, whole(aad.length));
        writeU32(expected, expected.length - 12, said * 8);
        writeU32(expected, expected.length - 4, data.length * 8);
        // What stands behind either, in the same memory, is not hashed.
        const aadMemory = new Uint8Array(64).fill(0xaa);
        aadMemory.set(aad);
        const memory = new Uint8Array(96).fill(0xdd);
        memory.set(data);
        for (const ghash of [new Ghash(hashKey), warmedUp(hashKey)]) {
          for (const byWords of aad.length % 4 === 0 ? [false, true] : [false]) {
            ghash.reset();
            if (byWords) ghash.absorbPaddedWords(words(aadMemory), 0, aad.length / 4);
            else ghash.absorbPadded(aadMemory, aad.length);
            const blocks = data.length >> 4;
            ghash.absorb(words(memory), 0, blocks);
            ghash.absorbEnd(words(memory), 4 * blocks, memory, data.length, said, data.length);
            expect(hexFromBytes(ghash.state)).toBe(slowGhash(hashKey, expected));
          }
        }
      },
    ),
    { numRuns: 50 },
  );
});

test("SP 800-38D §7.2: a tag is compared by bytes and by words, all of it", () => {
  const ghash = warmedUp(new Uint8Array(16).fill(5));
  ghash.absorb(Int32Array.of(1, 2, 3, 4), 0, 1);
  const tag = new Uint8Array(24);
  tag.set(ghash.state, 4);
  expect(ghash.isState(tag, 4)).toBe(true);
  expect(ghash.isStateInWords(words(tag), 1)).toBe(true);
  for (let i = 4; i < 20; i++) {
    tag[i]! ^= 1;
    expect(ghash.isState(tag, 4)).toBe(false);
    expect(ghash.isStateInWords(words(tag), 1)).toBe(false);
    tag[i]! ^= 1;
  }
});

test("lookahead: an idle key has no GHASH tables, a hardly used one 256 bytes, and only a busy one 64 KiB", () => {
  const ghash = new Ghash(new Uint8Array(16).fill(1));
  expect(ghash.tableBytes).toBe(0);
  const data = new Int32Array(4 * 64);
  for (let blocks = 0; blocks < LARGE_TABLE_THRESHOLD_BLOCKS; blocks += 64) {
    ghash.absorb(data, 0, 64);
    expect(ghash.tableBytes).toBe(256);
  }
  ghash.absorb(data, 0, 1);
  expect(ghash.tableBytes).toBe(65_536);
});
