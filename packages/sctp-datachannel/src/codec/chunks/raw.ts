/** PAD (RFC 4820 §3) and chunks of types without a codec here (AUTH, ASCONF, anything new): bytes that survive a round trip. */
import { copyBytes } from "@purertc/core";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** Bytes without meaning, to make a packet larger. */
export interface PadChunk extends StatedHeader {
  readonly type: "PAD";
  readonly padding: Uint8Array;
}

/** A chunk kept as it came. */
export interface RawChunk {
  readonly type: "RAW";
  /** The Chunk Type octet. */
  readonly code: number;
  readonly flags: number;
  /** Everything after the length field. */
  readonly value: Uint8Array;
  /** Stated: used instead of the computed Chunk Length. */
  readonly length?: number;
}

/** Reads the chunk at `bytes[at, end)`. The bytes are copied. */
export function parsePadChunk(bytes: Uint8Array, at: number, end: number): PadChunk {
  return { type: "PAD", ...unnamedFlags(bytes[at + 1]!, 0), padding: copyBytes(bytes.subarray(at + 4, end)) };
}

/** Reads the chunk at `bytes[at, end)`. The bytes are copied. */
export function parseRawChunk(bytes: Uint8Array, at: number, end: number): RawChunk {
  return { type: "RAW", code: bytes[at]!, flags: bytes[at + 1]!, value: copyBytes(bytes.subarray(at + 4, end)) };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeRawChunk(out: Uint8Array, at: number, chunk: PadChunk | RawChunk): number {
  const value = chunk.type === "PAD" ? chunk.padding : chunk.value;
  out[at + 1] = chunk.flags ?? 0;
  out.set(value, at + 4);
  return at + 4 + value.length;
}
