/**
 * name-addr and addr-spec with parameters (RFC 3261 §20.10, §25.1): From, To, Reply-To, Contact, Route, Record-Route, and the headers of later RFCs
 * that are made of them.
 */

import { Malformed } from "@purertc/core";
import { CHARACTERS } from "../characters.ts";
import type { HeaderGrammar } from "../grammar.ts";
import { Parameters, type ParametersInit } from "../parameters.ts";
import { type Scanner, unfold } from "../scanner.ts";
import { textOf } from "../text.ts";
import { quote } from "../tokens.ts";
import { parseUri, scanUri, type Uri, writeUri } from "../uri.ts";

const { CLASS, GREATER, LESS, LWS, QUOTE, TOKEN } = CHARACTERS;

/** `"Display name" <uri>;parameter=value`. */
export interface NameAddress {
  /** The text meant, without quotes and escapes; undefined when there is none. */
  readonly displayName: string | undefined;
  /** Of any scheme. */
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

/** name-addr or addr-spec with parameters at the cursor. A bare addr-spec ends at `;`, `,` and `?`, which then are the header's (RFC 3261 §20.10). */
export function parseNameAddress(scanner: Scanner, bracketsRequired: boolean): NameAddress | undefined {
  let displayName: string | undefined;
  const first = scanner.peek();
  if (first === QUOTE) {
    displayName = scanner.quoted();
    if (displayName === undefined) return undefined;
    scanner.skipSpace();
    if (scanner.peek() !== LESS) return undefined;
  } else if (first !== LESS) displayName = unquotedDisplayName(scanner);
  const inBrackets = scanner.take(LESS);
  if (!inBrackets && bracketsRequired) return undefined;
  const uri = scanUri(scanner, inBrackets);
  if (uri instanceof Malformed) {
    scanner.at = uri.offset;
    return undefined;
  }
  if (inBrackets && !scanner.take(GREATER)) return undefined;
  const parameters = Parameters.parse(scanner);
  return parameters === undefined ? undefined : { displayName, uri, parameters };
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

/** `*( token LWS )` before a `<`, to which the cursor then moves; otherwise, for a bare addr-spec, undefined and the cursor stays. */
function unquotedDisplayName(scanner: Scanner): string | undefined {
  const { bytes, end, at: start } = scanner;
  let at = start;
  let last = start;
  while (at < end) {
    const classes = CLASS[bytes[at]!]!;
    if ((classes & TOKEN) !== 0) last = at + 1;
    else if ((classes & LWS) === 0) break;
    at += 1;
  }
  // INTEROP: RFC 4475 §3.1.1.6: the white space before "<" may be missing.
  if (at >= end || bytes[at] !== LESS) return undefined;
  scanner.at = at;
  return unfold(textOf(bytes, start, last));
}
