/** RE-CONFIG (RFC 6525 §3.1): one or two re-configuration parameters. */
import { Malformed } from "@purertc/core";
import { type Parameter, parseParameters, writeParameters } from "../parameters/parameter.ts";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** Requests to change streams, and responses to them. */
export interface ReConfigChunk extends StatedHeader {
  readonly type: "RE-CONFIG";
  readonly parameters: readonly Parameter[];
}

/** Reads the chunk at `bytes[at, end)`. */
export function parseReConfigChunk(bytes: Uint8Array, at: number, end: number): ReConfigChunk | Malformed {
  const parameters = parseParameters(bytes, at + 4, end);
  if (parameters instanceof Malformed) return parameters;
  return { type: "RE-CONFIG", ...unnamedFlags(bytes[at + 1]!, 0), parameters };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeReConfigChunk(out: Uint8Array, at: number, chunk: ReConfigChunk): number {
  out[at + 1] = chunk.flags ?? 0;
  return writeParameters(out, at + 4, chunk.parameters);
}
