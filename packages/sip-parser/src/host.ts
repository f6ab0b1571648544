/** `host [ ":" port ]` (RFC 3261 §25.1) with IPv6 references checked as RFC 3986 and RFC 5118 §4.10 want them. */
import { parseIp } from "@purertc/core";
import { COLON, type Scanner } from "./scanner.ts";
import { textOf } from "./text.ts";
import { CLASS, DIGIT, HOST } from "./tokens.ts";

/** A host as written, IPv6 in brackets; undefined, with the cursor at the byte at fault, when it is none. */
export function parseHost(scanner: Scanner): string | undefined {
  const start = scanner.at;
  if (scanner.peek() === OPEN) return parseIpv6Reference(scanner);
  if (!scanner.skip(HOST) || !isHostName(scanner.bytes, start, scanner.at)) {
    scanner.at = start;
    return undefined;
  }
  return scanner.textFrom(start);
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

/** Labels that are not empty (one dot may end the name), and four numbers up to 255 when the last label is all digits. */
function isHostName(bytes: Uint8Array, start: number, end: number): boolean {
  let last = end;
  if (bytes[last - 1] === DOT && last - 1 > start) last -= 1;
  let labels = 1;
  let numeric = 0;
  let value = 0;
  let onlyDigits = true;
  let labelStart = start;
  for (let at = start; ; at++) {
    const byte = at < last ? bytes[at]! : DOT;
    if (byte === DOT) {
      if (at === labelStart) return false;
      const fits = onlyDigits && at - labelStart <= 3 && value <= 255;
      if (fits) numeric += 1;
      if (at >= last) return !onlyDigits || (fits && numeric === 4 && labels === 4 && last === end);
      labels += 1;
      labelStart = at + 1;
      value = 0;
      onlyDigits = true;
    } else if ((CLASS[byte]! & DIGIT) !== 0) {
      if (value <= 255) value = value * 10 + (byte - 0x30);
    } else onlyDigits = false;
  }
}

const DOT = 0x2e;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const THREE_COLONS = /:::[0-9]{1,3}\.[0-9.]+$/;
/** `[` and 45 characters (an IPv4-mapped address in full), perhaps a third colon, and `]`. */
const LONGEST_IPV6_REFERENCE = 48;
