/** Retry-After (RFC 3261 §20.33): `120 (I'm in a meeting);duration=3600`. */
import type { HeaderGrammar } from "../grammar.ts";
import { Parameters } from "../parameters.ts";
import { type Scanner, unfold } from "../scanner.ts";

/** When to try again. */
export interface RetryAfter {
  /** Seconds, 0 to 2^32 - 1. */
  readonly seconds: number;
  /** The comment without its outer parentheses, escapes kept. */
  readonly comment: string | undefined;
  /** `duration`, for how many seconds it will then be possible, and extensions. */
  readonly parameters: Parameters;
}

export const retryAfter: HeaderGrammar<RetryAfter> = {
  form: "single",
  parse(scanner) {
    const seconds = scanner.number(0xffff_ffff);
    if (seconds === undefined) return undefined;
    scanner.skipSpace();
    let comment: string | undefined;
    if (scanner.peek() === OPEN) {
      comment = parseComment(scanner);
      if (comment === undefined) return undefined;
    }
    const parameters = Parameters.parse(scanner);
    return parameters === undefined ? undefined : { seconds, comment, parameters };
  },
  write: (value) => `${value.seconds}${value.comment === undefined ? "" : ` (${value.comment})`}${value.parameters.toString()}`,
};

/** comment = LPAREN *( ctext / quoted-pair / comment ) RPAREN; nesting is counted, not recursed into. */
function parseComment(scanner: Scanner): string | undefined {
  const start = scanner.at;
  let depth = 0;
  for (; !scanner.atEnd(); scanner.at++) {
    const byte = scanner.peek();
    if (byte === BACKSLASH) scanner.at += 1;
    else if (byte === OPEN) depth += 1;
    else if (byte === CLOSE) {
      depth -= 1;
      if (depth === 0) {
        scanner.at += 1;
        return unfold(scanner.textFrom(start).slice(1, -1));
      }
    }
  }
  scanner.at = start;
  return undefined;
}

const OPEN = 0x28;
const CLOSE = 0x29;
const BACKSLASH = 0x5c;
