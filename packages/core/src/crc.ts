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

function update(table: Int32Array, start: number, bytes: Uint8Array, from: number, to: number): number {
  if (to - from < MIN_WORDS_LENGTH || !LITTLE_ENDIAN) return updateByBytes(table, start, bytes, from, to);
  const aligned = from + (-(bytes.byteOffset + from) & 3);
  const blocks = (to - aligned) >> 4;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, blocks * 4);
  const crc = updateByWords(table, updateByBytes(table, start, bytes, from, aligned), words);
  return updateByBytes(table, crc, bytes, aligned + blocks * 16, to);
}

/** Sixteen bytes a round. One load of a word and three shifts are half the price of four loads of a byte. */
function updateByWords(t: Int32Array, start: number, words: Int32Array): number {
  let crc = start;
  for (let i = 0; i < words.length; i += 4) {
    const a = words[i]! ^ crc;
    const b = words[i + 1]!;
    const c = words[i + 2]!;
    const d = words[i + 3]!;
    crc =
      t[0xf00 + (a & 255)]! ^
      t[0xe00 + ((a >>> 8) & 255)]! ^
      t[0xd00 + ((a >>> 16) & 255)]! ^
      t[0xc00 + (a >>> 24)]! ^
      t[0xb00 + (b & 255)]! ^
      t[0xa00 + ((b >>> 8) & 255)]! ^
      t[0x900 + ((b >>> 16) & 255)]! ^
      t[0x800 + (b >>> 24)]! ^
      t[0x700 + (c & 255)]! ^
      t[0x600 + ((c >>> 8) & 255)]! ^
      t[0x500 + ((c >>> 16) & 255)]! ^
      t[0x400 + (c >>> 24)]! ^
      t[0x300 + (d & 255)]! ^
      t[0x200 + ((d >>> 8) & 255)]! ^
      t[0x100 + ((d >>> 16) & 255)]! ^
      t[d >>> 24]!;
  }
  return crc;
}

function updateByBytes(t: Int32Array, start: number, b: Uint8Array, from: number, to: number): number {
  let crc = start;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ t[(crc ^ b[i]!) & 255]!;
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
/** Below this the view over the words costs more than it saves. */
const MIN_WORDS_LENGTH = 64;
const LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;
