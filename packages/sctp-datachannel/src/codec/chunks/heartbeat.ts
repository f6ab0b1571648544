/** HEARTBEAT and HEARTBEAT ACK (RFC 9260 §3.3.5, §3.3.6): a Heartbeat Info parameter that comes back as it went. */
import { Malformed } from "@purertc/core";
import { type Parameter, parseParameters, writeParameters } from "../parameters/parameter.ts";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** A probe, or its echo. */
export interface HeartbeatChunk extends StatedHeader {
  readonly type: "HEARTBEAT" | "HEARTBEAT-ACK";
  /** One HEARTBEAT-INFO by the RFC. */
  readonly parameters: readonly Parameter[];
}

/** Reads the chunk at `bytes[at, end)`. */
export function parseHeartbeatChunk(bytes: Uint8Array, at: number, end: number): HeartbeatChunk | Malformed {
  const parameters = parseParameters(bytes, at + 4, end);
  if (parameters instanceof Malformed) return parameters;
  return { type: bytes[at] === 4 ? "HEARTBEAT" : "HEARTBEAT-ACK", ...unnamedFlags(bytes[at + 1]!, 0), parameters };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeHeartbeatChunk(out: Uint8Array, at: number, chunk: HeartbeatChunk): number {
  out[at + 1] = chunk.flags ?? 0;
  return writeParameters(out, at + 4, chunk.parameters);
}
