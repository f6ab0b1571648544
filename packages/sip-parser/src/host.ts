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
  let labelStart = start;
  let isNumeric = false;
  /** What all characters of the label have in common. */
  let kinds = DIGIT;
  let at = start;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    const classes = CLASS[byte]!;
    if ((classes & HOST) === 0) break;
    if (byte === DOT) {
      if (at === labelStart) return fail(scanner, at);
      isNumeric = kinds !== 0;
      labelStart = at + 1;
      kinds = DIGIT;
    } else kinds &= classes;
  }
  if (at === start) return undefined;
  if (at > labelStart) isNumeric = kinds !== 0;
  if (isNumeric && !isIpv4(bytes, start, at)) return fail(scanner, start);
  scanner.at = at;
  return asciiTextOf(bytes, start, at);
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
