import { Malformed } from "@purertc/core";
import { type Chunk, chunkLengthAt, parseChunk } from "../codec/chunks/chunk.ts";
import { COMMON_HEADER_LENGTH } from "../codec/packet.ts";
import { padded } from "../codec/type-length-value.ts";

/**
 * RFC 9260 §8.4: what to answer, under the packet's own tag, to a packet that belongs to no association; undefined: nothing. INIT and COOKIE ECHO are not for here.
 */
export function outOfTheBlueAnswer(packet: Uint8Array): Chunk | undefined {
  let answer: Chunk | undefined = { type: "ABORT", tagReflected: true, causes: [] }; // rule 8
  for (let at = COMMON_HEADER_LENGTH; at < packet.length; at += padded(chunkLengthAt(packet, at))) {
    const chunk = parseChunk(packet, at);
    if (chunk instanceof Malformed) return undefined;
    switch (chunk.type) {
      case "ABORT": // rule 2
      case "INIT-ACK":
      case "SHUTDOWN-COMPLETE": // rule 6
      case "COOKIE-ACK": // rule 7
        return undefined;
      case "ERROR": // rule 7
        if (chunk.causes.some((cause) => cause.type === "STALE-COOKIE")) return undefined;
        break;
      case "SHUTDOWN-ACK": // rule 5
        answer = { type: "SHUTDOWN-COMPLETE", tagReflected: true };
    }
  }
  return answer;
}
