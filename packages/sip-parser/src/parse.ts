/** From bytes to a message in one pass (RFC 3261 §7, §25). Only what cannot be framed is refused; `validateSipMessage` judges the rest. */

import { Malformed } from "@purertc/core";
import { CHARACTERS } from "./characters.ts";
import {
  findHeaderDefinition,
  type HeaderDefinition,
  hashNameByte,
  headerDefinition,
  nameAt,
  namedDefinition,
  nameLength,
} from "./header-definition.ts";
import { HeaderField } from "./header-field.ts";
import { SipHeaders } from "./headers.ts";
import { type BodyRange, type SipMessage, SipRequest, SipResponse } from "./message.ts";
import { Scanner } from "./scanner.ts";
import { StartLine } from "./start-line.ts";

const { CLASS, TOKEN } = CHARACTERS;

/** Bounds on what is accepted. */
export interface SipParseOptions {
  /** Octets of the whole message; default 1 MiB. */
  readonly maxLength?: number;
  /** Header fields; default 500. */
  readonly maxHeaderFields?: number;
}

/** Why bytes are not a SIP message. */
export type SipReason =
  /** Nothing but CRLFs: a keep-alive (RFC 5626 §3.5.1), not a message. */
  | "keep-alive"
  /** The bytes end before the empty line that ends the header fields. */
  | "truncated"
  /** The first line is neither a Request-Line nor a Status-Line of any SIP version. */
  | "not-sip"
  /** A CR without LF, or an LF without CR, before the body: different parsers would see different messages. */
  | "bare-line-break"
  | "too-long"
  | "too-many-header-fields";

/** Default of {@link SipParseOptions.maxLength}. */
export const DEFAULT_MAX_LENGTH = 1_048_576;
/** Default of {@link SipParseOptions.maxHeaderFields}. */
export const DEFAULT_MAX_HEADER_FIELDS = 500;

/**
 * Parses one message, such as a datagram. Never throws. The message keeps views of `bytes`, so they must not change while it is in use; bytes after the
 * body that Content-Length gives are left out (§18.3).
 */
export function parseSipMessage(bytes: Uint8Array, options: SipParseOptions = NO_OPTIONS): SipMessage | Malformed<SipReason> {
  const length = bytes.length;
  if (length > (options.maxLength ?? DEFAULT_MAX_LENGTH)) return new Malformed("too-long", options.maxLength ?? DEFAULT_MAX_LENGTH);
  // §7.5: empty lines before the start line are ignored.
  let at = 0;
  while (at + 1 < length && bytes[at] === CR && bytes[at + 1] === LF) at += 2;
  if (at >= length) return new Malformed(length === 0 ? "truncated" : "keep-alive", 0);
  const lineStart = at;
  at = endOfLine(bytes, at);
  if (at < 0) return new Malformed(at === -1 ? "truncated" : "bare-line-break", lineBreakAt(bytes, lineStart));
  const start = new StartLine(bytes, lineStart, at);
  if (start.kind === "neither") return new Malformed("not-sip", lineStart);

  const fields: HeaderField[] = [];
  const maxFields = options.maxHeaderFields ?? DEFAULT_MAX_HEADER_FIELDS;
  let lengthField: HeaderField | undefined;
  let lengthFields = 0;
  for (;;) {
    if (at + 1 < length && bytes[at] === CR && bytes[at + 1] === LF) break;
    if (at >= length) return new Malformed("truncated", length);
    if (fields.length === maxFields) return new Malformed("too-many-header-fields", at);
    // header = name *( SP / HTAB ) ":" value, and lines that begin with white space go on with it.
    const fieldStart = at;
    const known = nameAt(bytes, at);
    let definition: HeaderDefinition | undefined;
    let colon: number;
    if (known >= 0) {
      definition = namedDefinition(known);
      colon = at + nameLength(known);
      at = colon + 1;
    } else {
      let hash = 0;
      while (at < length && (CLASS[bytes[at]!]! & TOKEN) !== 0) hash = hashNameByte(hash, bytes[at++]!);
      const nameEnd = at;
      while (bytes[at] === SPACE || bytes[at] === TAB) at += 1;
      colon = nameEnd > fieldStart && bytes[at] === COLON ? at : -1;
      if (colon >= 0) definition = findHeaderDefinition(bytes, fieldStart, nameEnd, hash);
    }
    do {
      const next = endOfLine(bytes, at);
      if (next < 0) return new Malformed(next === -1 ? "truncated" : "bare-line-break", lineBreakAt(bytes, at));
      at = next;
    } while (bytes[at] === SPACE || bytes[at] === TAB);
    const field = new HeaderField(bytes, fieldStart, colon, at, definition);
    fields.push(field);
    if (definition === CONTENT_LENGTH) {
      lengthField ??= field;
      lengthFields += 1;
    }
  }
  const body = bodyRange(bytes, at + 2, lengthFields === 1 ? lengthField : undefined);
  const headers = new SipHeaders(fields);
  return start.kind === "request" ? new SipRequest(start, headers, body) : new SipResponse(start, headers, body);
}

/** §18.3: Content-Length octets, or all that is left when it is absent or tells nothing. */
function bodyRange(bytes: Uint8Array, start: number, field: HeaderField | undefined): BodyRange {
  const available = bytes.length - start;
  const declared = field === undefined ? undefined : declaredLength(field);
  if (declared === undefined) return { source: bytes, start, end: bytes.length, missing: 0, surplus: 0 };
  const taken = Math.min(declared, available);
  return { source: bytes, start, end: start + taken, missing: declared - taken, surplus: available - taken };
}

function declaredLength(field: HeaderField): number | undefined {
  const scanner = SCANNER.reset(field.source, field.colon + 1, field.end);
  scanner.skipSpace();
  const declared = scanner.number(Number.MAX_SAFE_INTEGER);
  scanner.skipSpace();
  return scanner.atEnd() ? declared : undefined;
}

/** Offset after the CRLF that ends the line `at` is in; -1 when there is none, -2 for a bare CR or LF before it. */
function endOfLine(bytes: Uint8Array, from: number): number {
  const length = bytes.length;
  for (let at = from; at < length; at++) {
    const byte = bytes[at]!;
    if (byte > CR) continue;
    if (byte === CR) {
      if (at + 1 >= length) return -1;
      return bytes[at + 1] === LF ? at + 2 : -2;
    }
    if (byte === LF) return -2;
  }
  return -1;
}

/** Offset of the first CR or LF; the end when there is none. */
function lineBreakAt(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== CR && bytes[at] !== LF) at += 1;
  return at;
}

const NO_OPTIONS: SipParseOptions = {};
const SCANNER: Scanner = new Scanner(new Uint8Array(0), 0, 0);
const CONTENT_LENGTH: HeaderDefinition | undefined = headerDefinition("Content-Length");
const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;
const COLON = 0x3a;
