/**
 * Request-Line and Status-Line (RFC 3261 §7.1, §7.2). The line is split at its spaces at once; texts and the URI are made when read.
 *
 *     Request-Line = Method SP Request-URI SP SIP-Version CRLF
 *     Status-Line  = SIP-Version SP 3DIGIT SP Reason-Phrase CRLF
 */

import { InvalidArgumentError, Malformed } from "@purertc/core";
import { CHARACTERS } from "./characters.ts";
import { bytesOf, textOf } from "./text.ts";
import { isIn } from "./tokens.ts";
import { parseUriAt, type Uri, type UriReason, writeUri } from "./uri.ts";
import { knownWord } from "./words.ts";

const { CLASS, DIGIT, TOKEN } = CHARACTERS;

/** What can be wrong with a start line that can still be told apart into its parts; a server answers 400, or 505 to another version. */
export type StartLineReason = "bad-method" | "bad-white-space" | "bad-status-code";

/** A start line: `source[start, end)`, CRLF included. */
export class StartLine {
  /** The bytes that hold the line, and others; not to be changed. */
  readonly source: Uint8Array;
  /** Offset of the line's first byte in `source`. */
  readonly start: number;
  /** Offset after the line's last byte. */
  readonly end: number;
  /** What it begins: `"neither"` when it cannot be split into the parts of a start line. */
  readonly kind: "request" | "response" | "neither";
  /** Method and Request-URI, or status code and reason phrase. */
  readonly #firstStart: number;
  readonly #firstEnd: number;
  readonly #secondStart: number;
  readonly #secondEnd: number;
  readonly #versionStart: number;
  readonly #versionEnd: number;
  #uri: Uri | Malformed<UriReason> | undefined;

