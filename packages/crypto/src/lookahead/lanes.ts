/**
 * The inner loops: 64-bit lanes between `BigUint64Array`s. V8 turns `to[i] = BigInt.asUintN(64, a[j] ^ b[k])` into machine XORs without a BigInt.
 *
 * In the GHASH loops `table` is that of `buildLargeTable`, and `lanes` and `state` are the same 16 bytes: a block is XORed in as lanes, and its bytes
 * choose the 16 products whose XOR is the new state. The three loops are written out because a call per block would cost as much again.
 */

/** XORs `count` lanes of `keystream` from `from` onto `data` from `at`. */
export function xorLanes(data: BigUint64Array, at: number, keystream: BigUint64Array, from: number, count: number): void {
  for (const end = at + count; at < end; at++, from++) data[at] = BigInt.asUintN(64, data[at]! ^ keystream[from]!);
}

/** The product of the state with H, sixteen bytes at a time. The three loops are written out because a call per block would cost as much again. */
/** Hashes `blocks` blocks of `data` from lane `at`. */
export function absorbLarge(
  table: BigUint64Array,
  lanes: BigUint64Array,
  state: Uint8Array,
  data: BigUint64Array,
  at: number,
  blocks: number,
): void {
  for (const end = at + 2 * blocks; at < end; at += 2) {
    lanes[0] = BigInt.asUintN(64, lanes[0]! ^ data[at]!);
    lanes[1] = BigInt.asUintN(64, lanes[1]! ^ data[at + 1]!);
    const i0 = state[0]! << 1;
    const i1 = (256 + state[1]!) << 1;
    const i2 = (512 + state[2]!) << 1;
    const i3 = (768 + state[3]!) << 1;
    const i4 = (1024 + state[4]!) << 1;
    const i5 = (1280 + state[5]!) << 1;
    const i6 = (1536 + state[6]!) << 1;
    const i7 = (1792 + state[7]!) << 1;
    const i8 = (2048 + state[8]!) << 1;
    const i9 = (2304 + state[9]!) << 1;
    const i10 = (2560 + state[10]!) << 1;
    const i11 = (2816 + state[11]!) << 1;
    const i12 = (3072 + state[12]!) << 1;
    const i13 = (3328 + state[13]!) << 1;
    const i14 = (3584 + state[14]!) << 1;
    const i15 = (3840 + state[15]!) << 1;
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

/** XORs `keystream` from lane `from` onto `blocks` blocks of `data` from lane `at`, and hashes the result. */
export function encryptLarge(
  table: BigUint64Array,
  lanes: BigUint64Array,
  state: Uint8Array,
  data: BigUint64Array,
  at: number,
  keystream: BigUint64Array,
  from: number,
  blocks: number,
): void {
  for (const end = at + 2 * blocks; at < end; at += 2, from += 2) {
    data[at] = BigInt.asUintN(64, data[at]! ^ keystream[from]!);
    data[at + 1] = BigInt.asUintN(64, data[at + 1]! ^ keystream[from + 1]!);
    lanes[0] = BigInt.asUintN(64, lanes[0]! ^ data[at]!);
    lanes[1] = BigInt.asUintN(64, lanes[1]! ^ data[at + 1]!);
    const i0 = state[0]! << 1;
    const i1 = (256 + state[1]!) << 1;
    const i2 = (512 + state[2]!) << 1;
    const i3 = (768 + state[3]!) << 1;
    const i4 = (1024 + state[4]!) << 1;
    const i5 = (1280 + state[5]!) << 1;
    const i6 = (1536 + state[6]!) << 1;
    const i7 = (1792 + state[7]!) << 1;
    const i8 = (2048 + state[8]!) << 1;
    const i9 = (2304 + state[9]!) << 1;
    const i10 = (2560 + state[10]!) << 1;
    const i11 = (2816 + state[11]!) << 1;
    const i12 = (3072 + state[12]!) << 1;
    const i13 = (3328 + state[13]!) << 1;
    const i14 = (3584 + state[14]!) << 1;
    const i15 = (3840 + state[15]!) << 1;
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

/** Hashes `blocks` blocks of `data` from lane `at`, then XORs `keystream` from lane `from` onto them. */
export function decryptLarge(
  table: BigUint64Array,
  lanes: BigUint64Array,
  state: Uint8Array,
  data: BigUint64Array,
  at: number,
  keystream: BigUint64Array,
  from: number,
  blocks: number,
): void {
  for (const end = at + 2 * blocks; at < end; at += 2, from += 2) {
    lanes[0] = BigInt.asUintN(64, lanes[0]! ^ data[at]!);
    lanes[1] = BigInt.asUintN(64, lanes[1]! ^ data[at + 1]!);
    data[at] = BigInt.asUintN(64, data[at]! ^ keystream[from]!);
    data[at + 1] = BigInt.asUintN(64, data[at + 1]! ^ keystream[from + 1]!);
    const i0 = state[0]! << 1;
    const i1 = (256 + state[1]!) << 1;
    const i2 = (512 + state[2]!) << 1;
    const i3 = (768 + state[3]!) << 1;
    const i4 = (1024 + state[4]!) << 1;
    const i5 = (1280 + state[5]!) << 1;
    const i6 = (1536 + state[6]!) << 1;
    const i7 = (1792 + state[7]!) << 1;
    const i8 = (2048 + state[8]!) << 1;
    const i9 = (2304 + state[9]!) << 1;
    const i10 = (2560 + state[10]!) << 1;
    const i11 = (2816 + state[11]!) << 1;
    const i12 = (3072 + state[12]!) << 1;
    const i13 = (3328 + state[13]!) << 1;
    const i14 = (3584 + state[14]!) << 1;
    const i15 = (3840 + state[15]!) << 1;
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
