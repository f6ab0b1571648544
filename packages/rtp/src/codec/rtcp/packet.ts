/** One RTCP packet of any type: the type decides which file reads and writes it. What no file knows is kept as bytes. */
import { InvalidArgumentError, Malformed, readU32, writeU32 } from "@purertc/core";
import { type ApplicationDefined, parseApplicationDefined, writeApplicationDefined } from "./application-defined.ts";
import {
  type CongestionControlFeedback,
  parseCongestionControlFeedback,
  writeCongestionControlFeedback,
} from "./congestion-control-feedback.ts";
import { type ExtendedReport, parseExtendedReport, writeExtendedReport } from "./extended-report.ts";
import { type Goodbye, parseGoodbye, writeGoodbye } from "./goodbye.ts";
import {
  RTCP_HEADER_LENGTH,
  RTCP_PACKET_TYPE,
  type RtcpFault,
  type RtcpHeader,
  type StatedRtcpHeader,
  writeRtcpHeader,
  writeRtcpPart,
} from "./header.ts";
import {
  type FullIntraRequest,
  isRemb,
  type PictureLossIndication,
  parseFullIntraRequest,
  parseRemb,
  parseSliceLoss,
  type ReceiverEstimatedMaxBitRate,
  type SliceLossIndication,
  writeFullIntraRequest,
  writeRemb,
  writeSliceLoss,
} from "./payload-feedback.ts";
import {
  parseReceiverReport,
  parseSenderReport,
  type ReceiverReport,
  type SenderReport,
  writeReceiverReport,
  writeSenderReport,
} from "./reports.ts";
import { parseSourceDescription, type SourceDescription, writeSourceDescription } from "./source-description.ts";
import { parseTransportFeedback, type TransportFeedback, writeTransportFeedback } from "./transport-cc.ts";
import {
  type BitRateNotification,
  type BitRateRequest,
  type GenericNack,
  parseBitRateLimits,
  parseGenericNack,
  writeBitRateLimits,
  writeGenericNack,
} from "./transport-feedback.ts";

/** A packet of a type, or a feedback message of a format, that has no file here. */
export interface UnknownRtcpPacket extends StatedRtcpHeader {
  readonly type: "unknown";
  /** 0 to 255. */
  readonly packetType: number;
  /** The header's five bits: 0 to 31. */
  readonly count: number;
  /** All that follows the header, padding left out; a multiple of 4 octets. */
  readonly body: Uint8Array;
}

/** Any RTCP packet. Byte arrays in it are copies. */
export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Goodbye
  | ApplicationDefined
  | ExtendedReport
  | GenericNack
  | BitRateRequest
  | BitRateNotification
  | TransportFeedback
  | CongestionControlFeedback
  | PictureLossIndication
  | SliceLossIndication
  | FullIntraRequest
  | ReceiverEstimatedMaxBitRate
  | UnknownRtcpPacket;

/** Feedback message types: RTPFB and PSFB have numbers of their own (RFC 4585 §6.2, §6.3; RFC 5104 §4.2, §4.3; RFC 8888 §3.1). */
const FMT = { NACK: 1, TMMBR: 3, TMMBN: 4, CCFB: 11, TRANSPORT_CC: 15, PLI: 1, SLI: 2, FIR: 4, AFB: 15 } as const;

