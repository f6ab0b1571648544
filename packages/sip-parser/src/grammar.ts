/** What a header grammar is, and how the whole value of a header field is read with one. */
import { Malformed } from "@purertc/core";
import { COMMA, Scanner, SEMICOLON } from "./scanner.ts";

/** The grammar of one value of a header. */
export interface HeaderGrammar<Value> {
  /**
   * `"single"`: the header stands once in a message, with one value. `"list"`: values separated by commas, in any number of header fields, which mean
   * the same as one (RFC 3261 §7.3.1). `"lines"`: any number of header fields of one value each, whose commas belong to the value.
   */
  readonly form: "single" | "list" | "lines";
  /** What separates values in a list. */
  readonly separator?: ";" | undefined;
  /** Whether a list without any value is well-formed, as `Supported:` is. */
  readonly mayBeEmpty?: boolean | undefined;
  /** Reads one value at the cursor and leaves it after the value; undefined, with the cursor near the byte at fault, when there is none. */
  parse(scanner: Scanner): Value | undefined;
  /** One value as text. */
  write(value: Value): string;
}

/** What can be wrong with a header field. */
export type HeaderReason =
  /** No colon, or a name that is not a token. */
  | "bad-header-line"
  /** The value does not follow the header's grammar. */
  | "bad-header-value"
  /** A header that may stand once stands several times. */
  | "repeated-header";

/** Every value in `bytes[start, end)`; {@link Malformed} with the offset of the byte at fault in `bytes`. */
export function parseHeaderValues<Value>(
  grammar: HeaderGrammar<Value>,
  bytes: Uint8Array,
  start: number,
  end: number,
): readonly Value[] | Malformed<HeaderReason> {
  const scanner = SCANNER.reset(bytes, start, end);
  scanner.skipSpace();
  if (grammar.mayBeEmpty === true && scanner.atEnd()) return NO_VALUES;
  const first = grammar.parse(scanner);
  if (first === undefined) return new Malformed("bad-header-value", scanner.at);
  scanner.skipSpace();
  if (scanner.atEnd()) return [first];
  if (grammar.form !== "list") return new Malformed("bad-header-value", scanner.at);
  const separator = grammar.separator === ";" ? SEMICOLON : COMMA;
  const values = [first];
  while (scanner.separator(separator)) {
    const value = grammar.parse(scanner);
    if (value === undefined) return new Malformed("bad-header-value", scanner.at);
    values.push(value);
  }
  scanner.skipSpace();
  return scanner.atEnd() ? values : new Malformed("bad-header-value", scanner.at);
}

const NO_VALUES: readonly never[] = [];
/** Shared by all reads: a grammar never reads another header field, so reads do not nest. */
const SCANNER: Scanner = new Scanner(new Uint8Array(0), 0, 0);
