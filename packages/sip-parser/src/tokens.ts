/** Small terminals of RFC 3261 §25.1, over bytes and texts. */
import { CHARACTERS } from "./characters.ts";
import { unfold } from "./scanner.ts";

const { CLASS, TOKEN } = CHARACTERS;

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
  const inner = unfold(text.slice(1, -1));
  return inner.includes("\\") ? inner.replace(/\\([\s\S])/g, "$1") : inner;
}
