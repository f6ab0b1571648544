/**
 * The RTP packet (RFC 3550 §5.1):
 *
 *     0                   1                   2                   3
 *    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *    |                           timestamp                           |
 *    |           synchronization source (SSRC) identifier            |
 *    |            contributing source (CSRC) identifiers, CC of them |
 *    |      defined by profile       |     length in 32-bit words    |   header extension, if X (§5.3.1)
 *    |                        header extension                       |
 *    |                            payload                            |
 *    |                            padding, its last octet the count  |   if P
 *
 * `RtpReader` (reader.ts) is the hot path; the value form here is for everything that is not.
 */
import { InvalidArgumentError, Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";

/** Octets of the header before CSRCs and extension. */
export const RTP_FIXED_HEADER_LENGTH = 12;

/** Why bytes are not an RTP packet. */
export type RtpFault = "truncated" | "bad-version" | "rtcp-packet-type" | "csrc-overrun" | "extension-overrun" | "bad-padding";

/** The header extension as one block (RFC 3550 §5.3.1); `parseHeaderExtensions` reads the elements of RFC 8285 in it. */
export interface RtpHeaderExtensionBlock {
  /** "Defined by profile": 0xBEDE or 0x1000 to 0x100F for RFC 8285. 16 bits. */
  readonly profile: number;
  /** What follows profile and length, a multiple of 4 octets. */
  readonly data: Uint8Array;
}

/** An RTP packet as a value. Arrays are views of what was parsed. */
export interface RtpPacket {
  /** Parsed packets have version 2 and do not state it. 2 bits. */
  readonly version?: number;
  /** What it marks is the payload format's matter: mostly the last packet of a frame, or the first of a talkspurt. */
  readonly marker: boolean;
  /** 0 to 127. */
  readonly payloadType: number;
  /** 16 bits. */
  readonly sequenceNumber: number;
  /** 32 bits, in units of the payload type's clock. */
  readonly timestamp: number;
  /** 32 bits. */
  readonly ssrc: number;
  /** At most 15. */
  readonly csrcs: readonly number[];
  /** Absent: X is clear. */
  readonly extension?: RtpHeaderExtensionBlock;
  /** What follows the header, padding left out. */
  readonly payload: Uint8Array;
  /** Octets of padding with the count octet, 1 to 255; absent or 0: no padding and P clear. */
  readonly paddingLength?: number;
}

/** Reads a whole packet. The views in the value are of `bytes`. */
export function parseRtpPacket(bytes: Uint8Array): RtpPacket | Malformed<RtpFault> {
  const fault = rtpFault(bytes, bytes.length);
  if (fault !== undefined) return fault;
  const first = bytes[0]!;
  const csrcs: number[] = [];
  let at = RTP_FIXED_HEADER_LENGTH;
  for (let i = first & 0x0f; i > 0; i--, at += 4) csrcs.push(readU32(bytes, at));
  let extension: RtpHeaderExtensionBlock | undefined;
  if ((first & 0x10) !== 0) {
    const end = at + 4 + 4 * readU16(bytes, at + 2);
    extension = { profile: readU16(bytes, at), data: bytes.subarray(at + 4, end) };
    at = end;
  }
  const paddingLength = (first & 0x20) !== 0 ? bytes[bytes.length - 1]! : 0;
  return {
    marker: (bytes[1]! & 0x80) !== 0,
    payloadType: bytes[1]! & 0x7f,
    sequenceNumber: readU16(bytes, 2),
    timestamp: readU32(bytes, 4),
    ssrc: readU32(bytes, 8),
    csrcs,
    ...(extension === undefined ? {} : { extension }),
    payload: bytes.subarray(at, bytes.length - paddingLength),
    ...(paddingLength === 0 ? {} : { paddingLength }),
  };
}

/**
 * Writes a packet at the start of `out` and returns its length. Throws `InvalidArgumentError` when it does not fit, when there are more than 15 CSRCs or 255 octets of
 * padding, or when the extension's data is no multiple of 4 octets: those no packet can express.
 */
export function writeRtpPacket(out: Uint8Array, packet: RtpPacket): number {
  const { csrcs, extension, payload, paddingLength = 0 } = packet;
  if (csrcs.length > 15) throw new InvalidArgumentError("an RTP packet carries at most 15 CSRCs", { code: "RTP_CSRC_COUNT" });
  if (extension !== undefined && extension.data.length % 4 !== 0) {
    throw new InvalidArgumentError("a header extension is a multiple of 4 octets", { code: "RTP_EXTENSION_LENGTH" });
  }
  if (!(paddingLength >= 0 && paddingLength <= 255)) {
    throw new InvalidArgumentError("padding is at most 255 octets", { code: "RTP_PADDING_LENGTH" });
  }
  const length = rtpPacketLength(packet);
  if (length > out.length) throw new InvalidArgumentError("the RTP packet does not fit its buffer", { code: "RTP_BUFFER_TOO_SMALL" });
  out[0] = ((packet.version ?? 2) << 6) | (paddingLength > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | csrcs.length;
  out[1] = (packet.marker ? 0x80 : 0) | (packet.payloadType & 0x7f);
  writeU16(out, 2, packet.sequenceNumber);
  writeU32(out, 4, packet.timestamp);
  writeU32(out, 8, packet.ssrc);
  let at = RTP_FIXED_HEADER_LENGTH;
  for (const csrc of csrcs) {
    writeU32(out, at, csrc);
    at += 4;
  }
  if (extension !== undefined) {
    writeU16(out, at, extension.profile);
    writeU16(out, at + 2, extension.data.length / 4);
    out.set(extension.data, at + 4);
    at += 4 + extension.data.length;
  }
  out.set(payload, at);
  at += payload.length;
  if (paddingLength > 0) {
    out.fill(0, at, length - 1);
    out[length - 1] = paddingLength;
  }
  return length;
}

/** Octets that `writeRtpPacket` writes. */
export function rtpPacketLength(packet: RtpPacket): number {
  const extension = packet.extension === undefined ? 0 : 4 + packet.extension.data.length;
  return RTP_FIXED_HEADER_LENGTH + 4 * packet.csrcs.length + extension + packet.payload.length + (packet.paddingLength ?? 0);
}

/**
 * The checks of RFC 3550 §5.1 and A.1 on `bytes[0, length)`: undefined when they hold. Payload types 72 to 76 with the marker bit are RTCP's 200 to 204
 * (RFC 3551 §6) and refused here.
 */
export function rtpFault(bytes: Uint8Array, length: number): Malformed<RtpFault> | undefined {
  if (length < RTP_FIXED_HEADER_LENGTH || length > bytes.length) return new Malformed("truncated", Math.min(length, bytes.length));
  const first = bytes[0]!;
  if (first >>> 6 !== 2) return new Malformed("bad-version", 0);
  const second = bytes[1]!;
  if (second >= 200 && second <= 204) return new Malformed("rtcp-packet-type", 1);
  let headerLength = RTP_FIXED_HEADER_LENGTH + ((first & 0x0f) << 2);
  if (headerLength > length) return new Malformed("csrc-overrun", 0);
  if ((first & 0x10) !== 0) {
    if (headerLength + 4 > length) return new Malformed("extension-overrun", headerLength);
    headerLength += 4 + (readU16(bytes, headerLength + 2) << 2);
    if (headerLength > length) return new Malformed("extension-overrun", RTP_FIXED_HEADER_LENGTH + ((first & 0x0f) << 2) + 2);
  }
  if ((first & 0x20) !== 0) {
    const padding = bytes[length - 1]!;
    if (padding === 0 || headerLength + padding > length) return new Malformed("bad-padding", length - 1);
  }
  return undefined;
}

/**
 * Whether a datagram of a port that carries RTP and RTCP is RTCP (RFC 5761 §4): second octet 192 to 223. It does not say that the rest is well-formed.
 */
export function isRtcp(datagram: Uint8Array): boolean {
  const type = datagram[1]!;
  return datagram.length >= 8 && type >= 192 && type <= 223;
}
