/**
 * Text out of bytes and back. Most of what SIP carries is short ASCII; these two paths are made for that and fall back to UTF-8 (RFC 3261 §7.3.1,
 * "UTF8-NONASCII") when a byte says so. Pure packages have no TextDecoder.
 */
import { stringFromUtf8, utf8FromString } from "@purertc/core";

/** The text of `bytes[start, end)` as UTF-8; ill-formed sequences become U+FFFD. `start >= end` gives `""`. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length <= 0) return "";
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

function longText(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if (bytes[at]! >= 0x80) return stringFromUtf8(bytes.subarray(start, end));
  }
  const piece = UNITS.length - 1;
  let text = "";
  for (let at = start; at < end; at += piece) text += textOf(bytes, at, Math.min(at + piece, end));
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
