/** URIs in SIP: sip and sips (RFC 3261 §19.1), tel (RFC 3966), and any other absolute URI carried as it is. */

import { Malformed } from "@purertc/core";
import { CHARACTERS } from "./characters.ts";
import { parseHost, parsePort } from "./host.ts";
import { endOfEscaped, Parameters, type ParametersInit, skipEscaped } from "./parameters.ts";
import { Scanner } from "./scanner.ts";
import { asciiTextOf, bytesOf, textOf } from "./text.ts";
import { isIn } from "./tokens.ts";

const { ALPHA, DIGIT } = CHARACTERS;

const { AT, CLASS, COLON, COMMA, EQUALS, GREATER, HEX, PASSWORD, QUESTION, SEMICOLON, UNRESERVED, URIC, URI_HEADER, URI_PARAMETER, USER } =
  CHARACTERS;

/** A SIP or SIPS URI. All parts are as written, escapes kept: `unescapeUri` shows what they mean. */
export interface SipUri {
  /** In lower case. */
  readonly scheme: "sip" | "sips";
  /** Before `@` and `:`; undefined when there is no `@`. May hold `;` and `,` (RFC 3261 §19.1.2), which are not parameters. */
  readonly user: string | undefined;
  /** Between `:` and `@`; `""` when only the colon is there. */
  readonly password: string | undefined;
  /** A name or an address; IPv6 in brackets. */
  readonly host: string;
  /** 0 to 65535; undefined when not given. */
  readonly port: number | undefined;
  /** `transport`, `lr` and others (RFC 3261 §19.1.1); not those of a header that holds the URI. */
  readonly parameters: Parameters;
  /** What follows `?`, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A telephone number (RFC 3966). */
export interface TelUri {
  /** In lower case. */
  readonly scheme: "tel";
  /** As written: a leading `+` when global, visual separators kept. */
  readonly number: string;
  /** `phone-context`, `ext`, `isub` and others (RFC 3966 §3). */
  readonly parameters: Parameters;
}

/** Any other absolute URI. */
export interface AbsoluteUri {
  /** In lower case; never sip, sips or tel. */
  readonly scheme: string;
  /** What follows the colon, as written. */
  readonly opaque: string;
}

/** Any URI; {@link isSipUri} and {@link isTelUri} tell which. */
export type Uri = SipUri | TelUri | AbsoluteUri;

/** What can be wrong with a URI. */
export type UriReason = "bad-scheme" | "bad-user" | "bad-host" | "bad-port" | "bad-parameter" | "bad-header" | "bad-number" | "bad-uri";

/** Whether a URI is sip or sips. */
export function isSipUri(uri: Uri): uri is SipUri {
  return "host" in uri;
}

/** Whether a URI is tel. */
export function isTelUri(uri: Uri): uri is TelUri {
  return "number" in uri;
}

/** Parses a whole text, or bytes, as one URI. */
export function parseUri(input: string | Uint8Array): Uri | Malformed<UriReason> {
  const bytes = typeof input === "string" ? bytesOf(input) : input;
  return parseUriAt(bytes, 0, bytes.length);
}

/** Parses `bytes[start, end)` as one URI; offsets are from the start of `bytes`. */
export function parseUriAt(bytes: Uint8Array, start: number, end: number): Uri | Malformed<UriReason> {
  const scanner = SCANNER.reset(bytes, start, end);
  const uri = scanUri(scanner, true);
  if (uri instanceof Malformed) return uri;
  return scanner.atEnd() ? uri : new Malformed("bad-uri", scanner.at);
}

/**
 * A URI at the cursor. `full` is false for an addr-spec outside angle brackets, whose `;`, `?` and `,` end it
 * (RFC 3261 §20.10). Leaves the cursor after the URI.
 */
export function scanUri(scanner: Scanner, full: boolean): Uri | Malformed<UriReason> {
  const { bytes, end, at: start } = scanner;
  if (end - start >= 4) {
    const word = ((bytes[start]! | 0x20) << 16) | ((bytes[start + 1]! | 0x20) << 8) | (bytes[start + 2]! | 0x20);
    if (bytes[start + 3] === COLON && (word === SIP || word === TEL)) {
      scanner.at = start + 4;
      return word === SIP ? scanSipUri(scanner, "sip", full) : scanTelUri(scanner, full);
    }
    if (word === SIP && (bytes[start + 3]! | 0x20) === 0x73 && bytes[start + 4] === COLON) {
      scanner.at = start + 5;
      return scanSipUri(scanner, "sips", full);
    }
  }
  let at = start;
  if (at >= end || (CLASS[bytes[at]!]! & ALPHA) === 0) return new Malformed("bad-scheme", at);
  while (at < end && isSchemeByte(bytes[at]!)) at += 1;
  if (at >= end || bytes[at] !== COLON) return new Malformed("bad-scheme", at);
  scanner.at = at + 1;
  return scanAbsoluteUri(scanner, asciiTextOf(bytes, start, at).toLowerCase(), full);
}

function scanSipUri(scanner: Scanner, scheme: "sip" | "sips", full: boolean): SipUri | Malformed<UriReason> {
  const { bytes, end, at: start } = scanner;
  let user: string | undefined;
  let password: string | undefined;
  // A user part is there when its characters lead to "@", perhaps over ":password"; otherwise the same bytes are a host.
  const userEnd = endOfEscaped(bytes, start, end, USER);
  if (userEnd > start && userEnd < end) {
    if (bytes[userEnd] === AT) {
      user = asciiTextOf(bytes, start, userEnd);
      scanner.at = userEnd + 1;
    } else if (bytes[userEnd] === COLON) {
      const passwordEnd = endOfEscaped(bytes, userEnd + 1, end, PASSWORD);
      if (passwordEnd < end && bytes[passwordEnd] === AT) {
        user = asciiTextOf(bytes, start, userEnd);
        password = asciiTextOf(bytes, userEnd + 1, passwordEnd);
        scanner.at = passwordEnd + 1;
      }
    }
  }
  const host = parseHost(scanner);
  if (host === undefined)
    return new Malformed(user === undefined && scanner.at === start && hasAt(scanner) ? "bad-user" : "bad-host", scanner.at);
  const port = parsePort(scanner);
  if (port === "bad") return new Malformed("bad-port", scanner.at);
  if (!full) return { scheme, user, password, host, port, parameters: Parameters.none, headers: NO_HEADERS };
  const parameters = Parameters.parseUri(scanner, URI_PARAMETER);
  if (parameters === undefined) return new Malformed("bad-parameter", scanner.at);
  const headers = scanner.peek() === QUESTION ? scanHeaders(scanner) : NO_HEADERS;
  if (headers === undefined) return new Malformed("bad-header", scanner.at);
  return { scheme, user, password, host, port, parameters, headers };
}

/** `"?" header *( "&" header )`, hname "=" hvalue, the value possibly empty. */
function scanHeaders(scanner: Scanner): (readonly [string, string])[] | undefined {
  const headers: (readonly [string, string])[] = [];
  do {
    scanner.at += 1;
    const nameStart = scanner.at;
    if (!skipEscaped(scanner, URI_HEADER)) return undefined;
    const name = scanner.textFrom(nameStart);
    if (!scanner.take(EQUALS)) return undefined;
    const valueStart = scanner.at;
    skipEscaped(scanner, URI_HEADER);
    headers.push([name, scanner.textFrom(valueStart)]);
  } while (scanner.peek() === AMPERSAND);
  return headers;
}

/** RFC 3966 §3: "+" and digits with visual separators, or digits, * and # with them and a phone-context. */
// INTEROP: a local number without phone-context, which RFC 3966 §5.1.5 forbids, is taken: `tel:112` is what phones send.
function scanTelUri(scanner: Scanner, full: boolean): TelUri | Malformed<UriReason> {
  const start = scanner.at;
  const global = scanner.take(PLUS);
  let digits = 0;
  for (; !scanner.atEnd(); scanner.at++) {
    const byte = scanner.peek();
    if ((CLASS[byte]! & DIGIT) !== 0 || (!global && isLocalDigit(byte))) digits += 1;
    else if (!isVisualSeparator(byte)) break;
  }
  if (digits === 0) return new Malformed("bad-number", scanner.at);
  const number = scanner.textFrom(start);
  const parameters = full ? Parameters.parseUri(scanner, URI_PARAMETER) : Parameters.none;
  if (parameters === undefined) return new Malformed("bad-parameter", scanner.at);
  return { scheme: "tel", number, parameters };
}

function scanAbsoluteUri(scanner: Scanner, scheme: string, full: boolean): AbsoluteUri | Malformed<UriReason> {
  const { bytes, end, at: start } = scanner;
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (!full && (byte === SEMICOLON || byte === QUESTION || byte === COMMA)) break;
    if ((CLASS[byte]! & URIC) !== 0) at += 1;
    else if (byte === PERCENT && at + 2 < end && isIn(bytes[at + 1]!, HEX) && isIn(bytes[at + 2]!, HEX)) at += 3;
    else break;
  }
  scanner.at = at;
  return at === start ? new Malformed("bad-uri", at) : { scheme, opaque: asciiTextOf(bytes, start, at) };
}

