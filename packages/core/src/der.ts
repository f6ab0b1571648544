/**
 * DER (ITU-T X.690), as much of it as certificates need: elements with an identifier of one octet and a definite length, written and found. What an
 * element means is for whoever looks for it.
 */
import { concatBytes } from "./bytes.ts";
import { Malformed } from "./malformed.ts";
import { utf8FromString } from "./text.ts";

/** Identifier octets of universal types (X.680 §8.6, constructed where they have to be). */
export const DerTag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/** One element in bytes: its identifier octet, and where its contents begin and end. */
export interface DerElement {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** Why there is no element. `"bad-tag"`: an identifier of several octets; `"bad-length"`: an indefinite form, or a length of more than four octets. */
export type DerFault = "truncated" | "bad-tag" | "bad-length";

/** The element at `at`, which has to end by `limit`. */
export function derElementAt(bytes: Uint8Array, at: number, limit: number): DerElement | Malformed<DerFault> {
  if (limit - at < 2) return new Malformed("truncated", limit);
  const tag = bytes[at]!;
  if ((tag & 0x1f) === 0x1f) return new Malformed("bad-tag", at);
  const first = bytes[at + 1]!;
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4) return new Malformed("bad-length", at + 1);
    if (limit - start < octets) return new Malformed("truncated", limit);
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + bytes[start + i]!;
    start += octets;
  }
  return limit - start < length ? new Malformed("truncated", limit) : { tag, start, end: start + length };
}

/** An element with these contents, one after the other; 16 MB at most. */
export function derElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of contents) length += part.length;
  return concatBytes(derHeader(tag, length), ...contents);
}

/** SEQUENCE of the given elements. */
export function derSequence(...elements: readonly Uint8Array[]): Uint8Array {
  return derElement(DerTag.SEQUENCE, ...elements);
}

/** INTEGER from big-endian bytes of a non-negative number; at least one byte. */
export function derUnsignedInteger(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const digits = bytes.subarray(start);
  // §8.3: two's complement, so a leading one bit needs a zero byte before it.
  return digits[0]! >= 0x80 ? derElement(DerTag.INTEGER, Uint8Array.of(0), digits) : derElement(DerTag.INTEGER, digits);
}

/** BIT STRING of whole bytes. */
export function derBitString(bytes: Uint8Array): Uint8Array {
  return derElement(DerTag.BIT_STRING, Uint8Array.of(0), bytes);
}

/** OBJECT IDENTIFIER from its dotted form, arcs below 2^31. */
export function derObjectIdentifier(dotted: string): Uint8Array {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const arc of [first! * 40 + second!, ...rest]) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift(0x80 | (left & 0x7f));
    bytes.push(...digits);
  }
  return derElement(DerTag.OBJECT_IDENTIFIER, Uint8Array.from(bytes));
}

/** UTF8String. */
export function derUtf8String(text: string): Uint8Array {
  return derElement(DerTag.UTF8_STRING, utf8FromString(text));
}

/** RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. Unix milliseconds, rounded down to whole seconds. */
export function derTime(unixMs: number): Uint8Array {
  const { year, month, day, hour, minute, second } = civilTime(unixMs);
  const rest = [month, day, hour, minute, second].map((part) => String(part).padStart(2, "0")).join("");
  if (year < 2050) return derElement(DerTag.UTC_TIME, utf8FromString(`${String(year % 100).padStart(2, "0")}${rest}Z`));
  return derElement(DerTag.GENERALIZED_TIME, utf8FromString(`${String(year).padStart(4, "0")}${rest}Z`));
}

/** §8.1.3: the length in one byte below 128, otherwise the number of bytes that follow. */
function derHeader(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length);
  const bytes: number[] = [];
  for (let left = length; left > 0; left >>>= 8) bytes.unshift(left & 0xff);
  return Uint8Array.of(tag, 0x80 | bytes.length, ...bytes);
}

/** Calendar fields of a Unix time, by counting from 1 March of year 0: leap days then come last in their year and in their 400 years. */
function civilTime(unixMs: number): { year: number; month: number; day: number; hour: number; minute: number; second: number } {
  const seconds = Math.floor(unixMs / 1000);
  const days = Math.floor(seconds / 86_400) + 719_468;
  const ofDay = seconds - (days - 719_468) * 86_400;
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
    hour: Math.floor(ofDay / 3600),
    minute: Math.floor(ofDay / 60) % 60,
    second: ofDay % 60,
  };
}
