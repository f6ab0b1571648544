/**
 * Text out of bytes and back. Most of what SIP carries is short ASCII; these two paths are made for that and fall back to UTF-8 (RFC 3261 §7.3.1,
 * "UTF8-NONASCII") when a byte says so. Pure packages have no TextDecoder.
 */
import { stringFromUtf8, utf8FromString } from "@purertc/core";

/** The text of `bytes[start, end)` as UTF-8; ill-formed sequences become U+FFFD. `start >= end` gives `""`. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; at++) if (bytes[at]! >= 0x80) return stringFromUtf8(bytes.subarray(start, end));
  return asciiTextOf(bytes, start, end);
}

/** As {@link textOf}, for bytes that are known to be ASCII because a grammar has matched them. */
export function asciiTextOf(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length <= 0) return "";
  if (length <= LONGEST_SHORT) return shortText(bytes, start, length);
  if (length >= UNITS.length) return longText(bytes, start, end);
  const units = UNITS[length] ?? newUnits(length);
  for (let i = 0; i < length; i++) units[i] = bytes[start + i]!;
  return String.fromCharCode.apply(null, units);
}

/** UTF-8 bytes of a text, in a new array. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return utf8FromString(text);
    bytes[i] = unit;
  }
  return bytes;
}

/** One to twenty-four ASCII bytes: calls with spelled-out arguments take half to two thirds of the time of `apply`. */
function shortText(b: Uint8Array, a: number, length: number): string {
  // biome-ignore format: one line or two for each length
  switch (length) {
    case 1: return String.fromCharCode(b[a]!);
    case 2: return String.fromCharCode(b[a]!, b[a + 1]!);
    case 3: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!);
    case 4: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!);
    case 5: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!);
    case 6: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!);
    case 7: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!);
    case 8: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!);
    case 9: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!);
    case 10: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!);
    case 11: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!);
    case 12: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!);
    case 13: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!);
    case 14: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!, b[a + 13]!);
    case 15: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!, b[a + 13]!, b[a + 14]!);
    case 16: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!);
    case 17: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!, b[a + 16]!);
    case 18: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!, b[a + 16]!, b[a + 17]!);
    case 19: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!, b[a + 16]!, b[a + 17]!, b[a + 18]!);
    case 20: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!, b[a + 16]!, b[a + 17]!, b[a + 18]!, b[a + 19]!);
    case 21: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!, b[a + 16]!, b[a + 17]!, b[a + 18]!, b[a + 19]!, b[a + 20]!);
    case 22: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!, b[a + 16]!, b[a + 17]!, b[a + 18]!, b[a + 19]!, b[a + 20]!, b[a + 21]!);
    case 23: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!, b[a + 16]!, b[a + 17]!, b[a + 18]!, b[a + 19]!, b[a + 20]!, b[a + 21]!, b[a + 22]!);
    default: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!,
      b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!, b[a + 16]!, b[a + 17]!, b[a + 18]!, b[a + 19]!, b[a + 20]!, b[a + 21]!, b[a + 22]!, b[a + 23]!);
  }
}

function longText(bytes: Uint8Array, start: number, end: number): string {
  const piece = UNITS.length - 1;
  let text = "";
  for (let at = start; at < end; at += piece) text += asciiTextOf(bytes, at, Math.min(at + piece, end));
  return text;
}

const LONGEST_SHORT = 24;

/**
 * One scratch array per length, made when first needed: `apply` with a plain array of exactly the right length is the fastest way from bytes to a
 * string that plain ECMAScript has.
 */
const UNITS: (number[] | undefined)[] = new Array(129).fill(undefined);

function newUnits(length: number): number[] {
  const units: number[] = [];
  for (let i = 0; i < length; i++) units.push(0);
  UNITS[length] = units;
  return units;
}