/** The URI as text, its parts as they are given: nothing is escaped here, use `escapeUser` for texts that may need it. */
export function writeUri(uri: Uri): string {
  if (isSipUri(uri)) {
    let text = `${uri.scheme}:`;
    if (uri.user !== undefined) text += uri.password === undefined ? `${uri.user}@` : `${uri.user}:${uri.password}@`;
    text += uri.port === undefined ? uri.host : `${uri.host}:${uri.port}`;
    if (uri.parameters.size > 0) text += uri.parameters.toString();
    for (let i = 0; i < uri.headers.length; i++) text += `${i === 0 ? "?" : "&"}${uri.headers[i]![0]}=${uri.headers[i]![1]}`;
    return text;
  }
  return isTelUri(uri) ? `tel:${uri.number}${uri.parameters.toString()}` : `${uri.scheme}:${uri.opaque}`;
}

/** Builds a SIP URI from what is given: scheme `sip`, no parameters. `user` and `password` are plain texts and are escaped as needed. */
export function sipUri(init: {
  readonly scheme?: "sip" | "sips";
  readonly user?: string;
  readonly password?: string;
  readonly host: string;
  readonly port?: number;
  readonly parameters?: ParametersInit;
  readonly headers?: readonly (readonly [string, string])[];
}): SipUri {
  return {
    scheme: init.scheme ?? "sip",
    user: init.user === undefined ? undefined : escapeUri(init.user, USER),
    password: init.password === undefined ? undefined : escapeUri(init.password, PASSWORD),
    host: init.host,
    port: init.port,
    parameters: Parameters.of(init.parameters),
    headers: init.headers ?? NO_HEADERS,
  };
}

