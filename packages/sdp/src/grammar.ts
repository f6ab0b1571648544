/** Pieces of grammar that RFC 8866 §9 and the attribute grammars share. Every expression here is linear in the text it is given. */

/** What one attribute means and how it is written. `text` is what follows `a=name:`, undefined when there is no colon. */
export interface AttributeGrammar<Value> {
  /** The value, or undefined when the text does not follow the grammar. */
  parse(text: string | undefined): Value | undefined;
  /** The text after `a=name:`; undefined when the attribute is a bare name. */
  write(value: Value): string | undefined;
}

/** RFC 8866 §9: 1*(token-char). */
const TOKEN = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;

/** Whether `text` is a token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether `text` has at least one character and none is white space or a control (RFC 8866 §9: non-ws-string). */
export function isNonWhitespace(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the grammar excludes exactly these.
  return /^[^\x00-\x20\x7f]+$/.test(text);
}

/** Decimal digits as a number from `low` to `high`; undefined otherwise. Leading zeros are allowed, as in 1*DIGIT. */
export function parseInteger(text: string | undefined, low: number, high: number): number | undefined {
  if (text === undefined || text.length > 20 || !/^[0-9]+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= low && value <= high ? value : undefined;
}

/** The part before the first `separator` and the part after it; the second is undefined when there is none. */
export function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Base64 with padding (RFC 4648 §4), at least one character. */
export function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}
