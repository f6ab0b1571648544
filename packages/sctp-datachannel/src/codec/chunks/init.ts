/**
 * INIT and INIT ACK (RFC 9260 §3.3.2, §3.3.3):
 *
 *    +---------------+---------------+-------------------------------+
 *    | Type = 1 or 2 |  Chunk Flags  |            Length             |
 *    +---------------+---------------+-------------------------------+
 *    |                         Initiate Tag                          |
 *    +---------------------------------------------------------------+
 *    |           Advertised Receiver Window Credit (a_rwnd)          |
 *    +-------------------------------+-------------------------------+
 *    |  Number of Outbound Streams   |   Number of Inbound Streams   |
 *    +-------------------------------+-------------------------------+
 *    |                          Initial TSN                          |
 *    +---------------------------------------------------------------+
 *    |              Optional and variable-length parameters          |
 */
import { Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { type Parameter, parseParameters, writeParameters } from "../parameters/parameter.ts";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** What INIT and INIT ACK have in common. */
export interface InitChunk extends StatedHeader {
  readonly type: "INIT" | "INIT-ACK";
  readonly initiateTag: number;
  /** a_rwnd, in bytes. */
  readonly advertisedReceiverWindow: number;
  readonly outboundStreams: number;
  readonly inboundStreams: number;
  readonly initialTsn: number;
  readonly parameters: readonly Parameter[];
}

/** Reads the chunk at `bytes[at, end)`. */
export function parseInitChunk(bytes: Uint8Array, at: number, end: number): InitChunk | Malformed {
  if (end - at < 20) return new Malformed("bad-length", at + 2);
  const parameters = parseParameters(bytes, at + 20, end);
  if (parameters instanceof Malformed) return parameters;
  return {
    type: bytes[at] === 1 ? "INIT" : "INIT-ACK",
    ...unnamedFlags(bytes[at + 1]!, 0),
    initiateTag: readU32(bytes, at + 4),
    advertisedReceiverWindow: readU32(bytes, at + 8),
    outboundStreams: readU16(bytes, at + 12),
    inboundStreams: readU16(bytes, at + 14),
    initialTsn: readU32(bytes, at + 16),
    parameters,
  };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeInitChunk(out: Uint8Array, at: number, chunk: InitChunk): number {
  out[at + 1] = chunk.flags ?? 0;
  writeU32(out, at + 4, chunk.initiateTag);
  writeU32(out, at + 8, chunk.advertisedReceiverWindow);
  writeU16(out, at + 12, chunk.outboundStreams);
  writeU16(out, at + 14, chunk.inboundStreams);
  writeU32(out, at + 16, chunk.initialTsn);
  return writeParameters(out, at + 20, chunk.parameters);
}
