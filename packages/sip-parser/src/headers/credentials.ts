/**
 * Authorization, Proxy-Authorization, WWW-Authenticate, Proxy-Authenticate (RFC 3261 §20.7, §20.27, §20.28, §20.44; RFC 8760) and
 * Authentication-Info (§20.6). Commas separate parameters here, so each header field holds one challenge or one set of credentials (§7.3.1).
 */
import { CHARACTERS } from "../characters.ts";
import type { HeaderGrammar } from "../grammar.ts";
import type { Scanner } from "../scanner.ts";
import { isToken, quote, sameIgnoringCase } from "../tokens.ts";

const { BASE64, COMMA, EQUALS, QUOTE, TOKEN } = CHARACTERS;

/** One `name=value`. */
export interface AuthParameter {
  /** As written; compares without case. */
  readonly name: string;
  /** The text meant, without quotes. */
  readonly value: string;
  /** Whether the value stands in quotes. */
  readonly quoted: boolean;
}

/** A challenge or credentials. */
export interface Credentials {
  /** `"Digest"`, or any other token, as written; `""` in Authentication-Info, which has none. */
  readonly scheme: string;
  /** A bare base64 text after the scheme instead of parameters, as `Bearer` has (RFC 8898). */
  readonly token68?: string | undefined;
  /** In order; empty with a `token68`. */
  readonly parameters: readonly AuthParameter[];
}

/** The value of a parameter of credentials or of a challenge, names without case. */
export function authParameter(credentials: Credentials, name: string): string | undefined {
  return credentials.parameters.find((each) => sameIgnoringCase(each.name, name))?.value;
}

/**
 * Builds credentials or a challenge. Values are written in quotes where RFC 3261 §25.1 or RFC 7616 §3.3 have quotes: all but `algorithm`, `stale`, `nc`,
 * in credentials also `qop`.
 */
export function credentials(
  scheme: string,
  parameters: { readonly [name: string]: string | undefined },
  kind: "credentials" | "challenge",
): Credentials {
  const list: AuthParameter[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    const bare = BARE.has(name.toLowerCase()) || (kind === "credentials" && name.toLowerCase() === "qop");
    list.push({ name, value, quoted: !bare || !isToken(value) });
  }
  return { scheme, parameters: list };
}

export const authorization: HeaderGrammar<Credentials> = {
  form: "lines",
  parse(scanner) {
    const scheme = scanner.token();
    const afterScheme = scanner.at;
    scanner.skipSpace();
    if (scheme === undefined || scanner.at === afterScheme) return undefined;
    const start = scanner.at;
    const parameters = parseParameters(scanner);
    if (parameters !== undefined) return { scheme, parameters };
    scanner.at = start;
    const token68 = scanner.run(TOKEN | BASE64);
    return token68 === undefined ? undefined : { scheme, token68, parameters: [] };
  },
  write: (value) => `${value.scheme} ${value.token68 ?? writeParameters(value.parameters)}`,
};

export const authenticationInfo: HeaderGrammar<Credentials> = {
  form: "single",
  parse(scanner) {
    const parameters = parseParameters(scanner);
    return parameters === undefined ? undefined : { scheme: "", parameters };
  },
  write: (value) => writeParameters(value.parameters),
};

/** auth-param *( COMMA auth-param ), to the end of the value. */
function parseParameters(scanner: Scanner): AuthParameter[] | undefined {
  const parameters: AuthParameter[] = [];
  do {
    const name = scanner.token();
    if (name === undefined || !scanner.separator(EQUALS)) return undefined;
    const quoted = scanner.peek() === QUOTE;
    const value = quoted ? scanner.quoted() : scanner.run(TOKEN | BASE64);
    if (value === undefined) return undefined;
    parameters.push({ name, value, quoted });
  } while (scanner.separator(COMMA));
  scanner.skipSpace();
  return scanner.atEnd() ? parameters : undefined;
}

function writeParameters(parameters: readonly AuthParameter[]): string {
  return parameters.map(({ name, value, quoted }) => `${name}=${quoted ? quote(value) : value}`).join(", ");
}

const BARE: ReadonlySet<string> = new Set(["algorithm", "stale", "nc", "userhash"]);
