/** What this side says in RTCP: regular reports (RFC 3550 §6.4, §6.5; RFC 3611 §4.4, §4.5) and goodbyes. */
import type { Instant } from "@purertc/core";
import {
  compactFromMs,
  type ExtendedReportBlock,
  ntpFromUnixMs,
  type ReportBlock,
  type RtcpPacket,
  type SourceDescription,
  sdesItem,
} from "@purertc/rtp";
import type { OutboundStream } from "./outbound-stream.ts";
import type { Receiver } from "./receiver.ts";
import type { SentCounts } from "./sent-counts.ts";

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
  /** When the last two regular reports were made, the last one first. */
  readonly reportedAt: readonly [Instant, Instant];
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
  const { now, unixMs, reportedAt, cname, streams, receivers, receiverSsrc, referenceTimes } = sources;
  const blocks: ReportBlock[] = [];
  for (const receiver of receivers) for (const stream of receiver.streams) stream.addReportBlocks(now, reportedAt[0], blocks);
  const ntpTimestamp = ntpFromUnixMs(unixMs);
  const packets: RtcpPacket[] = [];
  const sent = (at: Instant | undefined): boolean => at !== undefined && at >= reportedAt[1];
  for (const stream of streams) {
    // §6.4: who sent nothing since the last report but one is a receiver.
    if (sent(stream.lastSentAt)) addSenderReport(packets, stream, stream.ssrc, stream.reported, now, ntpTimestamp, blocks);
    if (sent(stream.lastRepairAt)) addSenderReport(packets, stream, stream.rtxSsrc, stream.repaired, now, ntpTimestamp, blocks);
  }
  const ssrcs = packets.flatMap((packet) => (packet.type === "SR" ? packet.ssrc : []));
  const firstSsrc = ssrcs[0] ?? streams[0]?.ssrc ?? receiverSsrc;
  while (packets.length === 0 || blocks.length > 0) packets.push({ type: "RR", ssrc: firstSsrc, reports: blocks.splice(0, MAX_BLOCKS) });
  packets.push(descriptions(ssrcs.length > 0 ? ssrcs : [firstSsrc], cname));
  const extended: ExtendedReportBlock[] = [];
  // RFC 3611 §4.4: who sends nothing learns the round trip by this alone.
  if (ssrcs.length === 0) extended.push({ block: "RRTR", ntpTimestamp });
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

function addSenderReport(
  packets: RtcpPacket[],
  stream: OutboundStream,
  ssrc: number,
  { packets: packetCount, octets }: SentCounts,
  now: Instant,
  ntpTimestamp: bigint,
  blocks: ReportBlock[],
): void {
  const rtpTimestamp = stream.timestampAt(now);
  if (rtpTimestamp === undefined) return;
  const reports = blocks.splice(0, MAX_BLOCKS);
  packets.push({
    type: "SR",
    ssrc,
    ntpTimestamp,
    rtpTimestamp,
    packetCount: packetCount >>> 0,
    octetCount: octets % 2 ** 32,
    reports,
  });
}

function descriptions(ssrcs: readonly number[], cname: string): SourceDescription {
  const items = [sdesItem("CNAME", cname)];
  return { type: "SDES", chunks: ssrcs.slice(0, MAX_BLOCKS).map((ssrc) => ({ ssrc, items })) };
}

/** The count has five bits. */
const MAX_BLOCKS = 31;
