/**
 * name-addr and addr-spec with parameters (RFC 3261 §20.10, §25.1): From, To, Reply-To, Contact, Route, Record-Route, and the headers of later RFCs
 * that are made of them.
 */
import { Malformed } from "@purertc/core";
import type { HeaderGrammar } from "../grammar.ts";
import { Parameters, type ParametersInit } from "../parameters.ts";
import { GREATER, LESS, QUOTE, type Scanner, unfold } from "../scanner.ts";
import { CLASS, LWS, quote, TOKEN } from "../tokens.ts";
import { parseUri, scanUri, type Uri, writeUri } from "../uri.ts";

/** `"Display name" <uri>;parameter=value`. */
export interface NameAddress {
  /** The text meant, without quotes and escapes; undefined when there is none. */
  readonly displayName: string | undefined;
  readonly uri: Uri;
  /** Header parameters, such as `tag`; those of the URI are in `uri`. */
  readonly parameters: Parameters;
}

/** Builds a name-address. `uri` may be text; a text that is no URI throws `SyntaxError`. */
export function nameAddress(uri: Uri | string, parameters?: ParametersInit, displayName?: string): NameAddress {
  const parsed = typeof uri === "string" ? parseUri(uri) : uri;
  if (parsed instanceof Malformed) throw new SyntaxError(`not a URI (${parsed.reason} at ${parsed.offset}): ${uri}`);
  return { displayName, uri: parsed, parameters: Parameters.of(parameters) };
}

/** `"*" | name-address` at the cursor. A bare addr-spec ends at `;`, `,` and `?`, which then are the header's (RFC 3261 §20.10). */
export function parseNameAddress(scanner: Scanner, bracketsRequired: boolean): NameAddress | undefined {
  const { start: displayStart, text } = scanDisplayName(scanner);
  if (displayStart < 0) return undefined;
  if (scanner.take(LESS)) {
    const uri = scanUri(scanner, true);
    if (uri instanceof Malformed) {
      scanner.at = uri.offset;
      return undefined;
    }
    if (!scanner.take(GREATER)) return undefined;
    const parameters = Parameters.parse(scanner);
    return parameters === undefined ? undefined : { displayName: text, uri, parameters };
  }
  if (bracketsRequired) return undefined;
  const uri = scanUri(scanner, false);
  if (uri instanceof Malformed) {
    scanner.at = uri.offset;
    return undefined;
  }
  const parameters = Parameters.parse(scanner);
  return parameters === undefined ? undefined : { displayName: undefined, uri, parameters };
}

/** A name-address as text: always with brackets, the display name always quoted. */
export function writeNameAddress(value: NameAddress): string {
  const address = `<${writeUri(value.uri)}>${value.parameters.toString()}`;
  return value.displayName === undefined ? address : `${quote(value.displayName)} ${address}`;
}

/** From, To, Reply-To, Refer-To, Referred-By: once, with or without brackets. */
export const singleAddress: HeaderGrammar<NameAddress> = {
  form: "single",
  parse: (scanner) => parseNameAddress(scanner, false),
  write: writeNameAddress,
};

/** P-Asserted-Identity, P-Preferred-Identity (RFC 3325 §9.1): a list, with or without brackets. */
export const addressList: HeaderGrammar<NameAddress> = { ...singleAddress, form: "list" };

/** Route, Record-Route, Path, Service-Route, History-Info: a list of name-addr, brackets required. */
export const bracketedAddressList: HeaderGrammar<NameAddress> = {
  form: "list",
  parse: (scanner) => parseNameAddress(scanner, true),
  write: writeNameAddress,
};

/**
 * `[ display-name ]` before `<`. Moves the cursor to the `<` when there is one after a display name (or none), and leaves it where it was for a bare
 * addr-spec. `start` is -1 when a display name is malformed.
 */
function scanDisplayName(scanner: Scanner): { readonly start: number; readonly text: string | undefined } {
  const { bytes, end, at: start } = scanner;
  if (bytes[start] === LESS) return NO_NAME;
  if (bytes[start] === QUOTE) {
    const text = scanner.quoted();
    scanner.skipSpace();
    return text === undefined || scanner.peek() !== LESS ? BAD_NAME : { start, text };
  }
  // display-name = *( token LWS ); INTEROP: RFC 4475 §3.1.1.6, the last LWS may be missing.
  let at = start;
  let last = start;
  while (at < end) {
    const classes = CLASS[bytes[at]!]!;
    if ((classes & TOKEN) !== 0) last = at + 1;
    else if ((classes & LWS) === 0) break;
    at += 1;
  }
  if (at >= end || bytes[at] !== LESS) return NO_NAME;
  scanner.at = last;
  const text = unfold(scanner.textFrom(start));
  scanner.at = at;
  return { start, text };
}

const NO_NAME = { start: 0, text: undefined } as const;
const BAD_NAME = { start: -1, text: undefined } as const;