/** The same SIP or tel URI with other parameters. */
export function withUriParameters<U extends SipUri | TelUri>(uri: U, parameters: ParametersInit): U {
  return { ...uri, parameters: Parameters.of(parameters) };
}

/** A text as it stands in the user part of a URI: everything the grammar does not allow there becomes %HH of its UTF-8 bytes. */
export function escapeUser(text: string): string {
  return escapeUri(text, USER);
}

/** A text as the value of a URI parameter or of a URI header (`?Subject=...`): all but the unreserved characters become %HH. */
export function escapeUriValue(text: string): string {
  return escapeUri(text, UNRESERVED);
}

/** What a part of a URI means: %HH undone, the bytes read as UTF-8. Escapes that are cut stay as they are. */
export function unescapeUri(text: string): string {
  if (!text.includes("%")) return text;
  const bytes = bytesOf(text);
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === PERCENT && at + 2 < bytes.length && isIn(bytes[at + 1]!, HEX) && isIn(bytes[at + 2]!, HEX)) {
      bytes[length++] = Number.parseInt(textOf(bytes, at + 1, at + 3), 16);
      at += 2;
    } else bytes[length++] = bytes[at]!;
  }
  return textOf(bytes, 0, length);
}

function escapeUri(text: string, allowed: number): string {
  let escaped = "";
  for (const byte of bytesOf(text)) {
    escaped += isIn(byte, allowed) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

/** scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) */
function isSchemeByte(byte: number): boolean {
  return isIn(byte, ALPHA | DIGIT) || byte === PLUS || byte === 0x2d || byte === 0x2e;
}

/** Hexadecimal letters, * and #: what a local number may hold besides digits. */
function isLocalDigit(byte: number): boolean {
  return isIn(byte, HEX) || byte === 0x2a || byte === 0x23;
}

/** - . ( ) */
function isVisualSeparator(byte: number): boolean {
  return byte === 0x2d || byte === 0x2e || byte === 0x28 || byte === 0x29;
}

/** Whether an `@` follows before the URI can end: then it is the user part that is wrong. */
function hasAt(scanner: Scanner): boolean {
  for (let at = scanner.at; at < scanner.end && scanner.bytes[at] !== GREATER; at++) if (scanner.bytes[at] === AT) return true;
  return false;
}

/** Shared by all reads, which do not nest. */
const SCANNER: Scanner = new Scanner(new Uint8Array(0), 0, 0);
const NO_HEADERS: readonly (readonly [string, string])[] = [];
const SIP = 0x73_69_70;
const TEL = 0x74_65_6c;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
