/** `;name=value` lists of headers and URIs (RFC 3261 §25.1 generic-param, uri-parameter): ordered, case-insensitive names, values as written. */
import { CHARACTERS } from "./characters.ts";
import type { Scanner } from "./scanner.ts";
import { asciiTextOf, textOf } from "./text.ts";
import { quote, sameIgnoringCase, unquote } from "./tokens.ts";

const { ALPHA, CLASS, EQUALS, HEX, LWS, PARAMETER_VALUE, QUOTE, SEMICOLON, TOKEN } = CHARACTERS;

/** One parameter: its name and its value exactly as written (a quoted string with its quotes); undefined when there is no `=`. */
export type Parameter = readonly [name: string, value: string | undefined];

/** What builds a {@link Parameters}: pairs in order, or an object. `true` is a parameter without a value; false and undefined are left out. */
export type ParametersInit =
  | Parameters
  | readonly (readonly [string, (string | number | boolean | undefined)?])[]
  | { readonly [name: string]: string | number | boolean | undefined };

/**
 * An immutable list of parameters. Parsed ones stay bytes until they are read; a view of the message's bytes is kept.
 * Names are compared without case; when a name repeats, the first counts.
 */
export class Parameters implements Iterable<Parameter> {
  /** Four offsets a parameter: name start and end, value start (-1 for none) and end. */
  readonly #offsets: readonly number[];
  readonly #bytes: Uint8Array;
  #entries: readonly Parameter[] | undefined;

  private constructor(bytes: Uint8Array, offsets: readonly number[], entries: readonly Parameter[] | undefined) {
    this.#bytes = bytes;
    this.#offsets = offsets;
    this.#entries = entries;
  }

  /** No parameters. */
  static readonly none: Parameters = new Parameters(new Uint8Array(0), [], []);

