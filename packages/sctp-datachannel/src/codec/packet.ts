/**
 * The SCTP packet (RFC 9260 §3):
 *
 *    +-------------------------------+-------------------------------+
 *    |      Source Port Number       |    Destination Port Number    |
 *    +-------------------------------+-------------------------------+
 *    |                       Verification Tag                        |
 *    +---------------------------------------------------------------+
 *    |              Checksum (CRC-32C, §6.8, least significant byte first)
 *    +---------------------------------------------------------------+
 *    |                     Chunk #1, padded to 4                     |
 *    |                              ...                              |
 */
import { crc32c, crc32cZeroing, Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { type Chunk, chunkLengthAt, parseChunk, writeChunk } from "./chunks/chunk.ts";
import { padded } from "./type-length-value.ts";

/** A whole packet. */
export interface SctpPacket {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly verificationTag: number;
  /** As it is on the wire, read big-endian. Left out: computed. Parsers state it only when it is not the right one (see `checksum` of the parser's options). */
  readonly checksum?: number;
  readonly chunks: readonly Chunk[];
}

/** Bytes of the common header. */
export const COMMON_HEADER_LENGTH = 12;

/** How a parser treats the checksum: refuse a wrong one, also accept zero (RFC 9653), or keep a wrong one in `checksum`. */
export type ChecksumRule = "verify" | "accept-zero" | "keep";

/** Reads a packet. Nothing of `bytes` is kept. Chunks of unknown type come back as RAW. */
export function parsePacket(bytes: Uint8Array, checksumRule: ChecksumRule = "verify"): SctpPacket | Malformed {
  if (bytes.length < COMMON_HEADER_LENGTH) return new Malformed("truncated", bytes.length);
  const checksum = readU32(bytes, 8);
  const right = checksum === packetChecksum(bytes, bytes.length);
  if (!right && checksumRule !== "keep" && !(checksumRule === "accept-zero" && checksum === 0)) return new Malformed("bad-checksum", 8);
  const chunks: Chunk[] = [];
  let at = COMMON_HEADER_LENGTH;
  while (at < bytes.length) {
    const chunk = parseChunk(bytes, at);
    if (chunk instanceof Malformed) return chunk;
    chunks.push(chunk);
    at += padded(chunkLengthAt(bytes, at));
  }
  return {
    sourcePort: readU16(bytes, 0),
    destinationPort: readU16(bytes, 2),
    verificationTag: readU32(bytes, 4),
    ...(right ? {} : { checksum }),
    chunks,
  };
}

/** Writes a packet at the start of `out`, which must be large enough; returns its length, a multiple of four. */
export function writePacket(out: Uint8Array, packet: SctpPacket): number {
  let at = COMMON_HEADER_LENGTH;
  for (const chunk of packet.chunks) at = padded(writeChunk(out, at, chunk));
  writeCommonHeader(out, packet.sourcePort, packet.destinationPort, packet.verificationTag);
  writeU32(out, 8, packet.checksum ?? packetChecksum(out, at));
  return at;
}

/** Writes ports and tag, and a zero checksum. */
export function writeCommonHeader(out: Uint8Array, sourcePort: number, destinationPort: number, verificationTag: number): void {
  writeU16(out, 0, sourcePort);
  writeU16(out, 2, destinationPort);
  writeU32(out, 4, verificationTag);
  writeU32(out, 8, 0);
}

/** The checksum field of `bytes[0, length)`, as `readU32` would read it: CRC-32C with the field as zero, byte-swapped (RFC 9260 appendix A). */
export function packetChecksum(bytes: Uint8Array, length: number): number {
  return swapBytes(crc32cZeroing(bytes, 0, length, 8));
}

/** The same for a packet whose checksum field is zero already. */
export function checksumOfZeroed(bytes: Uint8Array, length: number): number {
  return swapBytes(crc32c(bytes, 0, length));
}

function swapBytes(crc: number): number {
  return ((crc << 24) | ((crc & 0xff00) << 8) | ((crc >>> 8) & 0xff00) | (crc >>> 24)) >>> 0;
}
