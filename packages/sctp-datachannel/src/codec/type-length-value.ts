/**
 * The list form shared by parameters (RFC 9260 §3.2.1) and error causes (§3.3.10):
 *
 *     0                   1                   2                   3
 *    +-------------------------------+-------------------------------+
 *    |        type or code           |  length (with these 4 bytes)  |
 *    +-------------------------------+-------------------------------+
 *    |   value, then 0 to 3 bytes of padding that length leaves out  |
 */
import { Malformed, readU16, writeU16 } from "@purertc/core";

/** Reads one value of a list: `bytes[from, to)` is the value without its header. */
export type ParseValue<T> = (bytes: Uint8Array, type: number, from: number, to: number) => T | Malformed;

/** Reads the whole list in `bytes[from, to)`. The last item may lack its padding, which a chunk's length leaves out. */
export function parseTlvList<T>(bytes: Uint8Array, from: number, to: number, parseValue: ParseValue<T>): T[] | Malformed {
  const items: T[] = [];
  let at = from;
  while (at < to) {
    if (to - at < 4) return new Malformed("truncated", at);
    const length = readU16(bytes, at + 2);
    if (length < 4 || at + length > to) return new Malformed("bad-length", at + 2);
    const item = parseValue(bytes, readU16(bytes, at), at + 4, at + length);
    if (item instanceof Malformed) return item;
    items.push(item);
    at += padded(length);
  }
  return items;
}

/** Fills in the header at `at` of an item whose value ends at `end`, and zeroes its padding. `statedLength` is obeyed. Returns `end`. */
export function finishTlv(out: Uint8Array, at: number, type: number, end: number, statedLength: number | undefined): number {
  writeU16(out, at, type);
  writeU16(out, at + 2, statedLength ?? end - at);
  out.fill(0, end, Math.min(out.length, padded(end)));
  return end;
}

/** The next multiple of four. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
