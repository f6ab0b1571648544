/** `host [ ":" port ]` (RFC 3261 §25.1) with IPv6 references checked as RFC 3986 and RFC 5118 §4.10 want them. */

import { parseIp } from "@purertc/core";
import { CHARACTERS } from "./characters.ts";
import type { Scanner } from "./scanner.ts";
import { asciiTextOf, textOf } from "./text.ts";

const { CLASS, COLON, DIGIT, HOST } = CHARACTERS;

/**
 * A host as written, IPv6 in brackets; undefined, with the cursor at the byte at fault, when it is none. A name is labels that are not empty (one dot may
 * end it); when its last label is all digits, it has to be an IPv4 address.
 */
export function parseHost(scanner: Scanner): string | undefined {
  const { bytes, end, at: start } = scanner;
  if (bytes[start] === OPEN && start < end) return parseIpv6Reference(scanner);
  let at = start;
  let afterDot = true;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if ((CLASS[byte]! & HOST) === 0) break;
    if (byte !== DOT) afterDot = false;
    else if (afterDot) return fail(scanner, at);
    else afterDot = true;
  }
  if (at === start) return undefined;
  // Only a last label that ends with a digit can be all digits.
  const last = afterDot ? at - 2 : at - 1;
  if ((CLASS[bytes[last]!]! & DIGIT) !== 0 && endsWithDigitLabel(bytes, start, last) && !isIpv4(bytes, start, at))
    return fail(scanner, start);
  scanner.at = at;
  return asciiTextOf(bytes, start, at);
}

/** Whether the label that ends at `last` is all digits. */
function endsWithDigitLabel(bytes: Uint8Array, start: number, last: number): boolean {
  let at = last;
  while (at >= start && (CLASS[bytes[at]!]! & DIGIT) !== 0) at -= 1;
  return at < start || bytes[at] === DOT;
}

/** `":" port` when a colon is next: the number, undefined when there is no colon, `"bad"` when digits are missing or above 65535. */
export function parsePort(scanner: Scanner): number | undefined | "bad" {
  if (!scanner.take(COLON)) return undefined;
  return scanner.number(0xffff) ?? "bad";
}

/**
 * The bytes of an IPv6 reference's address; undefined when the text, brackets included, is none. RFC 3261's grammar has a third colon before an embedded
 * IPv4 address, which must be tolerated (RFC 5118 §4.10).
 */
export function ipv6ReferenceAddress(text: string): Uint8Array | undefined {
  if (!text.startsWith("[") || !text.endsWith("]") || !text.includes(":")) return undefined;
  const address = text.slice(1, -1);
  return parseIp(address) ?? (THREE_COLONS.test(address) ? parseIp(address.replace(":::", "::")) : undefined);
}

function parseIpv6Reference(scanner: Scanner): string | undefined {
  const start = scanner.at;
  const limit = Math.min(scanner.end, start + LONGEST_IPV6_REFERENCE);
  let at = start + 1;
  while (at < limit && scanner.bytes[at] !== CLOSE) at += 1;
  if (at >= limit) return undefined;
  const text = textOf(scanner.bytes, start, at + 1);
  if (ipv6ReferenceAddress(text) === undefined) return undefined;
  scanner.at = at + 1;
  return text;
}

/** 1*3DIGIT "." 1*3DIGIT "." 1*3DIGIT "." 1*3DIGIT, none above 255; empty labels never come here. */
function isIpv4(bytes: Uint8Array, start: number, end: number): boolean {
  let dots = 0;
  let digits = 0;
  let value = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === DOT) {
      dots += 1;
      digits = 0;
      value = 0;
    } else {
      digits += 1;
      value = value * 10 + (byte - 0x30);
      if (digits > 3 || value > 255 || byte > 0x39 || byte < 0x30) return false;
    }
  }
  return dots === 3 && digits > 0;
}

function fail(scanner: Scanner, at: number): undefined {
  scanner.at = at;
  return undefined;
}

const DOT = 0x2e;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const THREE_COLONS = /:::[0-9]{1,3}\.[0-9.]+$/;
/** `[` and 45 characters (an IPv4-mapped address in full), perhaps a third colon, and `]`. */
const LONGEST_IPV6_REFERENCE = 48;