/** Reads the packet at `bytes[at]` whose header was read before. */
export function parseRtcpPacket(bytes: Uint8Array, at: number, header: RtcpHeader): RtcpPacket | Malformed<RtcpFault> {
  const { count, packetType, contentEnd: end } = header;
  const body = at + RTCP_HEADER_LENGTH;
  switch (packetType) {
    case RTCP_PACKET_TYPE.SR:
      return parseSenderReport(bytes, body, end, count);
    case RTCP_PACKET_TYPE.RR:
      return parseReceiverReport(bytes, body, end, count);
    case RTCP_PACKET_TYPE.SDES:
      return parseSourceDescription(bytes, body, end, count);
    case RTCP_PACKET_TYPE.BYE:
      return parseGoodbye(bytes, body, end, count);
    case RTCP_PACKET_TYPE.APP:
      return parseApplicationDefined(bytes, body, end, count);
    case RTCP_PACKET_TYPE.XR:
      return parseExtendedReport(bytes, body, end);
    case RTCP_PACKET_TYPE.RTPFB:
      if (count === FMT.CCFB) return parseCongestionControlFeedback(bytes, body, end);
      return parseFeedback(bytes, body, end, header);
    case RTCP_PACKET_TYPE.PSFB:
      return parseFeedback(bytes, body, end, header);
    default:
      return unknownPacket(bytes, body, header);
  }
}

function unknownPacket(bytes: Uint8Array, body: number, { packetType, count, contentEnd }: RtcpHeader): UnknownRtcpPacket {
  return { type: "unknown", packetType, count, body: bytes.slice(body, contentEnd) };
}

/** The messages that begin with two SSRCs. */
function parseFeedback(bytes: Uint8Array, body: number, end: number, header: RtcpHeader): RtcpPacket | Malformed<RtcpFault> {
  const at = body + 8;
  if (at > end) return new Malformed("bad-length", body);
  const ssrcs = { senderSsrc: readU32(bytes, body), mediaSsrc: readU32(bytes, body + 4) };
  const fmt = header.count;
  if (header.packetType === RTCP_PACKET_TYPE.RTPFB) {
    if (fmt === FMT.NACK) return named("NACK", ssrcs, parseGenericNack(bytes, at, end));
    if (fmt === FMT.TMMBR) return named("TMMBR", ssrcs, parseBitRateLimits(bytes, at, end));
    if (fmt === FMT.TMMBN) return named("TMMBN", ssrcs, parseBitRateLimits(bytes, at, end));
    if (fmt === FMT.TRANSPORT_CC) return named("transport-cc", ssrcs, parseTransportFeedback(bytes, at, end));
  } else {
    if (fmt === FMT.PLI) return at === end ? { type: "PLI", ...ssrcs } : new Malformed("bad-length", at);
    if (fmt === FMT.SLI) return named("SLI", ssrcs, parseSliceLoss(bytes, at, end));
    if (fmt === FMT.FIR) return named("FIR", ssrcs, parseFullIntraRequest(bytes, at, end));
    if (fmt === FMT.AFB && isRemb(bytes, at, end)) return named("REMB", ssrcs, parseRemb(bytes, at, end));
  }
  return unknownPacket(bytes, body, header);
}

function named<Type extends string, Body extends object>(
  type: Type,
  ssrcs: { senderSsrc: number; mediaSsrc: number },
  body: Body | Malformed<RtcpFault>,
): ({ type: Type; senderSsrc: number; mediaSsrc: number } & Body) | Malformed<RtcpFault> {
  return body instanceof Malformed ? body : { type, ...ssrcs, ...body };
}

/**
 * Writes one packet at `out[at]` and returns its end, a word boundary from `at`. Numbers larger than their field lose their high bits. Throws `InvalidArgumentError` for a
 * list or text longer than its count can say (`RTCP_COUNT`, `RTCP_FIELD`), a part that is not whole words (`RTCP_LENGTH`, `RTCP_FIELD`), and when it does not fit
 * (`RTCP_BUFFER_TOO_SMALL`).
 */
