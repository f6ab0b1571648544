/** The header fields of a message: an ordered, editable list with typed reads. Fields that nobody edits keep their bytes. */
import { InvalidArgumentError, Malformed } from "@purertc/core";
import type { HeaderReason } from "./grammar.ts";
import { type HeaderDefinition, headerDefinition } from "./header-definition.ts";
import { HeaderField } from "./header-field.ts";
import type { HeaderName, HeaderValues } from "./headers/index.ts";
import { bytesOf } from "./text.ts";
import { sameIgnoringCase } from "./tokens.ts";

/** What a header can be set to: a typed value, or any text, which is taken as it is. */
export type HeaderInput<Name extends string> = Name extends HeaderName ? HeaderValues[Name] | string | number : string | number;

/** Names are accepted in any case, long or compact; typed results need the canonical spelling in TypeScript. */
export class SipHeaders implements Iterable<HeaderField> {
  #fields: HeaderField[];

  /** For the parser; `fields` is taken over. Others start with `new SipHeaders()`. */
  constructor(fields: HeaderField[] = []) {
    this.#fields = fields;
  }

  /** All fields in order, unknown and malformed ones included. */
  get fields(): readonly HeaderField[] {
    return this.#fields;
  }

  /** All fields in order, as {@link fields}. */
  [Symbol.iterator](): Iterator<HeaderField> {
    return this.#fields[Symbol.iterator]();
  }

