/** Headers of free text: Subject, Organization, User-Agent, Server, Identity (RFC 3261 §20.25, §20.35, §20.36, §20.41; RFC 8224 carried as it is). */
import { CHARACTERS } from "../characters.ts";
import type { HeaderGrammar } from "../grammar.ts";
import { unfold } from "../scanner.ts";
import { textOf } from "../text.ts";
import { isIn } from "../tokens.ts";

const { LWS } = CHARACTERS;

/** The whole value, folds as single spaces; may be empty. */
export const text: HeaderGrammar<string> = {
  form: "single",
  parse(scanner) {
    let end = scanner.end;
    while (end > scanner.at && isIn(scanner.bytes[end - 1]!, LWS)) end -= 1;
    const value = unfold(textOf(scanner.bytes, scanner.at, end));
    scanner.at = scanner.end;
    return value;
  },
  write: (value) => value,
};

/** Identity (RFC 8224 §4): a signed digest and its parameters, one to a header field; carried, not interpreted. */
export const identity: HeaderGrammar<string> = {
  ...text,
  form: "lines",
  parse: (scanner) => text.parse(scanner) || undefined,
};