  /** From values. Values are taken as they will be written; use `Parameters.quoted` for text that needs quotes. */
  static of(init: ParametersInit | undefined): Parameters {
    if (init === undefined) return Parameters.none;
    if (init instanceof Parameters) return init;
    const pairs = Array.isArray(init)
      ? (init as readonly (readonly [string, (string | number | boolean | undefined)?])[])
      : Object.entries(init);
    const entries: Parameter[] = [];
    for (const pair of pairs) {
      const value = pair.length === 1 ? true : pair[1];
      if (value === undefined || value === false) continue;
      entries.push([pair[0], value === true ? undefined : String(value)]);
    }
    return entries.length === 0 ? Parameters.none : new Parameters(Parameters.none.#bytes, [], entries);
  }

  /** A quoted-string value for any text. */
  static quoted(text: string): string {
    return quote(text);
  }

  /** The text of the first parameter with this name, quotes and escapes undone; `""` when it has no value; undefined when it is absent. */
  get(name: string): string | undefined {
    const raw = this.raw(name);
    return raw === undefined ? undefined : unquote(raw);
  }

  /** As {@link get}, but as written: a quoted string keeps its quotes. */
  raw(name: string): string | undefined {
    if (this.#entries !== undefined) {
      for (const [each, value] of this.#entries) if (sameIgnoringCase(each, name)) return value ?? "";
      return undefined;
    }
    const at = this.#find(name);
    return at < 0 ? undefined : valueText(this.#bytes, this.#offsets[at + 2]!, this.#offsets[at + 3]!);
  }

  /** Whether a parameter with this name is there, with or without a value. */
  has(name: string): boolean {
    if (this.#entries !== undefined) return this.#entries.some(([each]) => sameIgnoringCase(each, name));
    return this.#find(name) >= 0;
  }

  /** How many parameters there are. */
  get size(): number {
    return this.#entries?.length ?? this.#offsets.length / 4;
  }

  /** A copy where `name` has this value: replaced in place, or added at the end. `true` (the default) is a parameter without a value. */
  with(name: string, value: string | number | true = true): Parameters {
    const entry: Parameter = [name, value === true ? undefined : String(value)];
    const entries = [...this];
    const at = entries.findIndex(([each]) => sameIgnoringCase(each, name));
    if (at < 0) entries.push(entry);
    else entries[at] = entry;
    return new Parameters(Parameters.none.#bytes, [], entries);
  }

  /** A copy without any parameter of this name. */
  without(name: string): Parameters {
    if (!this.has(name)) return this;
    return Parameters.of(
      [...this].filter(([each]) => !sameIgnoringCase(each, name)).map(([each, value]) => [each, value ?? true] as const),
    );
  }

  /** All parameters in order, as {@link entries}. */
  [Symbol.iterator](): Iterator<Parameter> {
    return this.entries()[Symbol.iterator]();
  }

  /** All parameters in order. */
  entries(): readonly Parameter[] {
    if (this.#entries !== undefined) return this.#entries;
    const offsets = this.#offsets;
    const entries: Parameter[] = [];
    for (let i = 0; i < offsets.length; i += 4) {
      const name = asciiTextOf(this.#bytes, offsets[i]!, offsets[i + 1]!);
      entries.push([name, offsets[i + 2]! < 0 ? undefined : valueText(this.#bytes, offsets[i + 2]!, offsets[i + 3]!)]);
    }
    this.#entries = entries;
    return entries;
  }

  /** `;name=value;name`, or `""`. */
  toString(): string {
    let text = "";
    for (const [name, value] of this) text += value === undefined ? `;${name}` : `;${name}=${value}`;
    return text;
  }

  /** Index into the offsets of the first parameter called `name` (ASCII); -1 when there is none. */
  #find(name: string): number {
    const offsets = this.#offsets;
    for (let i = 0; i < offsets.length; i += 4) {
      const start = offsets[i]!;
      if (offsets[i + 1]! - start === name.length && equalIgnoringCase(this.#bytes, start, name)) return i;
    }
    return -1;
  }

  /** `*( SEMI generic-param )` at the cursor; undefined when what follows a semicolon is not a parameter. */
  static parse(scanner: Scanner): Parameters | undefined {
    const { bytes, end } = scanner;
    let offsets: number[] | undefined;
    let at = scanner.at;
    for (;;) {
      const semicolon = skipSpace(bytes, at, end);
      if (semicolon >= end || bytes[semicolon] !== SEMICOLON) break;
      const nameStart = skipSpace(bytes, semicolon + 1, end);
      at = nameStart;
      while (at < end && (CLASS[bytes[at]!]! & TOKEN) !== 0) at += 1;
      if (at === nameStart) return fail(scanner, at);
      const nameEnd = at;
      let valueStart = -1;
      const equals = skipSpace(bytes, nameEnd, end);
      if (equals < end && bytes[equals] === EQUALS) {
        valueStart = skipSpace(bytes, equals + 1, end);
        at = valueStart;
        while (at < end && (CLASS[bytes[at]!]! & PARAMETER_VALUE) !== 0) at += 1;
        if (at === valueStart) {
          scanner.at = at;
          if (at >= end || bytes[at] !== QUOTE || !scanner.skipQuoted()) return undefined;
          at = scanner.at;
        }
      }
      offsets = added(offsets, nameStart, nameEnd, valueStart, valueStart < 0 ? -1 : at);
    }
    scanner.at = at;
    return offsets === undefined ? Parameters.none : new Parameters(bytes, offsets, undefined);
  }

  /** `*( ";" pname [ "=" pvalue ] )` of a URI at the cursor; no white space, escapes allowed (checked). `classes` are the characters besides escapes. */
  static parseUri(scanner: Scanner, classes: number): Parameters | undefined {
    const { bytes, end } = scanner;
    let offsets: number[] | undefined;
    let at = scanner.at;
    while (at < end && bytes[at] === SEMICOLON) {
      const nameStart = at + 1;
      const nameEnd = endOfEscaped(bytes, nameStart, end, classes);
      if (nameEnd === nameStart) return fail(scanner, nameEnd);
      at = nameEnd;
      let valueStart = -1;
      if (at < end && bytes[at] === EQUALS) {
        valueStart = at + 1;
        at = endOfEscaped(bytes, valueStart, end, classes);
        if (at === valueStart) return fail(scanner, at);
      }
      offsets = added(offsets, nameStart, nameEnd, valueStart, valueStart < 0 ? -1 : at);
    }
    scanner.at = at;
    return offsets === undefined ? Parameters.none : new Parameters(bytes, offsets, undefined);
  }
}

/** Only in quotes may there be other than ASCII. */
function valueText(bytes: Uint8Array, start: number, end: number): string {
  return bytes[start] === QUOTE ? textOf(bytes, start, end) : asciiTextOf(bytes, start, end);
}

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & LWS) !== 0) at += 1;
  return at;
}

function fail(scanner: Scanner, at: number): undefined {
  scanner.at = at;
  return undefined;
}

/** Four offsets more. The first two parameters get arrays of their exact size, where `push` would reserve room for many. */
function added(offsets: number[] | undefined, a: number, b: number, c: number, d: number): number[] {
  if (offsets === undefined) return [a, b, c, d];
  if (offsets.length === 4) return [offsets[0]!, offsets[1]!, offsets[2]!, offsets[3]!, a, b, c, d];
  offsets.push(a, b, c, d);
  return offsets;
}

/** 1*( class / "%" HEXDIG HEXDIG ); false when there is none. An escape that is cut ends it. */
export function skipEscaped(scanner: Scanner, classes: number): boolean {
  const start = scanner.at;
  scanner.at = endOfEscaped(scanner.bytes, start, scanner.end, classes);
  return scanner.at > start;
}

/** Where *( class / "%" HEXDIG HEXDIG ) ends. */
export function endOfEscaped(bytes: Uint8Array, start: number, end: number, classes: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if ((CLASS[byte]! & classes) !== 0) at += 1;
    else if (byte === PERCENT) {
      if (at + 2 >= end || (CLASS[bytes[at + 1]!]! & HEX) === 0 || (CLASS[bytes[at + 2]!]! & HEX) === 0) break;
      at += 3;
    } else break;
  }
  return at;
}

function equalIgnoringCase(bytes: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[start + i]!;
    const unit = name.charCodeAt(i);
    if (byte !== unit && ((byte ^ unit) !== 0x20 || (CLASS[byte]! & ALPHA) === 0)) return false;
  }
  return true;
}

const PERCENT = 0x25;
