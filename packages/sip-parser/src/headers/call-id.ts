/** Call-ID and In-Reply-To (RFC 3261 §20.8, §20.21): `word [ "@" word ]`, case-sensitive. */
import { CHARACTERS } from "../characters.ts";
import type { HeaderGrammar } from "../grammar.ts";
import type { Scanner } from "../scanner.ts";
import { asciiTextOf } from "../text.ts";

const { AT, WORD } = CHARACTERS;

export const callId: HeaderGrammar<string> = { form: "single", parse: parseCallId, write: (value) => value };

export const inReplyTo: HeaderGrammar<string> = { ...callId, form: "list" };

/** A callid at the cursor. */
export function parseCallId(scanner: Scanner): string | undefined {
  const start = scanner.at;
  if (!scanner.skip(WORD)) return undefined;
  if (scanner.take(AT) && !scanner.skip(WORD)) return undefined;
  return asciiTextOf(scanner.bytes, start, scanner.at);
}
