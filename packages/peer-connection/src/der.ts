/** Just enough DER (ITU-T X.690) to write a certificate: definite lengths, one element per function. */
import { concatBytes } from "@purertc/core";

/** SEQUENCE of the given elements. */
export function derSequence(...elements: readonly Uint8Array[]): Uint8Array {
  return derElement(0x30, concatBytes(...elements));
}

/** SET of one element (a set of more would have to be sorted, §11.6). */
export function derSetOfOne(element: Uint8Array): Uint8Array {
  return derElement(0x31, element);
}

/** INTEGER from big-endian bytes of a non-negative number; at least one byte. */
export function derUnsignedInteger(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const digits = bytes.subarray(start);
  // §8.3: two's complement, so a leading one bit needs a zero byte before it.
  return derElement(0x02, digits[0]! >= 0x80 ? concatBytes(Uint8Array.of(0), digits) : digits);
}

/** BIT STRING of whole bytes. */
export function derBitString(bytes: Uint8Array): Uint8Array {
  return derElement(0x03, concatBytes(Uint8Array.of(0), bytes));
}

/** NULL. */
export function derNull(): Uint8Array {
  return derElement(0x05, new Uint8Array(0));
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
  return derElement(0x06, Uint8Array.from(bytes));
}

/** UTF8String of ASCII text. */
export function derUtf8String(ascii: string): Uint8Array {
  return derElement(0x0c, asciiBytes(ascii));
}

/** A constructed, context-specific element: an EXPLICIT tag from 0 to 30. */
export function derExplicit(tag: number, element: Uint8Array): Uint8Array {
  return derElement(0xa0 | tag, element);
}

/** RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. Whole seconds, rounded down. */
export function derTime(unixMs: number): Uint8Array {
  const { year, month, day, hour, minute, second } = civilTime(unixMs);
  const rest = [month, day, hour, minute, second].map((part) => String(part).padStart(2, "0")).join("");
  if (year < 2050) return derElement(0x17, asciiBytes(`${String(year % 100).padStart(2, "0")}${rest}Z`));
  return derElement(0x18, asciiBytes(`${String(year).padStart(4, "0")}${rest}Z`));
}

function derElement(tag: number, content: Uint8Array): Uint8Array {
  const header = derHeader(tag, content.length);
  const element = new Uint8Array(header.length + content.length);
  element.set(header);
  element.set(content, header.length);
  return element;
}

/** §8.1.3: the length in one byte below 128, otherwise the number of bytes that follow. */
function derHeader(tag: number, length: number): readonly number[] {
  if (length < 0x80) return [tag, length];
  if (length < 0x100) return [tag, 0x81, length];
  const bytes: number[] = [];
  for (let left = length; left > 0; left >>>= 8) bytes.unshift(left & 0xff);
  return [tag, 0x80 | bytes.length, ...bytes];
}

function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
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
