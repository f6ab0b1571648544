/**
 * Text out of bytes and back. Most of what SIP carries is short ASCII; these two paths are made for that and fall back to UTF-8 (RFC 3261 §7.3.1,
 * "UTF8-NONASCII") when a byte says so. Pure packages have no TextDecoder.
 */
import { stringFromUtf8, utf8FromString } from "@purertc/core";

/** The text of `bytes[start, end)` as UTF-8; ill-formed sequences become U+FFFD. `start >= end` gives `""`. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length <= 0) return "";
  if (length <= 12) return shortText(bytes, start, length);
  if (length >= UNITS.length) return longText(bytes, start, end);
  const units = UNITS[length] ?? newUnits(length);
  let seen = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i]!;
    units[i] = byte;
    seen |= byte;
  }
  if (seen >= 0x80) return stringFromUtf8(bytes.subarray(start, end));
  return String.fromCharCode.apply(null, units);
}

/**
 * As {@link textOf}, for names that come again and again (hosts, users): the string made last time is given again when the bytes are the same. The cache
 * has a fixed number of slots for short texts, so peers can neither fill memory with it nor slow it down: a slot holds one text, the last.
 */
export function sharedTextOf(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length < 3 || length > LONGEST_SHARED) return textOf(bytes, start, end);
  const slot = (length * 7 + bytes[start]! * 31 + bytes[start + (length >> 1)]! * 13 + bytes[end - 1]!) & (SHARED.length - 1);
  const known = SHARED[slot]!;
  if (known.length === length) {
    let i = 0;
    while (i < length && bytes[start + i] === known.charCodeAt(i)) i += 1;
    // As long as its bytes, the text is ASCII or has U+FFFD, which equals no byte.
    if (i === length) return known;
  }
  const text = textOf(bytes, start, end);
  SHARED[slot] = text;
  return text;
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

/** One to twelve bytes: calls with spelled-out arguments take half the time of `apply`. */
function shortText(bytes: Uint8Array, at: number, length: number): string {
  for (let i = 0; i < length; i++) if (bytes[at + i]! >= 0x80) return stringFromUtf8(bytes.subarray(at, at + length));
  switch (length) {
    case 1:
      return String.fromCharCode(bytes[at]!);
    case 2:
      return String.fromCharCode(bytes[at]!, bytes[at + 1]!);
    case 3:
      return String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!);
    case 4:
      return String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
    case 5:
      return String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!, bytes[at + 4]!);
    case 6:
      return String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!, bytes[at + 4]!, bytes[at + 5]!);
    case 7:
      return String.fromCharCode(
        bytes[at]!,
        bytes[at + 1]!,
        bytes[at + 2]!,
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes[at + 5]!,
        bytes[at + 6]!,
      );
    case 8:
      return String.fromCharCode(
        bytes[at]!,
        bytes[at + 1]!,
        bytes[at + 2]!,
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes[at + 5]!,
        bytes[at + 6]!,
        bytes[at + 7]!,
      );
    case 9:
      return String.fromCharCode(
        bytes[at]!,
        bytes[at + 1]!,
        bytes[at + 2]!,
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes[at + 5]!,
        bytes[at + 6]!,
        bytes[at + 7]!,
        bytes[at + 8]!,
      );
    case 10:
      return String.fromCharCode(
        bytes[at]!,
        bytes[at + 1]!,
        bytes[at + 2]!,
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes[at + 5]!,
        bytes[at + 6]!,
        bytes[at + 7]!,
        bytes[at + 8]!,
        bytes[at + 9]!,
      );
    case 11:
      return String.fromCharCode(
        bytes[at]!,
        bytes[at + 1]!,
        bytes[at + 2]!,
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes[at + 5]!,
        bytes[at + 6]!,
        bytes[at + 7]!,
        bytes[at + 8]!,
        bytes[at + 9]!,
        bytes[at + 10]!,
      );
    default:
      return String.fromCharCode(
        bytes[at]!,
        bytes[at + 1]!,
        bytes[at + 2]!,
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes[at + 5]!,
        bytes[at + 6]!,
        bytes[at + 7]!,
        bytes[at + 8]!,
        bytes[at + 9]!,
        bytes[at + 10]!,
        bytes[at + 11]!,
      );
  }
}

function longText(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (bytes[at]! >= 0x80) return stringFromUtf8(bytes.subarray(start, end));
  }
  const piece = UNITS.length - 1;
  let text = "";
  for (let at = start; at < end; at += piece) text += textOf(bytes, at, Math.min(at + piece, end));
  return text;
}

const LONGEST_SHARED = 48;
const SHARED: string[] = new Array(256).fill("");

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