  /** Another list with the same fields; editing one leaves the other. */
  copy(): SipHeaders {
    return new SipHeaders(this.#fields.slice());
  }

  /** Whether there is a field with this name, well-formed or not. */
  has(name: string): boolean {
    return this.#indexOf(name) >= 0;
  }

  /** The first value; undefined when the header is absent or its first field is malformed ({@link problem} tells which). */
  get<Name extends HeaderName>(name: Name): HeaderValues[Name] | undefined;
  get(name: string): unknown;
  get(name: string): unknown {
    const definition = headerDefinition(name);
    return definition === undefined ? this.text(name) : this.first(definition);
  }

  /** As {@link get}, for a definition at hand: saves looking the name up. */
  first(definition: HeaderDefinition): unknown {
    const values = this.firstField(definition)?.values;
    return values === undefined || values instanceof Malformed ? undefined : values[0];
  }

  /** The first field of a header. */
  firstField(definition: HeaderDefinition): HeaderField | undefined {
    const fields = this.#fields;
    for (let at = 0; at < fields.length; at++) if (fields[at]!.definition === definition) return fields[at];
    return undefined;
  }

  /** Every value of every well-formed field with this name, in order. */
  all<Name extends HeaderName>(name: Name): readonly HeaderValues[Name][];
  all(name: string): readonly unknown[];
  all(name: string): readonly unknown[] {
    const definition = headerDefinition(name);
    const found: unknown[] = [];
    for (const field of this.#fields) {
      if (!isNamed(field, name, definition) || field.values instanceof Malformed) continue;
      for (const value of field.values) found.push(value);
    }
    return found;
  }

  /** Why the header cannot be read: its first malformed field, or a second field of a header that stands once. Undefined when it can, or is absent. */
  problem(name: string): Malformed<HeaderReason> | undefined {
    let count = 0;
    for (let at = this.#indexOf(name); at >= 0; at = this.#indexOf(name, at + 1)) {
      const field = this.#fields[at]!;
      if (field.values instanceof Malformed) return field.values;
      count += 1;
      if (count > 1 && field.definition?.grammar.form === "single") return new Malformed("repeated-header", 0);
    }
    return undefined;
  }

  /** The text of the first field with this name, known header or not: folds undone, no white space around it. */
  text(name: string): string | undefined {
    const at = this.#indexOf(name);
    return at < 0 ? undefined : this.#fields[at]!.text;
  }

  /** The text of every field with this name. */
  texts(name: string): readonly string[] {
    const texts: string[] = [];
    for (let at = this.#indexOf(name); at >= 0; at = this.#indexOf(name, at + 1)) texts.push(this.#fields[at]!.text);
    return texts;
  }

  /**
   * Makes these the only values: where the first field with this name stood, or at the end. An array gives one field for each value; an empty one
   * removes the header. Throws `InvalidArgumentError` for a text with a line break that is no fold, as do all methods that take text.
   */
  set<Name extends string>(name: Name, value: HeaderInput<Name> | readonly HeaderInput<Name>[]): this {
    const added = (Array.isArray(value) ? value : [value]).map((each) => newField(name, each));
    const first = this.#indexOf(name);
    if (first < 0) this.#fields.push(...added);
    else if (added.length === 1 && this.#indexOf(name, first + 1) < 0) this.#fields[first] = added[0]!;
    else {
      this.#fields[first] = REMOVED;
      for (let at = this.#indexOf(name); at >= 0; at = this.#indexOf(name, at + 1)) this.#fields[at] = REMOVED;
      this.#fields = this.#fields.flatMap((field, at) => (at === first ? added : field === REMOVED ? [] : [field]));
    }
    return this;
  }

  /** Adds a field after the last one with this name, or at the end. */
  append<Name extends string>(name: Name, value: HeaderInput<Name>): this {
    let last = -1;
    for (let at = this.#indexOf(name); at >= 0; at = this.#indexOf(name, at + 1)) last = at;
    this.#fields.splice(last < 0 ? this.#fields.length : last + 1, 0, newField(name, value));
    return this;
  }

  /** Adds a field before the first one with this name, or at the beginning: how a proxy adds its Via, Route or Record-Route. */
  prepend<Name extends string>(name: Name, value: HeaderInput<Name>): this {
    this.#fields.splice(Math.max(0, this.#indexOf(name)), 0, newField(name, value));
    return this;
  }

  /** Changes the first value, leaving those after it, even in the same field: how a server adds `received` to the topmost Via. False when there is none. */
  replaceFirst<Name extends string>(name: Name, value: HeaderInput<Name>): boolean {
    return this.#editFirst(name, valueText(headerDefinition(name), value)) !== undefined;
  }

  /** Takes the first value away, leaving those after it, even in the same field: how a proxy removes its Via or Route. Undefined when there is none. */
  removeFirst<Name extends HeaderName>(name: Name): HeaderValues[Name] | undefined;
  removeFirst(name: string): unknown;
  removeFirst(name: string): unknown {
    return this.#editFirst(name, undefined);
  }

  /** Removes every field with this name; tells how many there were. */
  remove(name: string): number {
    const before = this.#fields.length;
    const definition = headerDefinition(name);
    this.#fields = this.#fields.filter((field) => !isNamed(field, name, definition));
    return before - this.#fields.length;
  }

  /** Adds fields of another message at the end, byte for byte: `response.headers.copyFrom(request.headers, "Via")`. */
  copyFrom(other: SipHeaders, name: string): this {
    for (let at = other.#indexOf(name); at >= 0; at = other.#indexOf(name, at + 1)) this.#fields.push(other.#fields[at]!);
    return this;
  }

  /** Adds a whole line, CRLF included, at the end or at a position, whatever it holds: for testers, and for fields taken from elsewhere. */
  addRaw(line: string | Uint8Array | HeaderField, at: number = this.#fields.length): this {
    this.#fields.splice(at, 0, line instanceof HeaderField ? line : HeaderField.raw(typeof line === "string" ? bytesOf(line) : line));
    return this;
  }

  #editFirst(name: string, replacement: string | undefined): unknown {
    const at = this.#indexOf(name);
    if (at < 0) return undefined;
    const field = this.#fields[at]!;
    const { definition, values } = field;
    if (values instanceof Malformed || values.length === 0) return undefined;
    const rest = values.slice(1).map((value) => valueText(definition, value as string | number));
    const texts = replacement === undefined ? rest : [replacement, ...rest];
    if (texts.length === 0) this.#fields.splice(at, 1);
    else this.#fields[at] = newField(field.name, texts.join(definition?.grammar.separator === ";" ? ";" : ", "));
    return values[0];
  }

  #indexOf(name: string, from = 0): number {
    const fields = this.#fields;
    const definition = headerDefinition(name);
    for (let at = from; at < fields.length; at++) if (isNamed(fields[at]!, name, definition)) return at;
    return -1;
  }
}

function isNamed(field: HeaderField, name: string, definition: HeaderDefinition | undefined): boolean {
  if (definition !== undefined) return field.definition === definition;
  return field.definition === undefined && field.colon >= 0 && sameIgnoringCase(field.name, name);
}

function newField(name: string, value: unknown): HeaderField {
  const definition = headerDefinition(name);
  const text = valueText(definition, value);
  const last = definition === undefined ? undefined : LAST.get(definition);
  if (last !== undefined && last.text === text && last.name === name) return last.field;
  if (/[\r\n]/.test(name) || hasLineBreak(text)) {
    throw new InvalidArgumentError(`a line break in header ${JSON.stringify(name)}; use addRaw to send it all the same`, {
      code: "SIP_HEADER_LINE_BREAK",
    });
  }
  const field = HeaderField.of(name, text);
  if (definition !== undefined && text.length <= LONGEST_KEPT) LAST.set(definition, { name, text, field });
  return field;
}

function valueText(definition: HeaderDefinition | undefined, value: unknown): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (definition === undefined) throw new InvalidArgumentError("a header without a grammar takes text", { code: "SIP_HEADER_VALUE" });
  return definition.grammar.write(value);
}

/** A CR or LF that is not part of a fold (CRLF and white space). */
function hasLineBreak(text: string): boolean {
  return /[\r\n]/.test(text) && /[\r\n]/.test(text.replace(/\r\n[ \t]/g, ""));
}

/** The last field made of each header, unless it is long: Allow, Supported, Contact and others are the same in message after message, and fields never change. */
const LAST = new Map<HeaderDefinition, { readonly name: string; readonly text: string; readonly field: HeaderField }>();
const LONGEST_KEPT = 256;
const REMOVED: HeaderField = HeaderField.raw(new Uint8Array(0));
