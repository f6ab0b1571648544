/** Warning (RFC 3261 §20.43): `307 isi.edu "Session parameter 'foo' not understood"`. */
import { CHARACTERS } from "../characters.ts";
import type { HeaderGrammar } from "../grammar.ts";
import { quote } from "../tokens.ts";

const { PARAMETER_VALUE } = CHARACTERS;

/** What was not as it should be, told by a server on the way or at its end. */
export interface Warning {
  /** Three digits. */
  readonly code: number;
  /** hostport or a pseudonym of who warns. */
  readonly agent: string;
  /** For people, without quotes and escapes. */
  readonly text: string;
}

export const warning: HeaderGrammar<Warning> = {
  form: "list",
  parse(scanner) {
    const start = scanner.at;
    const code = scanner.number(999);
    if (code === undefined || scanner.at - start !== 3 || !scanner.take(SPACE)) return undefined;
    scanner.skipSpace();
    const agent = scanner.run(PARAMETER_VALUE);
    scanner.skipSpace();
    const text = scanner.quoted();
    return agent === undefined || text === undefined ? undefined : { code, agent, text };
  },
  write: (value) => `${String(value.code).padStart(3, "0")} ${value.agent} ${quote(value.text)}`,
};

const SPACE = 0x20;
