/** The tag of a From or To field, which servers look dialogs up by, without parsing the address before it. */
import { CHARACTERS } from "./characters.ts";
import type { HeaderField } from "./header-field.ts";
import { Parameters } from "./parameters.ts";
import { Scanner } from "./scanner.ts";

const { GREATER, LESS, QUOTE, SEMICOLON } = CHARACTERS;

/** The `tag` parameter; undefined when there is none, or when the parameters are malformed. The name and URI are not judged. */
export function tagOf(field: HeaderField): string | undefined {
  if (field.colon < 0) return undefined;
  const scanner = SCANNER.reset(field.source, field.colon + 1, field.textEnd);
  scanner.skipSpace();
  if (scanner.peek() === QUOTE && !scanner.skipQuoted()) return undefined;
  // Neither a display name of tokens nor an addr-spec without brackets holds "<" or ";".
  const { bytes, end } = scanner;
  let at = scanner.at;
  let byte = 0;
  for (; at < end; at++) {
    byte = bytes[at]!;
    if (byte === LESS || byte === SEMICOLON) break;
  }
  if (byte === LESS) {
    while (at < end && bytes[at] !== GREATER) at += 1;
    at += 1;
  }
  if (at >= end) return undefined;
  scanner.at = at;
  const parameters = Parameters.parse(scanner);
  scanner.skipSpace();
  return parameters !== undefined && scanner.atEnd() ? parameters.get("tag") : undefined;
}

/** Shared by all reads, which do not nest. */
const SCANNER: Scanner = new Scanner(new Uint8Array(0), 0, 0);
