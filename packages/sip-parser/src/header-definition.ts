/** From a header name, as bytes or as text, long or compact, in any case, to the one object that stands for the header. */
import { CHARACTERS } from "./characters.ts";
import type { HeaderGrammar } from "./grammar.ts";
import { COMPACT_FORMS, HEADER_GRAMMARS, type HeaderName } from "./headers/index.ts";
import { bytesOf } from "./text.ts";

const { COMMA, SEMICOLON } = CHARACTERS;

/** A header that has a grammar here. There is one object for each, so `===` compares. */
export interface HeaderDefinition {
  /** Canonical name, as in the RFC that defines it. */
  readonly name: HeaderName;
  /** How its values are read and written. */
  readonly grammar: HeaderGrammar<unknown>;
  /** What reading takes from the grammar, whose objects have different shapes, at hand in one shape. */
  readonly parse: HeaderGrammar<unknown>["parse"];
  /** Whether a field may hold several values, and the header stand several times (RFC 3261 §7.3.1). */
  readonly isList: boolean;
  /** The byte between values of a list. */
  readonly separator: number;
  /** Whether a field without any value is well-formed. */
  readonly mayBeEmpty: boolean;
}

/** The definition for a name in any case, long or compact; undefined for a header without a grammar here. */
export function headerDefinition(name: string): HeaderDefinition | undefined {
  return BY_NAME.get(name) ?? BY_NAME.get(name.toLowerCase());
}

/**
 * Which name of a known header stands at `start`, long or compact and in any case, with a colon right behind it, as names nearly always are written; -1 for
 * any other name and for names with white space before the colon. The first two letters leave a few candidates, the colon's place nearly always one.
 * {@link nameLength} and {@link namedDefinition} tell about it.
 */
export function nameAt(bytes: Uint8Array, start: number): number {
  let name = FIRST_NAME[((bytes[start]! & 0x1f) << 5) | (bytes[start + 1]! & 0x1f)]!;
  while (name >= 0 && !(bytes[start + LENGTHS[name]!] === COLON && isName(bytes, start, name))) name = NEXT_NAME[name]!;
  return name;
}

/** Octets of a name that {@link nameAt} found. */
export function nameLength(name: number): number {
  return LENGTHS[name]!;
}

/** The definition of a name that {@link nameAt} found. */
export function namedDefinition(name: number): HeaderDefinition {
  return DEFINITIONS[name]!;
}

/** One step of the hash by which {@link findHeaderDefinition} looks names up; begin with 0. Letters of either case count the same. */
export function hashNameByte(hash: number, byte: number): number {
  return (Math.imul(hash, 33) + (byte | 0x20)) | 0;
}

/** The definition for the name `bytes[start, end)` whose hash is known. */
export function findHeaderDefinition(bytes: Uint8Array, start: number, end: number, hash: number): HeaderDefinition | undefined {
  for (let slot = hash & MASK; ; slot = (slot + 1) & MASK) {
    const name = BY_HASH[slot]!;
    if (name < 0) return undefined;
    if (LENGTHS[name] === end - start && isName(bytes, start, name)) return DEFINITIONS[name];
  }
}

/** Whether the bytes at `start` are the name, which is lower-case letters and hyphens, in any case. Setting bit 5 makes a CR (0x0d) a hyphen: hence the second test. */
function isName(bytes: Uint8Array, start: number, name: number): boolean {
  const length = LENGTHS[name]!;
  const key = name * LONGEST;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i]!;
    if ((byte | 0x20) !== KEYS[key + i] || byte < 0x2d) return false;
  }
  return true;
}

const SLOTS = 512;
const MASK: number = SLOTS - 1;
const COLON = 0x3a;
const BY_NAME: ReadonlyMap<string, HeaderDefinition> = namesAndForms();

// The names are numbered, and what lookups need of them lies in flat tables: following objects would take most of the time.
const NAMES: readonly string[] = [...BY_NAME.keys()].filter((name) => name === name.toLowerCase());
const DEFINITIONS: readonly HeaderDefinition[] = NAMES.map((name) => BY_NAME.get(name)!);
const LENGTHS: Uint8Array = Uint8Array.from(NAMES, (name) => name.length);
const LONGEST: number = Math.max(...LENGTHS);
/** LONGEST bytes for each name, in lower case. */
const KEYS: Uint8Array = new Uint8Array(NAMES.length * LONGEST);
/** By a name's hash, or the next free slot; -1 where there is none. */
const BY_HASH: Int16Array = new Int16Array(SLOTS).fill(-1);
/** By two letters, a name that begins with them; by a name, the next one that does; -1 where there is none. */
const FIRST_NAME: Int16Array = new Int16Array(1024).fill(-1);
const NEXT_NAME: Int16Array = new Int16Array(NAMES.length).fill(-1);
NAMES.forEach(enterName);

function enterName(text: string, name: number): void {
  const key = bytesOf(text);
  KEYS.set(key, name * LONGEST);
  let slot = key.reduce(hashNameByte, 0) & MASK;
  while (BY_HASH[slot] !== -1) slot = (slot + 1) & MASK;
  BY_HASH[slot] = name;
  // Behind a compact form the colon is the second letter.
  const letters = ((key[0]! & 0x1f) << 5) | ((key[1] ?? COLON) & 0x1f);
  NEXT_NAME[name] = FIRST_NAME[letters]!;
  FIRST_NAME[letters] = name;
}

function namesAndForms(): Map<string, HeaderDefinition> {
  const names = new Map<string, HeaderDefinition>();
  for (const [name, grammar] of Object.entries(HEADER_GRAMMARS) as [HeaderName, HeaderGrammar<unknown>][]) {
    const { form, separator, mayBeEmpty, parse } = grammar;
    const definition: HeaderDefinition = {
      name,
      grammar,
      parse,
      isList: form === "list",
      separator: separator === ";" ? SEMICOLON : COMMA,
      mayBeEmpty: mayBeEmpty === true,
    };
    names.set(name, definition);
    names.set(name.toLowerCase(), definition);
  }
  for (const [compact, name] of Object.entries(COMPACT_FORMS)) names.set(compact, names.get(name)!);
  return names;
}
