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
  if (length <= 12) return shortText(bytes, start, length);
  // Behind a field there nearly always are more bytes: making more units than needed and taking a slice is faster than `apply`, unless it reads past the end.
  if (length <= 24 && start + 24 <= bytes.length) return twentyFour(bytes, start).slice(0, length);
  if (length <= 40 && start + 40 <= bytes.length) return forty(bytes, start).slice(0, length);
  if (length <= 64 && start + 64 <= bytes.length) return sixtyFour(bytes, start).slice(0, length);
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

/** One to twelve bytes: calls with spelled-out arguments take half of the time of `apply`. */
function shortText(b: Uint8Array, a: number, length: number): string {
  // biome-ignore format: one line for each length
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
    default: return String.fromCharCode(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!, b[a + 10]!, b[a + 11]!);
  }
}

function twentyFour(b: Uint8Array, a: number): string {
  // biome-ignore format: ten to a line
  return String.fromCharCode(
    b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!,
    b[a + 10]!, b[a + 11]!, b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!, b[a + 16]!, b[a + 17]!, b[a + 18]!, b[a + 19]!,
    b[a + 20]!, b[a + 21]!, b[a + 22]!, b[a + 23]!,
  );
}

function forty(b: Uint8Array, a: number): string {
  // biome-ignore format: ten to a line
  return String.fromCharCode(
    b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!,
    b[a + 10]!, b[a + 11]!, b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!, b[a + 16]!, b[a + 17]!, b[a + 18]!, b[a + 19]!,
    b[a + 20]!, b[a + 21]!, b[a + 22]!, b[a + 23]!, b[a + 24]!, b[a + 25]!, b[a + 26]!, b[a + 27]!, b[a + 28]!, b[a + 29]!,
    b[a + 30]!, b[a + 31]!, b[a + 32]!, b[a + 33]!, b[a + 34]!, b[a + 35]!, b[a + 36]!, b[a + 37]!, b[a + 38]!, b[a + 39]!,
  );
}

function sixtyFour(b: Uint8Array, a: number): string {
  // biome-ignore format: ten to a line
  return String.fromCharCode(
    b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!, b[a + 8]!, b[a + 9]!,
    b[a + 10]!, b[a + 11]!, b[a + 12]!, b[a + 13]!, b[a + 14]!, b[a + 15]!, b[a + 16]!, b[a + 17]!, b[a + 18]!, b[a + 19]!,
    b[a + 20]!, b[a + 21]!, b[a + 22]!, b[a + 23]!, b[a + 24]!, b[a + 25]!, b[a + 26]!, b[a + 27]!, b[a + 28]!, b[a + 29]!,
    b[a + 30]!, b[a + 31]!, b[a + 32]!, b[a + 33]!, b[a + 34]!, b[a + 35]!, b[a + 36]!, b[a + 37]!, b[a + 38]!, b[a + 39]!,
    b[a + 40]!, b[a + 41]!, b[a + 42]!, b[a + 43]!, b[a + 44]!, b[a + 45]!, b[a + 46]!, b[a + 47]!, b[a + 48]!, b[a + 49]!,
    b[a + 50]!, b[a + 51]!, b[a + 52]!, b[a + 53]!, b[a + 54]!, b[a + 55]!, b[a + 56]!, b[a + 57]!, b[a + 58]!, b[a + 59]!,
    b[a + 60]!, b[a + 61]!, b[a + 62]!, b[a + 63]!,
  );
}

function longText(bytes: Uint8Array, start: number, end: number): string {
  const piece = UNITS.length - 1;
  let text = "";
  for (let at = start; at < end; at += piece) text += asciiTextOf(bytes, at, Math.min(at + piece, end));
  return text;
}

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
