/**
 * Headers made of tokens: Allow, Supported, Require, Proxy-Require, Unsupported, Content-Encoding, Content-Language, Priority, MIME-Version,
 * Allow-Events, Recv-Info, Request-Disposition, Privacy, SIP-ETag and SIP-If-Match.
 */
import { CHARACTERS } from "../characters.ts";
import type { HeaderGrammar } from "../grammar.ts";
import type { Scanner } from "../scanner.ts";
import { asciiTextOf } from "../text.ts";
import { knownWord } from "../words.ts";

const { TOKEN } = CHARACTERS;

/** One token (RFC 3261 §20.26 Priority; RFC 3903 §11.3). */
export const token: HeaderGrammar<string> = { form: "single", parse: parseWord, write: (value) => value };

/** Tokens with commas, at least one (Require, Unsupported, Content-Encoding, Content-Language, Allow-Events, Request-Disposition). */
export const tokenList: HeaderGrammar<string> = { ...token, form: "list" };

/** As {@link tokenList}, but the header may be empty (Allow, Supported, Recv-Info). */
export const optionalTokenList: HeaderGrammar<string> = { ...tokenList, mayBeEmpty: true };

/** Privacy (RFC 3323 §4.2): values separated by semicolons. */
export const privacy: HeaderGrammar<string> = { ...tokenList, separator: ";" };

/** MIME-Version (RFC 3261 §20.24): digits, dot, digits. */
export const mimeVersion: HeaderGrammar<string> = {
  form: "single",
  parse(scanner) {
    const start = scanner.at;
    if (scanner.number(0xffff) === undefined || !scanner.take(0x2e) || scanner.number(0xffff) === undefined) return undefined;
    return scanner.textFrom(start);
  },
  write: (value) => value,
};

function parseWord(scanner: Scanner): string | undefined {
  const start = scanner.at;
  if (!scanner.skip(TOKEN)) return undefined;
  return knownWord(scanner.bytes, start, scanner.at) ?? asciiTextOf(scanner.bytes, start, scanner.at);
}
