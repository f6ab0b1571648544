/**
 * What all RTCP packets begin with (RFC 3550 §6.4.1):
 *
 *     0                   1                   2                   3
 *    |V=2|P|  count  |      PT       |   length in words, minus one  |
 *
 * `count` is a number of reports or sources, a subtype (APP) or a feedback message type, FMT (RFC 4585 §6.1).
 */
import { InvalidArgumentError, Malformed, readU16, writeU16 } from "@purertc/core";

/** RTCP packet types (IANA). */
export const RTCP_PACKET_TYPE = { SR: 200, RR: 201, SDES: 202, BYE: 203, APP: 204, RTPFB: 205, PSFB: 206, XR: 207 } as const;

/** Octets of the header. */
export const RTCP_HEADER_LENGTH = 4;

/** Why bytes are not RTCP. */
export type RtcpFault =
  | "truncated"
  | "bad-version"
  | "bad-length"
  | "bad-padding"
  | "padding-before-last"
  | "not-rtcp"
  | "first-not-report"
  | "bad-item"
  | "reserved-symbol"
  | "bad-block";

/** The fields of the header. */
export interface RtcpHeader {
  /** The five bits after P: 0 to 31. */
  readonly count: number;
  /** 0 to 255. */
  readonly packetType: number;
  /** Where the packet ends, padding included. */
  readonly end: number;
  /** Where its contents end and padding starts. */
  readonly contentEnd: number;
}

/** What a caller may state instead of having it computed, in any packet; parsers never set it. For testers: it makes wrong packets. */
export interface StatedRtcpHeader {
  readonly header?: {
    readonly version?: number;
    readonly padding?: boolean;
    readonly count?: number;
    /** The length field as it is on the wire: words, minus one. */
    readonly lengthInWords?: number;
  };
}

/** Reads the header at `bytes[at]` of a compound that ends at `end`, and checks version, length and padding. */
export function parseRtcpHeader(bytes: Uint8Array, at: number, end: number): RtcpHeader | Malformed<RtcpFault> {
  if (end - at < RTCP_HEADER_LENGTH) return new Malformed("truncated", at);
  const first = bytes[at]!;
  if (first >>> 6 !== 2) return new Malformed("bad-version", at);
  const packetEnd = at + 4 * (readU16(bytes, at + 2) + 1);
  if (packetEnd > end) return new Malformed("bad-length", at + 2);
  let contentEnd = packetEnd;
  if ((first & 0x20) !== 0) {
    // RFC 3550 §6.4.1: only the last packet of a compound is padded; the count is a multiple of four.
    // INTEROP: Chromium 156 and Firefox 153 pad transport-wide feedback, whose deltas end anywhere, with 1 to 3 octets.
    if (packetEnd !== end) return new Malformed("padding-before-last", at);
    const padding = bytes[packetEnd - 1]!;
    contentEnd -= padding;
    const anywhere = bytes[at + 1] === RTCP_PACKET_TYPE.RTPFB && (first & 0x1f) === 15;
    if (padding === 0 || (padding % 4 !== 0 && !anywhere) || contentEnd < at + RTCP_HEADER_LENGTH)
      return new Malformed("bad-padding", packetEnd - 1);
  }
  return { count: first & 0x1f, packetType: bytes[at + 1]!, end: packetEnd, contentEnd };
}

/** Copies a part of a packet to `out[at]` and returns its end. Throws `InvalidArgumentError` when it does not fit. */
export function writeRtcpPart(out: Uint8Array, at: number, part: Uint8Array): number {
  if (at + part.length > out.length)
    throw new InvalidArgumentError("the RTCP packet does not fit its buffer", { code: "RTCP_BUFFER_TOO_SMALL" });
  out.set(part, at);
  return at + part.length;
}

/** Throws `InvalidArgumentError` unless the format can say it. */
export function checkRtcpField(good: boolean, rule: string): void {
  if (!good) throw new InvalidArgumentError(rule, { code: "RTCP_FIELD" });
}

/** Writes the header of a packet that lies at `out[at, end)`; `end - at` is a multiple of four. */
export function writeRtcpHeader(
  out: Uint8Array,
  at: number,
  end: number,
  packetType: number,
  count: number,
  stated?: StatedRtcpHeader,
): void {
  const header = stated?.header;
  out[at] = ((header?.version ?? 2) << 6) | (header?.padding === true ? 0x20 : 0) | ((header?.count ?? count) & 0x1f);
  out[at + 1] = packetType;
  writeU16(out, at + 2, header?.lengthInWords ?? (end - at) / 4 - 1);
}
