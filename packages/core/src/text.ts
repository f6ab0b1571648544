/** UTF-8 (RFC 3629) without the DOM's TextEncoder, which pure packages do not have. */

/** UTF-8 bytes of a string. Unpaired surrogates become U+FFFD, as in the Encoding standard. */
export function utf8FromString(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const point = scalarValueAt(text, i);
    if (point < 0x80) {
      bytes[at++] = point;
    } else if (point < 0x800) {
      bytes[at++] = 0xc0 | (point >> 6);
      bytes[at++] = 0x80 | (point & 0x3f);
    } else if (point < 0x1_0000) {
      bytes[at++] = 0xe0 | (point >> 12);
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at++] = 0x80 | (point & 0x3f);
    } else {
      bytes[at++] = 0xf0 | (point >> 18);
      bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at++] = 0x80 | (point & 0x3f);
      i += 1;
    }
  }
  return bytes;
}

/** Number of UTF-8 bytes `utf8FromString` would give. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const point = scalarValueAt(text, i);
    if (point < 0x80) length += 1;
    else if (point < 0x800) length += 2;
    else if (point < 0x1_0000) length += 3;
    else {
      length += 4;
      i += 1;
    }
  }
  return length;
}

/**
 * The string that UTF-8 bytes mean. Each maximal ill-formed subpart becomes one U+FFFD, as in the Encoding standard's
 * non-fatal decoder; a leading byte order mark is kept.
 */
export function stringFromUtf8(bytes: Uint8Array): string {
  let text = "";
  let units: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at]!;
    if (first < 0x80) {
      units.push(first);
      at += 1;
    } else {
      const needed = first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0;
      let point = needed === 1 ? first & 0x1f : needed === 2 ? first & 0x0f : first & 0x07;
      let taken = 0;
      while (taken < needed) {
        const next = bytes[at + 1 + taken];
        if (next === undefined || !isContinuation(first, taken, next)) break;
        point = (point << 6) | (next & 0x3f);
        taken += 1;
      }
      at += 1 + taken;
      if (needed === 0 || taken < needed) units.push(0xfffd);
      else if (point < 0x1_0000) units.push(point);
      else units.push(0xd800 + ((point - 0x1_0000) >> 10), 0xdc00 + ((point - 0x1_0000) & 0x3ff));
    }
    if (units.length >= UNITS_PER_PIECE) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

/** The Unicode scalar value that starts at UTF-16 index `i`; U+FFFD for an unpaired surrogate. */
function scalarValueAt(text: string, i: number): number {
  const point = text.codePointAt(i)!;
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
}

/** RFC 3629 §4: the second byte is narrower after E0, ED, F0 and F4. */
function isContinuation(first: number, index: number, byte: number): boolean {
  if (index === 0) {
    if (first === 0xe0) return byte >= 0xa0 && byte <= 0xbf;
    if (first === 0xed) return byte >= 0x80 && byte <= 0x9f;
    if (first === 0xf0) return byte >= 0x90 && byte <= 0xbf;
    if (first === 0xf4) return byte >= 0x80 && byte <= 0x8f;
  }
  return byte >= 0x80 && byte <= 0xbf;
}

/** `String.fromCharCode(...units)` puts its arguments on the stack. */
const UNITS_PER_PIECE = 4096;
