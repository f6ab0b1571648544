/** What each RTCP packet of the peer means (RFC 3550 §6, RFC 4585 §6, RFC 5104 §4.3, RFC 3611 §4): a switch over the types, and nothing kept here. */
import type { Instant } from "@purertc/core";
import {
  type CongestionControlFeedback,
  compactNtp,
  type ExtendedReport,
  nackedSequenceNumbers,
  type ReportBlock,
  type RtcpPacket,
  type SenderReport,
  type SourceDescriptionChunk,
  sdesText,
  type TransportFeedback,
} from "@purertc/rtp";
import type { InboundStream } from "./inbound-stream.ts";
import type { OutboundStream } from "./outbound-stream.ts";

/** Whom RTCP concerns. */
export interface IncomingRtcp {
  /** A stream of ours by its SSRC, or by that of its retransmissions. */
  outbound(ssrc: number): OutboundStream | undefined;
  inbound(ssrc: number): InboundStream | undefined;
  report(stream: OutboundStream, block: ReportBlock): void;
  keyframeRequested(stream: OutboundStream): void;
  bye(ssrc: number): void;
  /** RFC 8843 §9.2: SDES told the section of an SSRC. */
  mid(ssrc: number, mid: string): void;
  receiverEstimate(bitsPerSecond: number): void;
  transportFeedback(packet: TransportFeedback): void;
  /** RFC 8888. */
  streamFeedback(packet: CongestionControlFeedback): void;
  /** RRTR: the peer's clock, as a receiver. */
  referenceTime(ssrc: number, compactNtp: number): void;
  /** DLRR: the answer to ours, for the receiver `ssrc`. */
  referenceAnswered(ssrc: number, lastReceiverReport: number, delay: number): void;
}

/** Hands the packets of one datagram to whom they concern. */
export function takeRtcp(now: Instant, packets: readonly RtcpPacket[], to: IncomingRtcp): void {
  for (const packet of packets) {
    switch (packet.type) {
      case "SR":
        takeSenderReport(now, packet, to);
        break;
      case "RR":
        takeBlocks(packet.reports, to);
        break;
      case "SDES":
        for (const chunk of packet.chunks) takeDescription(chunk, to);
        break;
      case "BYE":
        for (const ssrc of packet.ssrcs) to.bye(ssrc);
        break;
      case "XR":
        takeExtendedReport(packet, to);
        break;
      case "NACK":
        to.outbound(packet.mediaSsrc)?.nack(nackedSequenceNumbers(packet.entries));
        break;
      case "PLI":
        takePictureLoss(packet.mediaSsrc, to);
        break;
      case "FIR":
        for (const { ssrc, sequenceNumber } of packet.entries) takeFullIntraRequest(packet.senderSsrc, ssrc, sequenceNumber, to);
        break;
      case "REMB":
        to.receiverEstimate(packet.bitRate);
        break;
      case "transport-cc":
        to.transportFeedback(packet);
        break;
      case "CCFB":
        to.streamFeedback(packet);
        break;
      default: // TMMBR, SLI and APP were not agreed, and what is unknown means nothing here
        break;
    }
  }
}

function takeSenderReport(now: Instant, report: SenderReport, to: IncomingRtcp): void {
  to.inbound(report.ssrc)?.senderReport(now, report);
  takeBlocks(report.reports, to);
}

function takeBlocks(blocks: readonly ReportBlock[], to: IncomingRtcp): void {
  for (const block of blocks) {
    const stream = to.outbound(block.ssrc);
    if (stream !== undefined && stream.ssrc === block.ssrc) to.report(stream, block);
  }
}

function takeDescription(chunk: SourceDescriptionChunk, to: IncomingRtcp): void {
  const mid = sdesText(chunk, "MID");
  if (mid !== undefined) to.mid(chunk.ssrc, mid);
}

function takeExtendedReport({ ssrc, blocks }: ExtendedReport, to: IncomingRtcp): void {
  for (const block of blocks) {
    if (block.block === "RRTR") to.referenceTime(ssrc, compactNtp(block.ntpTimestamp));
    if (block.block !== "DLRR") continue;
    for (const report of block.reports) to.referenceAnswered(report.ssrc, report.lastReceiverReport, report.delay);
  }
}

function takePictureLoss(ssrc: number, to: IncomingRtcp): void {
  const stream = to.outbound(ssrc);
  if (stream === undefined) return;
  stream.pliCount += 1;
  stream.keyframes.pictureLoss();
  to.keyframeRequested(stream);
}

function takeFullIntraRequest(requester: number, ssrc: number, sequenceNumber: number, to: IncomingRtcp): void {
  const stream = to.outbound(ssrc);
  if (stream === undefined) return;
  stream.firCount += 1;
  stream.keyframes.fullIntraRequest(requester, sequenceNumber);
  to.keyframeRequested(stream);
}
