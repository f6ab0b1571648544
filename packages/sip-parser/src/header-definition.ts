/** From a header name, as bytes or as text, long or compact, in any case, to the one object that stands for the header. */
import type { HeaderGrammar } from "./grammar.ts";
import { COMPACT_FORMS, HEADER_GRAMMARS, type HeaderName } from "./headers/index.ts";

/** A header that has a grammar here. There is one object for each, so `===` compares. */
export interface HeaderDefinition {
  /** Canonical name, as in the RFC that defines it. */
  readonly name: HeaderName;
  readonly grammar: HeaderGrammar<unknown>;
}

/** The definition for a name in any case, long or compact; undefined for a header without a grammar here. */
export function headerDefinition(name: string): HeaderDefinition | undefined {
  return BY_NAME.get(name) ?? BY_NAME.get(name.toLowerCase());
}

/**
 * The definition whose name stands at `start` with a colon right behind it, as names nearly always do; undefined for any other name and for names with
 * white space before the colon.
 */
export function definitionAt(
  bytes: Uint8Array,
  start: number,
): { readonly key: string; readonly definition: HeaderDefinition } | undefined {
  const candidates = BY_FIRST_LETTER[(bytes[start]! | 0x20) - 0x61];
  if (candidates === undefined) return undefined;
  for (let i = 0; i < candidates.length; i++) {
    const entry = candidates[i]!;
    if (bytes[start + entry.key.length] === 0x3a && isKey(bytes, start, entry.key)) return entry;
  }
  return undefined;
}

/** One step of the hash by which {@link findHeaderDefinition} looks names up; begin with 0. Letters of either case count the same. */
export function hashNameByte(hash: number, byte: number): number {
  return (Math.imul(hash, 33) + (byte | 0x20)) | 0;
}

/** The definition for the name `bytes[start, end)` whose hash is known. */
export function findHeaderDefinition(bytes: Uint8Array, start: number, end: number, hash: number): HeaderDefinition | undefined {
  const length = end - start;
  for (let slot = hash & MASK; ; slot = (slot + 1) & MASK) {
    const entry = TABLE[slot];
    if (entry === undefined) return undefined;
    if (entry.key.length === length && isKey(bytes, start, entry.key)) return entry.definition;
  }
}

/** Whether the bytes are `key`, which is lower-case letters and hyphens, in any case. Setting bit 5 makes a CR (0x0d) a hyphen: hence the second test. */
function isKey(bytes: Uint8Array, start: number, key: string): boolean {
  for (let i = 0; i < key.length; i++) {
    const byte = bytes[start + i]!;
    if ((byte | 0x20) !== key.charCodeAt(i) || byte < 0x2d) return false;
  }
  return true;
}

interface Entry {
  readonly key: string;
  readonly definition: HeaderDefinition;
}

const SLOTS = 512;
const MASK: number = SLOTS - 1;
const BY_NAME: ReadonlyMap<string, HeaderDefinition> = namesAndForms();
const TABLE: readonly (Entry | undefined)[] = hashTable();
const BY_FIRST_LETTER: readonly (readonly Entry[])[] = Array.from({ length: 26 }, (_, letter) =>
  TABLE.filter((entry): entry is Entry => entry?.key.charCodeAt(0) === 0x61 + letter),
);

function namesAndForms(): Map<string, HeaderDefinition> {
  const names = new Map<string, HeaderDefinition>();
  for (const [name, grammar] of Object.entries(HEADER_GRAMMARS) as [HeaderName, HeaderGrammar<unknown>][]) {
    const definition: HeaderDefinition = { name, grammar };
    names.set(name, definition);
    names.set(name.toLowerCase(), definition);
  }
  for (const [compact, name] of Object.entries(COMPACT_FORMS)) names.set(compact, names.get(name)!);
  return names;
}

function hashTable(): (Entry | undefined)[] {
  const table: (Entry | undefined)[] = new Array(SLOTS).fill(undefined);
  for (const [key, definition] of BY_NAME) {
    if (key !== key.toLowerCase()) continue;
    let hash = 0;
    for (let i = 0; i < key.length; i++) hash = hashNameByte(hash, key.charCodeAt(i));
    let slot = hash & MASK;
    while (table[slot] !== undefined) slot = (slot + 1) & MASK;
    table[slot] = { key, definition };
  }
  return table;
}
