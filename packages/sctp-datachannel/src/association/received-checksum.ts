import { readU32 } from "@purertc/core";
import { ChunkType } from "../codec/chunk-types.ts";
import { COMMON_HEADER_LENGTH, packetChecksum } from "../codec/packet.ts";

/** RFC 9260 §6.8. With `zeroChecksum`, RFC 9653 §5.3: zero is accepted from a peer that was told so; INIT and COOKIE ECHO always carry a checksum. */
export function checksumIsRight(packet: Uint8Array, zeroChecksum: boolean): boolean {
  const checksum = readU32(packet, 8);
  if (checksum === 0 && zeroChecksum) {
    const first = packet[COMMON_HEADER_LENGTH];
    if (first !== ChunkType.INIT && first !== ChunkType.COOKIE_ECHO) return true;
  }
  return checksum === packetChecksum(packet, packet.length);
}