  /** Splits the line; `kind` is `"neither"` when it cannot be split. */
  constructor(source: Uint8Array, start = 0, end: number = source.length) {
    this.source = source;
    this.start = start;
    this.end = end;
    this.#uri = undefined;
    let last = end;
    while (last > start && (source[last - 1] === LF || source[last - 1] === CR)) last -= 1;
    const versionEnd = versionLength(source, start, last);
    if (versionEnd > 0 && source[versionEnd] === SPACE) {
      this.kind = "response";
      this.#versionStart = start;
      this.#versionEnd = versionEnd;
      let at = versionEnd + 1;
      this.#firstStart = at;
      while (at < last && source[at] !== SPACE) at += 1;
      this.#firstEnd = at;
      this.#secondStart = Math.min(at + 1, last);
      this.#secondEnd = last;
      return;
    }
    let versionLast = last;
    while (versionLast > start && isSpace(source[versionLast - 1]!)) versionLast -= 1;
    let at = versionLast;
    while (at > start && !isSpace(source[at - 1]!)) at -= 1;
    this.#versionStart = at;
    this.#versionEnd = versionLast;
    while (at > start && isSpace(source[at - 1]!)) at -= 1;
    this.#secondEnd = at;
    at = start;
    while (at < this.#secondEnd && !isSpace(source[at]!)) at += 1;
    this.#firstStart = start;
    this.#firstEnd = at;
    while (at < this.#secondEnd && isSpace(source[at]!)) at += 1;
    this.#secondStart = at;
    const isRequest =
      this.#firstEnd > start && at < this.#secondEnd && versionLength(source, this.#versionStart, versionLast) === versionLast;
    this.kind = isRequest ? "request" : "neither";
  }

  /** As written. */
  get version(): string {
    const text = textOf(this.source, this.#versionStart, this.#versionEnd);
    return text === SIP_2_0 ? SIP_2_0 : text;
  }

  /** Whether the version is SIP/2.0, in any case (RFC 3261 §7.1: "case-insensitive, but implementations MUST send upper-case"). */
  get isSip2(): boolean {
    return this.version.toUpperCase() === SIP_2_0;
  }

  /** Of a request, as written. */
  get method(): string {
    return knownWord(this.source, this.#firstStart, this.#firstEnd) ?? textOf(this.source, this.#firstStart, this.#firstEnd);
  }

  /** The Request-URI as written. */
  get uriText(): string {
    return textOf(this.source, this.#secondStart, this.#secondEnd);
  }

  /** The Request-URI, parsed once; offsets of {@link Malformed} count from its beginning. */
  get uri(): Uri | Malformed<UriReason> {
    this.#uri ??= this.#parseUri();
    return this.#uri;
  }

  #parseUri(): Uri | Malformed<UriReason> {
    const uri = parseUriAt(this.source, this.#secondStart, this.#secondEnd);
    return uri instanceof Malformed ? new Malformed(uri.reason, uri.offset - this.#secondStart) : uri;
  }

  /** The number as written; NaN when it is none. */
  get statusCode(): number {
    let code = 0;
    for (let at = this.#firstStart; at < this.#firstEnd; at++) code = code * 10 + digit(this.source[at]!);
    return this.#firstEnd > this.#firstStart ? code : Number.NaN;
  }

  /** Of a response: UTF-8, may be empty. */
  get reasonPhrase(): string {
    return textOf(this.source, this.#secondStart, this.#secondEnd);
  }

  /** What the grammar does not allow but splitting let through. */
  get problem(): Malformed<StartLineReason> | undefined {
    const { source, start, end } = this;
    if (this.kind === "response") {
      const code = this.statusCode;
      const threeDigits = this.#firstEnd - this.#firstStart === 3 && code >= 100 && code <= 699;
      if (!threeDigits) return new Malformed("bad-status-code", this.#firstStart - start);
      return source[this.#firstEnd] === SPACE ? undefined : new Malformed("bad-white-space", this.#firstEnd - start);
    }
    for (let at = this.#firstStart; at < this.#firstEnd; at++)
      if (!isIn(source[at]!, TOKEN)) return new Malformed("bad-method", at - start);
    // Exactly one SP between the parts, and nothing after the version (RFC 3261 §7.1).
    if (this.#secondStart - this.#firstEnd !== 1 || source[this.#firstEnd] !== SPACE)
      return new Malformed("bad-white-space", this.#firstEnd - start);
    if (this.#versionStart - this.#secondEnd !== 1 || source[this.#secondEnd] !== SPACE)
      return new Malformed("bad-white-space", this.#secondEnd - start);
    if (source[this.#versionEnd] !== CR || end - this.#versionEnd !== 2) return new Malformed("bad-white-space", this.#versionEnd - start);
    return undefined;
  }
}

/** A Request-Line's bytes. Texts are taken as they are, but for line breaks, which throw `InvalidArgumentError`. */
export function requestLineBytes(method: string, uri: Uri | string, version: string = SIP_2_0): Uint8Array {
  return lineBytes(`${method} ${typeof uri === "string" ? uri : writeUri(uri)} ${version}`);
}

/** A Status-Line's bytes, as {@link requestLineBytes}. */
export function statusLineBytes(statusCode: number, reasonPhrase: string, version: string = SIP_2_0): Uint8Array {
  return lineBytes(`${version} ${statusCode} ${reasonPhrase}`);
}

function lineBytes(text: string): Uint8Array {
  if (/[\r\n]/.test(text)) throw new InvalidArgumentError("a line break in a start line", { code: "SIP_START_LINE_BREAK" });
  return bytesOf(`${text}\r\n`);
}

/** Where `"SIP" "/" 1*DIGIT "." 1*DIGIT` that begins at `start` ends; -1 when there is none. */
function versionLength(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 7 || (bytes[start]! | 0x20) !== 0x73 || (bytes[start + 1]! | 0x20) !== 0x69 || (bytes[start + 2]! | 0x20) !== 0x70)
    return -1;
  if (bytes[start + 3] !== 0x2f) return -1;
  let at = start + 4;
  const major = at;
  while (at < end && (CLASS[bytes[at]!]! & DIGIT) !== 0) at += 1;
  if (at === major || bytes[at] !== 0x2e) return -1;
  at += 1;
  const minor = at;
  while (at < end && (CLASS[bytes[at]!]! & DIGIT) !== 0) at += 1;
  return at > minor ? at : -1;
}

function digit(byte: number): number {
  return byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : Number.NaN;
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === 0x09;
}

const SIP_2_0 = "SIP/2.0";
const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;
