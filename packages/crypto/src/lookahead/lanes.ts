/**
 * The inner loops: XOR over 32-bit words, and GHASH with the large tables.
 *
 * In the GHASH loops `table` is that of `buildLargeTable`, and `lanes` and `words` are the same 16 bytes, the state: a block is XORed in as words, whose bytes
 * choose the 16 products that make up the new state, as 64-bit lanes. V8 turns `lanes[i] = BigInt.asUintN(64, a[j] ^ b[k])` into machine XORs without a BigInt.
 * The loops are written out because a call per block would cost as much again, and take little-endian words.
 */

/** XORs `count` words of `keystream` from `from` onto `data` from `at`. Four at a time: twice as fast as one. */
export function xorWords(data: Int32Array, at: number, keystream: Int32Array, from: number, count: number): void {
  const end = at + count;
  for (const last = end - 3; at < last; at += 4, from += 4) {
    data[at]! ^= keystream[from]!;
    data[at + 1]! ^= keystream[from + 1]!;
    data[at + 2]! ^= keystream[from + 2]!;
    data[at + 3]! ^= keystream[from + 3]!;
  }
  for (; at < end; at++, from++) data[at]! ^= keystream[from]!;
}

/** The same with lanes. Where both ends allow it, another half faster. */
export function xorLanes(data: BigUint64Array, at: number, keystream: BigUint64Array, from: number, count: number): void {
  const end = at + count;
  for (const last = end - 1; at < last; at += 2, from += 2) {
    data[at] = BigInt.asUintN(64, data[at]! ^ keystream[from]!);
    data[at + 1] = BigInt.asUintN(64, data[at + 1]! ^ keystream[from + 1]!);
  }
  if (at < end) data[at] = BigInt.asUintN(64, data[at]! ^ keystream[from]!);
}

/** Writes the XOR of `count` words of `data`, from its first, and of `keystream` from `from` to `out` from `at`. */
export function xorWordsInto(out: Int32Array, at: number, data: Int32Array, keystream: Int32Array, from: number, count: number): void {
  let i = 0;
  for (const last = count - 3; i < last; i += 4, at += 4, from += 4) {
    out[at] = data[i]! ^ keystream[from]!;
    out[at + 1] = data[i + 1]! ^ keystream[from + 1]!;
    out[at + 2] = data[i + 2]! ^ keystream[from + 2]!;
    out[at + 3] = data[i + 3]! ^ keystream[from + 3]!;
  }
  for (; i < count; i++, at++, from++) out[at] = data[i]! ^ keystream[from]!;
}

/** Hashes `blocks` blocks of `data` from word `at`. */
export function absorbLarge(
  table: BigUint64Array,
  lanes: BigUint64Array,
  words: Int32Array,
  data: Int32Array,
  at: number,
  blocks: number,
): void {
  for (const end = at + 4 * blocks; at < end; at += 4) {
    const w0 = words[0]! ^ data[at]!;
    const w1 = words[1]! ^ data[at + 1]!;
    const w2 = words[2]! ^ data[at + 2]!;
    const w3 = words[3]! ^ data[at + 3]!;
    const i0 = (w0 & 255) << 1;
    const i1 = ((w0 >>> 7) & 510) + 512;
    const i2 = ((w0 >>> 15) & 510) + 1024;
    const i3 = ((w0 >>> 23) & 510) + 1536;
    const i4 = ((w1 & 255) << 1) + 2048;
    const i5 = ((w1 >>> 7) & 510) + 2560;
    const i6 = ((w1 >>> 15) & 510) + 3072;
    const i7 = ((w1 >>> 23) & 510) + 3584;
    const i8 = ((w2 & 255) << 1) + 4096;
    const i9 = ((w2 >>> 7) & 510) + 4608;
    const i10 = ((w2 >>> 15) & 510) + 5120;
    const i11 = ((w2 >>> 23) & 510) + 5632;
    const i12 = ((w3 & 255) << 1) + 6144;
    const i13 = ((w3 >>> 7) & 510) + 6656;
    const i14 = ((w3 >>> 15) & 510) + 7168;
    const i15 = ((w3 >>> 23) & 510) + 7680;
    lanes[0] = BigInt.asUintN(
      64,
      table[i0]! ^
        table[i1]! ^
        table[i2]! ^
        table[i3]! ^
        table[i4]! ^
        table[i5]! ^
        table[i6]! ^
        table[i7]! ^
        table[i8]! ^
        table[i9]! ^
        table[i10]! ^
        table[i11]! ^
        table[i12]! ^
        table[i13]! ^
        table[i14]! ^
        table[i15]!,
    );
    lanes[1] = BigInt.asUintN(
      64,
      table[i0 + 1]! ^
        table[i1 + 1]! ^
        table[i2 + 1]! ^
        table[i3 + 1]! ^
        table[i4 + 1]! ^
        table[i5 + 1]! ^
        table[i6 + 1]! ^
        table[i7 + 1]! ^
        table[i8 + 1]! ^
        table[i9 + 1]! ^
        table[i10 + 1]! ^
        table[i11 + 1]! ^
        table[i12 + 1]! ^
        table[i13 + 1]! ^
        table[i14 + 1]! ^
        table[i15 + 1]!,
    );
  }
}

