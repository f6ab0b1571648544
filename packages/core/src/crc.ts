/**
 * CRC-32 (STUN FINGERPRINT, RFC 8489 §14.7) and CRC-32C (SCTP, RFC 9260 §6.8 and appendix A).
 * Both are reflected CRCs with initial value and final XOR of all ones. Slicing-by-16: one table per byte position.
 */

/** CRC-32 (polynomial 0x04C11DB7) of `bytes[from, to)`, as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  return ~update(IEEE, -1, bytes, from, to) >>> 0;
}

/** CRC-32C (polynomial 0x1EDC6F41, Castagnoli) of `bytes[from, to)`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  return ~update(CASTAGNOLI, -1, bytes, from, to) >>> 0;
}

/** The same with the four bytes at `zeroAt` read as zero: the checksum field of an SCTP packet, left in place. */
export function crc32cZeroing(bytes: Uint8Array, from: number, to: number, zeroAt: number): number {
  let crc = update(CASTAGNOLI, -1, bytes, from, zeroAt);
  crc = update(CASTAGNOLI, crc, FOUR_ZEROS, 0, 4);
  return ~update(CASTAGNOLI, crc, bytes, zeroAt + 4, to) >>> 0;
}

function update(t: Int32Array, start: number, b: Uint8Array, from: number, to: number): number {
  let crc = start;
  let i = from;
  for (const end = to - 15; i < end; i += 16) {
    crc ^= b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24);
    crc =
      t[0xf00 + (crc & 255)]! ^
      t[0xe00 + ((crc >>> 8) & 255)]! ^
      t[0xd00 + ((crc >>> 16) & 255)]! ^
      t[0xc00 + (crc >>> 24)]! ^
      t[0xb00 + b[i + 4]!]! ^
      t[0xa00 + b[i + 5]!]! ^
      t[0x900 + b[i + 6]!]! ^
      t[0x800 + b[i + 7]!]! ^
      t[0x700 + b[i + 8]!]! ^
      t[0x600 + b[i + 9]!]! ^
      t[0x500 + b[i + 10]!]! ^
      t[0x400 + b[i + 11]!]! ^
      t[0x300 + b[i + 12]!]! ^
      t[0x200 + b[i + 13]!]! ^
      t[0x100 + b[i + 14]!]! ^
      t[b[i + 15]!]!;
  }
  for (; i < to; i++) crc = (crc >>> 8) ^ t[(crc ^ b[i]!) & 255]!;
  return crc;
}

/** Table k (at 256 k) maps a byte to its remainder after k more zero bytes. */
function tables(reflectedPolynomial: number): Int32Array {
  const table = new Int32Array(16 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ reflectedPolynomial : crc >>> 1;
    table[byte] = crc;
  }
  for (let i = 256; i < table.length; i++) table[i] = (table[i - 256]! >>> 8) ^ table[table[i - 256]! & 255]!;
  return table;
}

const IEEE = tables(0xedb8_8320);
const CASTAGNOLI = tables(0x82f6_3b78);
const FOUR_ZEROS = new Uint8Array(4);