export function writeRtcpPacket(out: Uint8Array, at: number, packet: RtcpPacket): number {
  const body = at + RTCP_HEADER_LENGTH;
  const { packetType, count } = identity(packet);
  if (count > 31) throw new InvalidArgumentError("an RTCP packet counts at most 31 reports or sources", { code: "RTCP_COUNT" });
  const end = writeBody(out, body, packet);
  const words = at + ((end - at + 3) & ~3);
  if (words > out.length) throw new InvalidArgumentError("the RTCP packet does not fit its buffer", { code: "RTCP_BUFFER_TOO_SMALL" });
  const padding = words - end;
  if (padding > 0 && packet.type !== "transport-cc") {
    throw new InvalidArgumentError("an RTCP packet is a whole number of 32-bit words", { code: "RTCP_LENGTH" });
  }
  writeRtcpHeader(out, at, words, packetType, count, packet);
  if (padding > 0) {
    out.fill(0, end, words - 1);
    out[words - 1] = padding;
    if (packet.header?.padding === undefined) out[at]! |= 0x20;
  }
  return words;
}

function identity(packet: RtcpPacket): { packetType: number; count: number } {
  const { SR, RR, SDES, BYE, APP, RTPFB, PSFB, XR } = RTCP_PACKET_TYPE;
  switch (packet.type) {
    case "SR":
      return { packetType: SR, count: packet.reports.length };
    case "RR":
      return { packetType: RR, count: packet.reports.length };
    case "SDES":
      return { packetType: SDES, count: packet.chunks.length };
    case "BYE":
      return { packetType: BYE, count: packet.ssrcs.length };
    case "APP":
      return { packetType: APP, count: packet.subtype };
    case "XR":
      return { packetType: XR, count: 0 };
    case "NACK":
      return { packetType: RTPFB, count: FMT.NACK };
    case "TMMBR":
      return { packetType: RTPFB, count: FMT.TMMBR };
    case "TMMBN":
      return { packetType: RTPFB, count: FMT.TMMBN };
    case "transport-cc":
      return { packetType: RTPFB, count: FMT.TRANSPORT_CC };
    case "CCFB":
      return { packetType: RTPFB, count: FMT.CCFB };
    case "PLI":
      return { packetType: PSFB, count: FMT.PLI };
    case "SLI":
      return { packetType: PSFB, count: FMT.SLI };
    case "FIR":
      return { packetType: PSFB, count: FMT.FIR };
    case "REMB":
      return { packetType: PSFB, count: FMT.AFB };
    case "unknown":
      return { packetType: packet.packetType, count: packet.count };
  }
}

function writeBody(out: Uint8Array, at: number, packet: RtcpPacket): number {
  switch (packet.type) {
    case "SR":
      return writeSenderReport(out, at, packet);
    case "RR":
      return writeReceiverReport(out, at, packet);
    case "SDES":
      return writeSourceDescription(out, at, packet);
    case "BYE":
      return writeGoodbye(out, at, packet);
    case "APP":
      return writeApplicationDefined(out, at, packet);
    case "XR":
      return writeExtendedReport(out, at, packet);
    case "CCFB":
      return writeCongestionControlFeedback(out, at, packet);
    case "unknown":
      return writeRtcpPart(out, at, packet.body);
    default:
      writeU32(out, at, packet.senderSsrc);
      writeU32(out, at + 4, packet.mediaSsrc);
      return writeFeedback(out, at + 8, packet);
  }
}

function writeFeedback(
  out: Uint8Array,
  at: number,
  packet:
    | GenericNack
    | BitRateRequest
    | BitRateNotification
    | TransportFeedback
    | PictureLossIndication
    | SliceLossIndication
    | FullIntraRequest
    | ReceiverEstimatedMaxBitRate,
): number {
  switch (packet.type) {
    case "NACK":
      return writeGenericNack(out, at, packet);
    case "TMMBR":
    case "TMMBN":
      return writeBitRateLimits(out, at, packet);
    case "transport-cc":
      return writeTransportFeedback(out, at, packet);
    case "PLI":
      return at;
    case "SLI":
      return writeSliceLoss(out, at, packet);
    case "FIR":
      return writeFullIntraRequest(out, at, packet);
    case "REMB":
      return writeRemb(out, at, packet);
  }
}
