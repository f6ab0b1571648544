import { writeU16, writeU32 } from "@purertc/core";
import { ChunkType } from "../codec/chunk-types.ts";
import type { OutstandingData } from "./outstanding-data.ts";

/**
 * Writes FORWARD-TSN (RFC 3758 §3.5 C4: the largest SSN skipped per ordered stream) or I-FORWARD-TSN (RFC 8260 §2.3.1: the largest MID per stream and U bit)
 * for everything from the cumulative TSN to `ackPoint`. Goes less far when the streams do not fit before `limit`; returns `at` when nothing fits.
 */
export function writeForwardTsn(
  out: Uint8Array,
  at: number,
  limit: number,
  data: OutstandingData,
  tsnBase: number,
  ackPoint: number,
  interleaving: boolean,
): number {
  const entryLength = interleaving ? 8 : 4;
  const room = Math.floor((limit - at - 8) / entryLength);
  if (limit - at < 8) return at;
  const skipped = new Map<number, number>();
  let point = data.cumulative;
  while (point < ackPoint) {
    const message = data.at(point + 1).message;
    // A message that is ordered, or any with I-DATA. The key holds the stream and the U bit.
    if (message !== undefined && message.sequence >= 0 && (interleaving || !message.unordered)) {
      const key = message.streamId * 2 + (message.unordered ? 1 : 0);
      if (!skipped.has(key) && skipped.size === room) break;
      skipped.set(key, message.sequence);
    }
    point += 1;
  }
  if (point === data.cumulative) return at;
  const length = 8 + entryLength * skipped.size;
  out[at] = interleaving ? ChunkType.I_FORWARD_TSN : ChunkType.FORWARD_TSN;
  out[at + 1] = 0;
  writeU16(out, at + 2, length);
  writeU32(out, at + 4, tsnBase + point);
  let end = at + 8;
  for (const [key, sequence] of skipped) {
    writeU16(out, end, key >> 1);
    if (interleaving) {
      writeU16(out, end + 2, key & 1);
      writeU32(out, end + 4, sequence);
    } else {
      writeU16(out, end + 2, sequence);
    }
    end += entryLength;
  }
  return end;
}
