/** leb128 (AV1 bitstream §4.10.5): seven bits an octet, least significant first, the high bit set when more follow. At most 8 octets and 32 bits of value. */

/** End of the number that starts at `at`; -1 when it does not end before `end`, is longer than 8 octets or exceeds 32 bits. */
export function leb128End(bytes: Uint8Array, at: number, end: number): number {
  for (let i = 0; i < 8 && at + i < end; i++) {
    const octet = bytes[at + i]!;
    if ((i === 4 && (octet & 0x70) !== 0) || (i > 4 && (octet & 0x7f) !== 0)) return -1;
    if (octet < 0x80) return at + i + 1;
  }
  return -1;
}

/** The number at `at`, whose end `leb128End` found. */
export function readLeb128(bytes: Uint8Array, at: number): number {
  let value = 0;
  let scale = 1;
  for (let i = at; ; i++) {
    const octet = bytes[i]!;
    value += (octet & 0x7f) * scale;
    if (octet < 0x80) return value;
    scale *= 128;
  }
}

/** Octets of the shortest form of an unsigned 32-bit number: 1 to 5. */
export function leb128Length(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/** Writes the shortest form at `out[at]`; returns its end. */
export function writeLeb128(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest >= 128) {
    out[next++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  out[next++] = rest;
  return next;
}