/** XORs `keystream` from word `from` onto `blocks` blocks of `data` from word `at`, and hashes the result. */
export function encryptLarge(
  table: BigUint64Array,
  lanes: BigUint64Array,
  words: Int32Array,
  data: Int32Array,
  at: number,
  keystream: Int32Array,
  from: number,
  blocks: number,
): void {
  for (const end = at + 4 * blocks; at < end; at += 4, from += 4) {
    const c0 = data[at]! ^ keystream[from]!;
    const c1 = data[at + 1]! ^ keystream[from + 1]!;
    const c2 = data[at + 2]! ^ keystream[from + 2]!;
    const c3 = data[at + 3]! ^ keystream[from + 3]!;
    data[at] = c0;
    data[at + 1] = c1;
    data[at + 2] = c2;
    data[at + 3] = c3;
    const w0 = words[0]! ^ c0;
    const w1 = words[1]! ^ c1;
    const w2 = words[2]! ^ c2;
    const w3 = words[3]! ^ c3;
    const i0 = (w0 & 255) << 1;
    const i1 = ((w0 >>> 7) & 510) + 512;
    const i2 = ((w0 >>> 15) & 510) + 1024;
    const i3 = ((w0 >>> 23) & 510) + 1536;
    const i4 = ((w1 & 255) << 1) + 2048;
    const i5 = ((w1 >>> 7) & 510) + 2560;
    const i6 = ((w1 >>> 15) & 510) + 3072;
    const i7 = ((w1 >>> 23) & 510) + 3584;
    const i8 = ((w2 & 255) << 1) + 4096;
    const i9 = ((w2 >>> 7) & 510) + 4608;
    const i10 = ((w2 >>> 15) & 510) + 5120;
    const i11 = ((w2 >>> 23) & 510) + 5632;
    const i12 = ((w3 & 255) << 1) + 6144;
    const i13 = ((w3 >>> 7) & 510) + 6656;
    const i14 = ((w3 >>> 15) & 510) + 7168;
    const i15 = ((w3 >>> 23) & 510) + 7680;
    lanes[0] = BigInt.asUintN(
      64,
      table[i0]! ^
        table[i1]! ^
        table[i2]! ^
        table[i3]! ^
        table[i4]! ^
        table[i5]! ^
        table[i6]! ^
        table[i7]! ^
        table[i8]! ^
        table[i9]! ^
        table[i10]! ^
        table[i11]! ^
        table[i12]! ^
        table[i13]! ^
        table[i14]! ^
        table[i15]!,
    );
    lanes[1] = BigInt.asUintN(
      64,
      table[i0 + 1]! ^
        table[i1 + 1]! ^
        table[i2 + 1]! ^
        table[i3 + 1]! ^
        table[i4 + 1]! ^
        table[i5 + 1]! ^
        table[i6 + 1]! ^
        table[i7 + 1]! ^
        table[i8 + 1]! ^
        table[i9 + 1]! ^
        table[i10 + 1]! ^
        table[i11 + 1]! ^
        table[i12 + 1]! ^
        table[i13 + 1]! ^
        table[i14 + 1]! ^
        table[i15 + 1]!,
    );
  }
}
