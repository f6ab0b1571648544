/** Content-Type and Accept (RFC 3261 §20.1, §20.15): `type/subtype;parameter=value`. */
import { CHARACTERS } from "../characters.ts";
import type { HeaderGrammar } from "../grammar.ts";
import { Parameters, type ParametersInit } from "../parameters.ts";
import type { Scanner } from "../scanner.ts";

const { SLASH } = CHARACTERS;

/** A media type, or in Accept a range of them (RFC 3261 §20.1). */
export interface MediaType {
  /** As written; compares without case. `*` in Accept. */
  readonly type: string;
  /** As written; compares without case. `*` in Accept. */
  readonly subtype: string;
  /** Such as `charset` or `boundary`; in Accept also `q`. */
  readonly parameters: Parameters;
}

export const contentType: HeaderGrammar<MediaType> = { form: "single", parse: parseMediaType, write: writeMediaType };

/** "*" is a token, so a media range is a media type here. */
export const accept: HeaderGrammar<MediaType> = { form: "list", mayBeEmpty: true, parse: parseMediaType, write: writeMediaType };

/** Builds a media type: `mediaType("application", "sdp")`. */
export function mediaType(type: string, subtype: string, parameters?: ParametersInit): MediaType {
  return { type, subtype, parameters: Parameters.of(parameters) };
}

/** Whether a media type is `type/subtype`, given in lower case, whatever its parameters. */
export function isMediaType(value: MediaType | undefined, name: string): boolean {
  return value !== undefined && `${value.type}/${value.subtype}`.toLowerCase() === name;
}

function parseMediaType(scanner: Scanner): MediaType | undefined {
  const type = scanner.token();
  if (type === undefined || !scanner.separator(SLASH)) return undefined;
  const subtype = scanner.token();
  if (subtype === undefined) return undefined;
  const parameters = Parameters.parse(scanner);
  return parameters === undefined ? undefined : { type, subtype, parameters };
}

function writeMediaType(value: MediaType): string {
  return `${value.type}/${value.subtype}${value.parameters.toString()}`;
}
