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

test("SP 800-38D §7.1: any bytes are padded with zeros, and the lengths are 64-bit numbers of bits", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.uint8Array({ maxLength: 70 }),
      fc.nat(5),
      fc.nat(65_536),
      (hashKey, all, at, long) => {
        const data = all.subarray(Math.min(at, all.length));
        const padded = new Uint8Array(((data.length + 15) & ~15) + 16);
        padded.set(data);
        writeU32(padded, padded.length - 12, data.length * 8);
        writeU32(padded, padded.length - 4, long * 8);
        for (const ghash of [new Ghash(hashKey), warmedUp(hashKey)]) {
          ghash.reset();
          const from = Math.min(at, all.length);
          const whole = all.length - (data.length % 16);
          // The last bytes with the lengths, or, as for additional data, before them.
          const together = long % 2 === 0;
          ghash.absorbPadded(all, from, (together ? whole : all.length) - from);
          ghash.absorbEnd(all, together ? whole : all.length, all.length, data.length, long);
          expect(hexFromBytes(ghash.state)).toBe(slowGhash(hashKey, padded));
        }
      },
    ),
    { numRuns: 25 },
  );
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
