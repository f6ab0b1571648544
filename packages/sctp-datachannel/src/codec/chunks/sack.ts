/**
 * SACK (RFC 9260 §3.3.4):
 *
 *    +---------------+---------------+-------------------------------+
 *    |   Type = 3    |  Chunk Flags  |            Length             |
 *    +---------------+---------------+-------------------------------+
 *    |                      Cumulative TSN Ack                       |
 *    +---------------------------------------------------------------+
 *    |          Advertised Receiver Window Credit (a_rwnd)           |
 *    +-------------------------------+-------------------------------+
 *    |  Number of Gap Ack Blocks = N |  Number of Duplicate TSNs = M |
 *    +-------------------------------+-------------------------------+
 *    |  Gap Ack Block #1 Start       |  Gap Ack Block #1 End         |   offsets from Cumulative TSN Ack
 *    |                              ...                              |
 *    |                        Duplicate TSN #1                       |
 *    |                              ...                              |
 */
import { Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** TSNs `cumulativeTsnAck + start` to `cumulativeTsnAck + end`, both included. */
export interface GapAckBlock {
  readonly start: number;
  readonly end: number;
}

/** What arrived and how much more may. */
export interface SackChunk extends StatedHeader {
  readonly type: "SACK";
  readonly cumulativeTsnAck: number;
  /** a_rwnd, in bytes. */
  readonly advertisedReceiverWindow: number;
  readonly gapAckBlocks: readonly GapAckBlock[];
  readonly duplicateTsns: readonly number[];
}

/** Bytes of a SACK before its gap ack blocks. */
export const SACK_HEADER_LENGTH = 16;

/** Reads the chunk at `bytes[at, end)`. */
export function parseSackChunk(bytes: Uint8Array, at: number, end: number): SackChunk | Malformed {
  if (end - at < SACK_HEADER_LENGTH) return new Malformed("bad-length", at + 2);
  const blocks = readU16(bytes, at + 12);
  const duplicates = readU16(bytes, at + 14);
  const duplicatesAt = at + SACK_HEADER_LENGTH + 4 * blocks;
  if (duplicatesAt + 4 * duplicates !== end) return new Malformed("bad-length", at + 12);
  const gapAckBlocks: GapAckBlock[] = [];
  for (let i = 0; i < blocks; i++) {
    const from = at + SACK_HEADER_LENGTH + 4 * i;
    gapAckBlocks.push({ start: readU16(bytes, from), end: readU16(bytes, from + 2) });
  }
  const duplicateTsns: number[] = [];
  for (let i = 0; i < duplicates; i++) duplicateTsns.push(readU32(bytes, duplicatesAt + 4 * i));
  return {
    type: "SACK",
    ...unnamedFlags(bytes[at + 1]!, 0),
    cumulativeTsnAck: readU32(bytes, at + 4),
    advertisedReceiverWindow: readU32(bytes, at + 8),
    gapAckBlocks,
    duplicateTsns,
  };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeSackChunk(out: Uint8Array, at: number, chunk: SackChunk): number {
  out[at + 1] = chunk.flags ?? 0;
  writeU32(out, at + 4, chunk.cumulativeTsnAck);
  writeU32(out, at + 8, chunk.advertisedReceiverWindow);
  writeU16(out, at + 12, chunk.gapAckBlocks.length);
  writeU16(out, at + 14, chunk.duplicateTsns.length);
  let end = at + SACK_HEADER_LENGTH;
  for (const block of chunk.gapAckBlocks) {
    writeU16(out, end, block.start);
    writeU16(out, end + 2, block.end);
    end += 4;
  }
  for (const tsn of chunk.duplicateTsns) {
    writeU32(out, end, tsn);
    end += 4;
  }
  return end;
}
