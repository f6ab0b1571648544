/**
 * SRTCP packets (RFC 3711 §3.4, RFC 7714 §9).
 *
 *   HMAC-SHA1   header(8) | ciphertext | E, SRTCP index(4) | MKI | tag
 *   AEAD        header(8) | ciphertext | tag | E, SRTCP index(4) | MKI
 *
 * The tag of HMAC-SHA1 is over all before the MKI. An AEAD's additional data is the header and the word with E and index (§9.2), or, when the packet is not
 * encrypted, the whole packet and that word (§9.3).
 */
import { writeU32 } from "@purertc/core";

/** Bytes of every RTCP packet that are never encrypted: version, type, length, and the sender's SSRC. */
export const RTCP_HEADER_LENGTH = 8;
/** Bytes of the word with the E flag and the SRTCP index. */
export const INDEX_WORD_LENGTH = 4;
/** The E flag in that word: the packet is encrypted. */
export const ENCRYPTED_FLAG = 0x8000_0000;
/** The highest SRTCP index: 2^31 - 1. */
export const MAX_SRTCP_INDEX = 0x7fff_ffff;

/** Whether the first two bytes are those of an RTCP packet: version 2, and a packet type that RTP cannot have beside it (RFC 5761 §4). */
export function isRtcp(packet: Uint8Array): boolean {
  const type = packet[1]!;
  return packet[0]! >> 6 === 2 && type >= 192 && type <= 223;
}

/** Additional data of an AEAD: `packet[0, length)`, then the word with E and index. */
export class SrtcpAdditionalData {
  bytes: Uint8Array = new Uint8Array(64);

  /** Puts them together and returns how many bytes they are. */
  set(packet: Uint8Array, length: number, indexWord: number): number {
    const needed = length + INDEX_WORD_LENGTH;
    if (this.bytes.length < needed) this.bytes = new Uint8Array(2 * needed);
    const bytes = this.bytes;
    if (length === RTCP_HEADER_LENGTH) for (let i = 0; i < RTCP_HEADER_LENGTH; i++) bytes[i] = packet[i]!;
    else bytes.set(packet.subarray(0, length));
    writeU32(bytes, length, indexWord);
    return needed;
  }
}
