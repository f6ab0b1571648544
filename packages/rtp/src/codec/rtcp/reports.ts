/**
 * Sender and receiver reports (RFC 3550 §6.4.1, §6.4.2):
 *
 *    |                         SSRC of sender                        |
 *    |              NTP timestamp, 64 bits                           |   sender info, SR only
 *    |                         RTP timestamp                         |
 *    |                     sender's packet count                     |
 *    |                      sender's octet count                     |
 *    |                 SSRC_1 (SSRC of first source)                 |   report blocks, `count` of them
 *    | fraction lost |       cumulative number of packets lost       |
 *    |           extended highest sequence number received           |
 *    |                      interarrival jitter                      |
 *    |                         last SR (LSR)                         |
 *    |                   delay since last SR (DLSR)                  |
 *    |                  profile-specific extensions                  |
 */
import { Malformed, readU24, readU32, readU64, writeU24, writeU32, writeU64 } from "@purertc/core";
import { type RtcpFault, type StatedRtcpHeader, writeRtcpPart } from "./header.ts";

/** How well one source is received. */
export interface ReportBlock {
  /** Of the source that is received, 32 bits. */
  readonly ssrc: number;
  /** Lost over expected since the report before, in 256ths: 0 to 255. */
  readonly fractionLost: number;
  /** -2^23 to 2^23 - 1; negative when duplicates outnumber losses. */
  readonly cumulativeLost: number;
  /** Cycles in the high 16 bits, sequence number in the low. */
  readonly extendedHighestSequenceNumber: number;
  /** In units of the timestamp. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP timestamp of the last SR; 0: none yet. */
  readonly lastSenderReport: number;
  /** In units of 1/65 536 s. */
  readonly delaySinceLastSenderReport: number;
}

/** SR. At most 31 report blocks. */
export interface SenderReport extends StatedRtcpHeader {
  readonly type: "SR";
  /** Of who sends the report, 32 bits. */
  readonly ssrc: number;
  /** 32.32 fixed point; see `ntpFromUnixMs`. */
  readonly ntpTimestamp: bigint;
  /** The same moment by the stream's RTP clock, 32 bits. */
  readonly rtpTimestamp: number;
  /** RTP packets sent since the start, modulo 2^32. */
  readonly packetCount: number;
  /** Octets of payload sent since the start, headers and padding left out, modulo 2^32. */
  readonly octetCount: number;
  /** On what the sender receives itself. */
  readonly reports: readonly ReportBlock[];
  /** A multiple of 4 octets. */
  readonly profileExtension?: Uint8Array;
}

/** RR. At most 31 report blocks. */
export interface ReceiverReport extends StatedRtcpHeader {
  readonly type: "RR";
  /** Of who sends the report, 32 bits. */
  readonly ssrc: number;
  /** One for each source; may be none. */
  readonly reports: readonly ReportBlock[];
  /** A multiple of 4 octets. */
  readonly profileExtension?: Uint8Array;
}

const REPORT_BLOCK_LENGTH = 24;

/** Reads what follows the header at `bytes[at, end)`. */
export function parseSenderReport(bytes: Uint8Array, at: number, end: number, count: number): SenderReport | Malformed<RtcpFault> {
  const reportsAt = at + 24;
  if (reportsAt + count * REPORT_BLOCK_LENGTH > end) return new Malformed("bad-length", at);
  return {
    type: "SR",
    ssrc: readU32(bytes, at),
    ntpTimestamp: readU64(bytes, at + 4),
    rtpTimestamp: readU32(bytes, at + 12),
    packetCount: readU32(bytes, at + 16),
    octetCount: readU32(bytes, at + 20),
    ...parseReportBlocks(bytes, reportsAt, end, count),
  };
}

/** Reads what follows the header at `bytes[at, end)`. */
export function parseReceiverReport(bytes: Uint8Array, at: number, end: number, count: number): ReceiverReport | Malformed<RtcpFault> {
  if (at + 4 + count * REPORT_BLOCK_LENGTH > end) return new Malformed("bad-length", at);
  return { type: "RR", ssrc: readU32(bytes, at), ...parseReportBlocks(bytes, at + 4, end, count) };
}

function parseReportBlocks(
  bytes: Uint8Array,
  at: number,
  end: number,
  count: number,
): { reports: ReportBlock[]; profileExtension?: Uint8Array } {
  const reports: ReportBlock[] = [];
  let next = at;
  for (let i = 0; i < count; i++, next += REPORT_BLOCK_LENGTH) {
    reports.push({
      ssrc: readU32(bytes, next),
      fractionLost: bytes[next + 4]!,
      cumulativeLost: (readU24(bytes, next + 5) << 8) >> 8,
      extendedHighestSequenceNumber: readU32(bytes, next + 8),
      jitter: readU32(bytes, next + 12),
      lastSenderReport: readU32(bytes, next + 16),
      delaySinceLastSenderReport: readU32(bytes, next + 20),
    });
  }
  return next === end ? { reports } : { reports, profileExtension: bytes.slice(next, end) };
}

/** Writes what follows the header at `out[at]`; returns the end. */
export function writeSenderReport(out: Uint8Array, at: number, packet: SenderReport): number {
  writeU32(out, at, packet.ssrc);
  writeU64(out, at + 4, packet.ntpTimestamp);
  writeU32(out, at + 12, packet.rtpTimestamp);
  writeU32(out, at + 16, packet.packetCount);
  writeU32(out, at + 20, packet.octetCount);
  return writeReportBlocks(out, at + 24, packet);
}

/** Writes what follows the header at `out[at]`; returns the end. */
export function writeReceiverReport(out: Uint8Array, at: number, packet: ReceiverReport): number {
  writeU32(out, at, packet.ssrc);
  return writeReportBlocks(out, at + 4, packet);
}

function writeReportBlocks(out: Uint8Array, at: number, { reports, profileExtension }: SenderReport | ReceiverReport): number {
  let next = at;
  for (const report of reports) {
    writeU32(out, next, report.ssrc);
    out[next + 4] = report.fractionLost;
    writeU24(out, next + 5, report.cumulativeLost);
    writeU32(out, next + 8, report.extendedHighestSequenceNumber);
    writeU32(out, next + 12, report.jitter);
    writeU32(out, next + 16, report.lastSenderReport);
    writeU32(out, next + 20, report.delaySinceLastSenderReport);
    next += REPORT_BLOCK_LENGTH;
  }
  return profileExtension === undefined ? next : writeRtcpPart(out, next, profileExtension);
}
