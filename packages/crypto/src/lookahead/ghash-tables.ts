/** Tables of products with the hash key H in GF(2^128), as GHASH orders its bits (NIST SP 800-38D §6.3). */

/**
 * H times every power of x from 0 to 127, in GCM's reflected bit order (§6.3): 4 words each, most significant first. A right shift multiplies by x;
 * what falls out comes back as x^128 = x^7 + x^2 + x + 1, which is 0xe1 in the first byte.
 */
function powers(hashKey: Uint8Array): Uint32Array {
  const view = new DataView(hashKey.buffer, hashKey.byteOffset, 16);
  const rows = new Uint32Array(128 * 4);
  let a = view.getUint32(0);
  let b = view.getUint32(4);
  let c = view.getUint32(8);
  let d = view.getUint32(12);
  for (let row = 0; row < rows.length; row += 4) {
    rows[row] = a;
    rows[row + 1] = b;
    rows[row + 2] = c;
    rows[row + 3] = d;
    const fallsOut = d & 1;
    d = (d >>> 1) | (c << 31);
    c = (c >>> 1) | (b << 31);
    b = (b >>> 1) | (a << 31);
    a = (a >>> 1) ^ (fallsOut * 0xe100_0000);
  }
  return rows;
}

/** H times each of the 16 values of a nibble. Bit 3 of a nibble is the lower power. */
export function buildSmallTable(hashKey: Uint8Array): Uint32Array {
  const rows = powers(hashKey);
  const table = new Uint32Array(16 * 4);
  for (let value = 1; value < 16; value++) {
    const rest = value & (value - 1);
    const row = 4 * (3 - Math.log2(value ^ rest));
    for (let word = 0; word < 4; word++) table[4 * value + word] = rows[row + word]! ^ table[4 * rest + word]!;
  }
  return table;
}

/** H times each value of a byte at each of 16 positions: two lanes each, in the byte order of the machine's memory. */
export function buildLargeTable(hashKey: Uint8Array): BigUint64Array {
  const rows = powers(hashKey);
  const memory = new ArrayBuffer(16 * 256 * 16);
  const view = new DataView(memory);
  const table = new BigUint64Array(memory);
  for (let position = 0; position < 16; position++) {
    const first = position * 256;
    for (let bit = 0; bit < 8; bit++) {
      const at = 16 * (first + (0x80 >> bit));
      for (let word = 0; word < 4; word++) view.setUint32(at + 4 * word, rows[4 * (8 * position + bit) + word]!);
    }
    for (let value = 1; value < 256; value++) {
      const rest = value & (value - 1);
      const [to, left, right] = [2 * (first + value), 2 * (first + rest), 2 * (first + (value ^ rest))];
      table[to] = BigInt.asUintN(64, table[left]! ^ table[right]!);
      table[to + 1] = BigInt.asUintN(64, table[left + 1]! ^ table[right + 1]!);
    }
  }
  return table;
}

/** What four bits that fall out on the right become on the left: the upper 16 bits of the first word. Computed from the polynomial, the same for every key. */
export const REDUCTION: Uint16Array = Uint16Array.from({ length: 16 }, (_, bits) => {
  let word = 0;
  for (let bit = 0; bit < 4; bit++) if ((bits & (1 << bit)) !== 0) word ^= 0xe100 >>> (3 - bit);
  return word;
});
