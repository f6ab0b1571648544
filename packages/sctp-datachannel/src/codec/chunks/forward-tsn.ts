/**
 * FORWARD TSN (RFC 3758 §3.2) and I-FORWARD-TSN (RFC 8260 §2.3.1):
 *
 *    +---------------+---------------+-------------------------------+
 *    | Type 192/194  |   Flags = 0   |            Length             |
 *    +---------------+---------------+-------------------------------+
 *    |                      New Cumulative TSN                       |
 *    +-------------------------------+-------------------------------+
 *    |            Stream-1           |       Stream Sequence-1       |   192
 *    +-------------------------------+-------------------------------+
 *    |       Stream Identifier       |          Reserved           |U|   194
 *    |                       Message Identifier                      |
 */
import { Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** An ordered stream that lost messages up to `streamSequenceNumber`. */
export interface SkippedStream {
  readonly streamId: number;
  readonly streamSequenceNumber: number;
}

/** A stream that lost messages up to `messageId`, of its ordered or its unordered ones. */
export interface SkippedMessage {
  readonly streamId: number;
  readonly unordered: boolean;
  readonly messageId: number;
}

/** Everything up to `newCumulativeTsn` was sent or given up. */
export interface ForwardTsnChunk extends StatedHeader {
  readonly type: "FORWARD-TSN";
  readonly newCumulativeTsn: number;
  readonly streams: readonly SkippedStream[];
}

/** The same for I-DATA. */
export interface IForwardTsnChunk extends StatedHeader {
  readonly type: "I-FORWARD-TSN";
  readonly newCumulativeTsn: number;
  readonly streams: readonly SkippedMessage[];
}

/** Reads the chunk at `bytes[at, end)`. */
export function parseForwardTsnChunk(bytes: Uint8Array, at: number, end: number): ForwardTsnChunk | Malformed {
  if (end - at < 8 || (end - at - 8) % 4 !== 0) return new Malformed("bad-length", at + 2);
  const streams: SkippedStream[] = [];
  for (let from = at + 8; from < end; from += 4) {
    streams.push({ streamId: readU16(bytes, from), streamSequenceNumber: readU16(bytes, from + 2) });
  }
  return { type: "FORWARD-TSN", ...unnamedFlags(bytes[at + 1]!, 0), newCumulativeTsn: readU32(bytes, at + 4), streams };
}

/** Reads the chunk at `bytes[at, end)`. The 15 reserved bits are ignored, as the RFC says. */
export function parseIForwardTsnChunk(bytes: Uint8Array, at: number, end: number): IForwardTsnChunk | Malformed {
  if (end - at < 8 || (end - at - 8) % 8 !== 0) return new Malformed("bad-length", at + 2);
  const streams: SkippedMessage[] = [];
  for (let from = at + 8; from < end; from += 8) {
    streams.push({ streamId: readU16(bytes, from), unordered: (bytes[from + 3]! & 1) !== 0, messageId: readU32(bytes, from + 4) });
  }
  return { type: "I-FORWARD-TSN", ...unnamedFlags(bytes[at + 1]!, 0), newCumulativeTsn: readU32(bytes, at + 4), streams };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeForwardTsnChunk(out: Uint8Array, at: number, chunk: ForwardTsnChunk | IForwardTsnChunk): number {
  out[at + 1] = chunk.flags ?? 0;
  writeU32(out, at + 4, chunk.newCumulativeTsn);
  let end = at + 8;
  if (chunk.type === "FORWARD-TSN") {
    for (const stream of chunk.streams) {
      writeU16(out, end, stream.streamId);
      writeU16(out, end + 2, stream.streamSequenceNumber);
      end += 4;
    }
  } else {
    for (const stream of chunk.streams) {
      writeU16(out, end, stream.streamId);
      writeU16(out, end + 2, stream.unordered ? 1 : 0);
      writeU32(out, end + 4, stream.messageId);
      end += 8;
    }
  }
  return end;
}
