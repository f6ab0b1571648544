/**
 * The few fields SRTP needs of an RTP header (RFC 3550 §5.1).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *   |                           timestamp                           |
 *   |                             SSRC                              |
 *   |                         CSRC, CC times                        |
 *   |      defined by profile       |       length in words         |   when X
 *   |                       header extension                        |
 */
import { readU16 } from "@purertc/core";

/** Bytes of the fixed header. */
export const FIXED_HEADER_LENGTH = 12;
/** Bytes before the data of a header extension. */
export const EXTENSION_HEADER_LENGTH = 4;

/** Bytes of header with CSRCs and extension in a packet of `length` bytes; -1 when it is not RTP version 2 or is shorter than its header. */
export function rtpHeaderLength(packet: Uint8Array, length: number): number {
  if (length < FIXED_HEADER_LENGTH) return -1;
  const first = packet[0]!;
  if (first >> 6 !== 2) return -1;
  if ((first & 0x1f) === 0) return FIXED_HEADER_LENGTH;
  let headerLength = extensionStart(first);
  // Where even the length is missing, whatever is read for it makes the header longer than the packet.
  if (hasExtension(first)) headerLength += EXTENSION_HEADER_LENGTH + 4 * readU16(packet, headerLength + 2);
  return headerLength <= length ? headerLength : -1;
}

/** Where the extension (or, without one, the payload) begins, from the first byte of the header. */
export function extensionStart(first: number): number {
  return FIXED_HEADER_LENGTH + 4 * (first & 0x0f);
}

/** Whether the first byte of the header says that there is an extension. */
export function hasExtension(first: number): boolean {
  return (first & 0x10) !== 0;
}
