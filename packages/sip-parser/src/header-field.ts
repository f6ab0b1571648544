/** One header field as it came or as it will go: its bytes, line end and folds included, and its values parsed when first read. */

import { Malformed } from "@purertc/core";
import { CHARACTERS } from "./characters.ts";
import type { HeaderReason } from "./grammar.ts";
import { findHeaderDefinition, type HeaderDefinition, hashNameByte } from "./header-definition.ts";
import { Scanner, unfold } from "./scanner.ts";
import { bytesOf, textOf } from "./text.ts";

const { CLASS, LWS, TOKEN } = CHARACTERS;

/** An immutable header field. `source[start, end)` are its bytes; those of a parsed message are a view of the message. */
export class HeaderField {
  /** The bytes that hold the field, and others; not to be changed. */
  readonly source: Uint8Array;
  /** Offset of the name's first byte in `source`. */
  readonly start: number;
  /** After the line's CRLF. */
  readonly end: number;
  /** Where the colon is; -1 when there is none, or when what is before it is not a name. */
  readonly colon: number;
  /** Which header it is; undefined for one without a grammar here. */
  readonly definition: HeaderDefinition | undefined;
  #values: readonly unknown[] | Malformed<HeaderReason> | undefined;

  /** For the parser; others use {@link HeaderField.of} and {@link HeaderField.raw}. */
  constructor(source: Uint8Array, start: number, colon: number, end: number, definition: HeaderDefinition | undefined) {
    this.source = source;
    this.start = start;
    this.colon = colon;
    this.end = end;
    this.definition = definition;
    this.#values = undefined;
  }

  /** A field from a name and the text of its value. */
  static of(name: string, value: string): HeaderField {
    return HeaderField.raw(bytesOf(`${name}: ${value}\r\n`));
  }

  /** A field from its bytes, whatever they are; they should end with CRLF. The bytes are kept, not copied. */
  static raw(bytes: Uint8Array): HeaderField {
    let hash = 0;
    let at = 0;
    while (at < bytes.length && (CLASS[bytes[at]!]! & TOKEN) !== 0) hash = hashNameByte(hash, bytes[at++]!);
    const nameEnd = at;
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
    const colon = nameEnd > 0 && bytes[at] === 0x3a ? at : -1;
    return new HeaderField(bytes, 0, colon, bytes.length, colon < 0 ? undefined : findHeaderDefinition(bytes, 0, nameEnd, hash));
  }

  /** The name as written; `""` when the line has none. */
  get name(): string {
    let end = this.colon;
    while (end > this.start && (CLASS[this.source[end - 1]!]! & LWS) !== 0) end -= 1;
    return this.colon < 0 ? "" : textOf(this.source, this.start, end);
  }

  /** The canonical name when the header is known, otherwise the name as written. */
  get canonicalName(): string {
    return this.definition?.name ?? this.name;
  }

  /** The value as text, without the white space around it and with folds as single spaces. For a line without a name, the whole line. */
  get text(): string {
    const start = this.colon < 0 ? this.start : this.colon + 1;
    return unfold(textOf(this.source, skipSpace(this.source, start, this.end), this.textEnd));
  }

  /** Where the value ends: after its last byte that is not white space. */
  get textEnd(): number {
    return skipSpaceBack(this.source, this.colon < 0 ? this.start : this.colon + 1, this.end);
  }

  /** The bytes, line end included: a view. */
  get bytes(): Uint8Array {
    return this.source.subarray(this.start, this.end);
  }

  /** The values, parsed once; {@link Malformed}, with the offset in the field, when they do not follow the grammar. A header without a grammar gives its text. */
  get values(): readonly unknown[] | Malformed<HeaderReason> {
    this.#values ??= this.#parse();
    return this.#values;
  }

  #parse(): readonly unknown[] | Malformed<HeaderReason> {
    const { definition } = this;
    if (this.colon < 0) return new Malformed("bad-header-line", 0);
    if (definition === undefined) return [this.text];
    const scanner = SCANNER.reset(this.source, this.colon + 1, this.textEnd);
    scanner.skipSpace();
    if (definition.mayBeEmpty && scanner.atEnd()) return NO_VALUES;
    const first = definition.parse(scanner);
    if (first === undefined) return this.#malformedAt(scanner.at);
    scanner.skipSpace();
    if (scanner.atEnd()) return [first];
    if (!definition.isList) return this.#malformedAt(scanner.at);
    const values = [first];
    while (scanner.separator(definition.separator)) {
      const value = definition.parse(scanner);
      if (value === undefined) return this.#malformedAt(scanner.at);
      values.push(value);
    }
    scanner.skipSpace();
    return scanner.atEnd() ? values : this.#malformedAt(scanner.at);
  }

  #malformedAt(at: number): Malformed<HeaderReason> {
    return new Malformed("bad-header-value", at - this.start);
  }
}

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (CLASS[bytes[at]!]! & LWS) !== 0) at += 1;
  return at;
}

function skipSpaceBack(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && (CLASS[bytes[at - 1]!]! & LWS) !== 0) at -= 1;
  return at;
}

const NO_VALUES: readonly never[] = [];
/** Shared by all reads: a grammar never reads another header field, so reads do not nest. */
const SCANNER: Scanner = new Scanner(new Uint8Array(0), 0, 0);
