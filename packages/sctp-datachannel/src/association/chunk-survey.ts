import { ChunkType } from "../codec/chunk-types.ts";
import { chunkLengthAt } from "../codec/chunks/chunk.ts";
import { COMMON_HEADER_LENGTH } from "../codec/packet.ts";
import { padded } from "../codec/type-length-value.ts";

/** What a first look over the chunk headers of a packet says. */
export type ChunkSurvey = "ok" | "malformed" | "bad-bundle";

/**
 * Checks every chunk header before anything is believed, so that a packet is taken whole or not at all. RFC 9260 §6.10: INIT, INIT ACK and SHUTDOWN COMPLETE come
 * alone.
 */
export function surveyChunks(packet: Uint8Array): ChunkSurvey {
  let at = COMMON_HEADER_LENGTH;
  let count = 0;
  let alone = false;
  while (at < packet.length) {
    const length = chunkLengthAt(packet, at);
    if (length < 0) return "malformed";
    const type = packet[at];
    alone ||= type === ChunkType.INIT || type === ChunkType.INIT_ACK || type === ChunkType.SHUTDOWN_COMPLETE;
    count += 1;
    at += padded(length);
  }
  if (count === 0) return "malformed";
  return alone && count > 1 ? "bad-bundle" : "ok";
}
