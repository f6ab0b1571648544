/** ECNE and CWR (RFC 9260 §3.3, reserved types 12 and 13; contents as in RFC 4960 appendix A). */
import { Malformed, readU32, writeU32 } from "@purertc/core";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** Explicit congestion notification echo, or congestion window reduced. */
export interface EcnChunk extends StatedHeader {
  readonly type: "ECNE" | "CWR";
  readonly lowestTsn: number;
}

/** Reads the chunk at `bytes[at, end)`. */
export function parseEcnChunk(bytes: Uint8Array, at: number, end: number): EcnChunk | Malformed {
  if (end - at !== 8) return new Malformed("bad-length", at + 2);
  return { type: bytes[at] === 12 ? "ECNE" : "CWR", ...unnamedFlags(bytes[at + 1]!, 0), lowestTsn: readU32(bytes, at + 4) };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeEcnChunk(out: Uint8Array, at: number, chunk: EcnChunk): number {
  out[at + 1] = chunk.flags ?? 0;
  writeU32(out, at + 4, chunk.lowestTsn);
  return at + 8;
}
