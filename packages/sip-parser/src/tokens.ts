/** Character classes and small terminals of RFC 3261 §25.1, over bytes. */

/** `token`: alphanum and - . ! % * _ + ` ' ~ */
export const TOKEN = 0x01;
/** `word`: token and ( ) < > : \ " / [ ] ? { } */
export const WORD = 0x02;
/** What `user` may hold besides escapes: unreserved and & = + $ , ; ? / */
export const USER = 0x04;
/** What `password` may hold besides escapes: unreserved and & = + $ , */
export const PASSWORD = 0x08;
/** What URI parameters may hold besides escapes: unreserved and [ ] / : & + $ */
export const URI_PARAMETER = 0x10;
/** What URI headers may hold besides escapes: unreserved and [ ] / ? : + $ */
export const URI_HEADER = 0x20;
/** `uric` without escapes: unreserved and ; / ? : @ & = + $ , */
export const URIC = 0x40;
/** A host name's characters: alphanum - . and the underscore that RFC 3261 does not have. */
// INTEROP: container and Windows host names carry underscores in Via and Contact; nothing else can start with one there.
export const HOST = 0x80;
/** A value after `=` in a header parameter: token, and [ ] : for hosts (RFC 3261 §25.1 gen-value; RFC 5118 §4.5). */
export const PARAMETER_VALUE = 0x100;
export const DIGIT = 0x200;
export const ALPHA = 0x400;
/** SP, HTAB, and the CR and LF of folds; framing has made sure that every CRLF inside a value is followed by white space. */
export const LWS = 0x800;
/** A base64 or base64url character or padding. */
export const BASE64 = 0x1000;
/** Hexadecimal digits. */
export const HEX = 0x2000;
/** `unreserved`: alphanum and - _ . ! ~ * ' ( ) */
export const UNRESERVED = 0x4000;

/** The classes of each byte, as a bit set. */
export const CLASS: Uint16Array = new Uint16Array(256);

/** Whether a byte is in any of the classes. `undefined` (past the end) is in none. */
export function isIn(byte: number, classes: number): boolean {
  return (CLASS[byte]! & classes) !== 0;
}

/** Whether every character of a text is ASCII and in one of the classes, and there is at least one. */
export function isAll(text: string, classes: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f || (CLASS[unit]! & classes) === 0) return false;
  }
  return text.length > 0;
}

/** Whether a text is a `token`. */
export function isToken(text: string): boolean {
  return isAll(text, TOKEN);
}

/** Whether a text is a `callid`: word [ "@" word ]. */
export function isCallId(text: string): boolean {
  const at = text.indexOf("@");
  return at < 0 ? isAll(text, WORD) : isAll(text.slice(0, at), WORD) && isAll(text.slice(at + 1), WORD);
}

/** Whether ASCII texts are equal but for case. */
export function sameIgnoringCase(a: string, b: string): boolean {
  return a === b || (a.length === b.length && a.toLowerCase() === b.toLowerCase());
}

/** Value of a hexadecimal digit's byte; -1 for any other byte. */
export function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** A `quoted-string` of any text: quotes and backslashes escaped, controls (but HTAB) too. CR and LF cannot be carried and become spaces. */
export function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: quoted-pair exists for them.
  return `"${text.replace(/[\r\n]/g, " ").replace(/["\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "\\$&")}"`;
}

/** The text that a `quoted-string` (with its quotes) means; any other text as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== 0x22 || text.charCodeAt(text.length - 1) !== 0x22) return text;
  const inner = text.slice(1, -1);
  return inner.includes("\\") ? inner.replace(/\\([\s\S])/g, "$1") : inner;
}

function add(classes: number, characters: string): void {
  for (let i = 0; i < characters.length; i++) CLASS[characters.charCodeAt(i)]! |= classes;
}

const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const EVERYWHERE = TOKEN | WORD | USER | PASSWORD | URI_PARAMETER | URI_HEADER | URIC | HOST | PARAMETER_VALUE | BASE64 | UNRESERVED;
add(EVERYWHERE | DIGIT | HEX, DIGITS);
add(EVERYWHERE | ALPHA, LETTERS);
add(HEX, "abcdefABCDEF");
add(TOKEN | PARAMETER_VALUE, "-.!%*_+`'~");
add(PARAMETER_VALUE, "[]:");
add(WORD, "-.!%*_+`'~()<>:\\\"/[]?{}");
add(USER | PASSWORD | URI_PARAMETER | URI_HEADER | URIC | UNRESERVED, "-_.!~*'()");
add(USER, "&=+$,;?/");
add(PASSWORD, "&=+$,");
add(URI_PARAMETER, "[]/:&+$");
add(URI_HEADER, "[]/?:+$");
add(URIC, ";/?:@&=+$,[]");
add(HOST, "-._");
add(LWS, " \t\r\n");
add(BASE64, "+/=-_");
