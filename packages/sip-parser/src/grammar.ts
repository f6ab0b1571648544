/** What a header grammar is. */
import type { Scanner } from "./scanner.ts";

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
