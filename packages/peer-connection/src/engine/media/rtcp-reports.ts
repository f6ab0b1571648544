/** What this side says in RTCP: regular reports (RFC 3550 §6.4, §6.5; RFC 3611 §4.4, §4.5) and goodbyes. */
import type { Instant } from "@purertc/core";
import {
  compactFromMs,
  type ExtendedReportBlock,
  ntpFromUnixMs,
  type ReportBlock,
  type RtcpPacket,
  type SenderReport,
  type SourceDescription,
  sdesItem,
} from "@purertc/rtp";
import type { OutboundStream } from "./outbound-stream.ts";
import type { Receiver } from "./receiver.ts";

/** A receiver of the peer that sent its reference time, and when. */
export interface ReferenceTime {
  readonly ssrc: number;
  readonly compactNtp: number;
  readonly at: Instant;
}

/** What reports are made of. */
export interface ReportSources {
  readonly now: Instant;
  readonly unixMs: number;
  readonly cname: string;
  /** Streams that have sent. */
  readonly streams: readonly OutboundStream[];
  readonly receivers: readonly Receiver[];
  /** Of a participant that sends no media. */
  readonly receiverSsrc: number;
  readonly referenceTimes: readonly ReferenceTime[];
}

/**
 * A regular compound (§6.1), as one list: SR for each stream of ours or one RR, report blocks of all that is received spread over them, SDES with the CNAME, then XR.
 */
export function regularReport(sources: ReportSources): RtcpPacket[] {
  const { now, unixMs, cname, streams, receivers, receiverSsrc, referenceTimes } = sources;
  const blocks: ReportBlock[] = [];
  for (const receiver of receivers) {
    for (const stream of receiver.streams) {
      const block = stream.reportBlock(now);
      if (block !== undefined) blocks.push(block);
    }
  }
  const ntpTimestamp = ntpFromUnixMs(unixMs);
  const packets: RtcpPacket[] = [];
  for (const stream of streams) {
    const report = senderReport(stream, now, ntpTimestamp, blocks.splice(0, MAX_BLOCKS));
    if (report !== undefined) packets.push(report);
  }
  const firstSsrc = packets.length === 0 ? receiverSsrc : streams[0]!.ssrc;
  while (packets.length === 0 || blocks.length > 0) packets.push({ type: "RR", ssrc: firstSsrc, reports: blocks.splice(0, MAX_BLOCKS) });
  packets.push(descriptions(packets.some(({ type }) => type === "SR") ? streams.map(({ ssrc }) => ssrc) : [receiverSsrc], cname));
  const extended: ExtendedReportBlock[] = [];
  // RFC 3611 §4.4: who sends nothing learns the round trip by this alone.
  if (streams.length === 0) extended.push({ block: "RRTR", ntpTimestamp });
  if (referenceTimes.length > 0) {
    const reports = referenceTimes.map(({ ssrc, compactNtp, at }) => ({
      ssrc,
      lastReceiverReport: compactNtp,
      delay: compactFromMs(now - at),
    }));
    extended.push({ block: "DLRR", reports });
  }
  if (extended.length > 0) packets.push({ type: "XR", ssrc: firstSsrc, blocks: extended });
  return packets;
}

/** RFC 3550 §6.1: what every compound begins with, for feedback where reduced-size RTCP (RFC 5506) was not agreed. */
export function compoundHead(ssrc: number, cname: string): RtcpPacket[] {
  return [{ type: "RR", ssrc, reports: [] }, descriptions([ssrc], cname)];
}

/** RFC 3550 §6.6: streams of ours are over. */
export function goodbye(ssrcs: readonly number[], cname: string): RtcpPacket[] {
  return [...compoundHead(ssrcs[0]!, cname), { type: "BYE", ssrcs: ssrcs.slice(0, MAX_BLOCKS) }];
}

function senderReport(
  stream: OutboundStream,
  now: Instant,
  ntpTimestamp: bigint,
  reports: readonly ReportBlock[],
): SenderReport | undefined {
  const rtpTimestamp = stream.timestampAt(now);
  if (rtpTimestamp === undefined) return undefined;
  return {
    type: "SR",
    ssrc: stream.ssrc,
    ntpTimestamp,
    rtpTimestamp,
    packetCount: stream.reportedPackets >>> 0,
    octetCount: stream.reportedOctets % 2 ** 32,
    reports,
  };
}

function descriptions(ssrcs: readonly number[], cname: string): SourceDescription {
  const items = [sdesItem("CNAME", cname)];
  return { type: "SDES", chunks: ssrcs.slice(0, MAX_BLOCKS).map((ssrc) => ({ ssrc, items })) };
}

/** The count has five bits. */
const MAX_BLOCKS = 31;
