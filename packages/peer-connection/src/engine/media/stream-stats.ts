/** The statistics of streams, put together from what they count. */
import type { TransportId } from "../peer-event.ts";
import type { InboundStream } from "./inbound-stream.ts";
import type { InboundRtpStats, OutboundRtpStats, RemoteInboundRtpStats, RemoteOutboundRtpStats, RtpStreamStats } from "./media-stats.ts";
import type { OutboundStream } from "./outbound-stream.ts";
import type { Transceiver } from "./transceiver.ts";

/** Of a stream that is received. */
export function inboundStats(transceiver: Transceiver, transport: TransportId | undefined, stream: InboundStream): InboundRtpStats {
  const { frames, frameCounts } = stream;
  return {
    ...ofInbound(transceiver, transport, stream),
    trackId: transceiver.remoteTrackId,
    packetsReceived: stream.packetsReceived,
    bytesReceived: stream.bytesReceived,
    headerBytesReceived: stream.headerBytesReceived,
    packetsLost: Math.max(0, stream.packetsLost - stream.retransmittedPacketsReceived),
    jitterMs: stream.jitterMs,
    lastPacketReceivedAt: Number.isFinite(stream.lastPacketAt) ? stream.lastPacketAt : undefined,
    retransmittedPacketsReceived: stream.retransmittedPacketsReceived,
    retransmittedBytesReceived: stream.retransmittedBytesReceived,
    packetsDiscarded: stream.packetsDiscarded + frameCounts.packetsDiscarded,
    nackCount: stream.nackCount,
    pliCount: stream.pliCount,
    firCount: stream.firCount,
    framesReceived: stream.framesReceived,
    keyFramesReceived: stream.keyFramesReceived,
    framesDropped: frameCounts.dropped,
    frameWidth: frameCounts.width,
    frameHeight: frameCounts.height,
    jitterBufferDelayMs: frameCounts.delayMs,
    jitterBufferEmittedCount: frameCounts.emitted,
    jitterBufferTargetDelayMs: frames?.targetDelayMs,
    audioLevel: stream.audioLevel,
    totalAudioEnergy: stream.totalAudioEnergy,
    totalSamplesDurationMs: stream.totalSamplesDurationMs,
  };
}

/** Of the sender reports about it; undefined before the first. */
export function remoteOutboundStats(
  transceiver: Transceiver,
  transport: TransportId | undefined,
  stream: InboundStream,
): RemoteOutboundRtpStats | undefined {
  const { remote } = stream;
  if (remote === undefined) return undefined;
  return {
    ...ofInbound(transceiver, transport, stream),
    receivedAt: remote.at,
    remoteTimestampMs: remote.unixMs,
    packetsSent: remote.report.packetCount,
    bytesSent: remote.report.octetCount,
    reportsSent: remote.count,
    roundTripTimeMs: stream.roundTripMs,
    totalRoundTripTimeMs: stream.totalRoundTripMs,
    roundTripTimeMeasurements: stream.roundTrips,
  };
}

/** Of a stream that is sent. `index`: of its encoding. */
export function outboundStats(
  transceiver: Transceiver,
  transport: TransportId | undefined,
  stream: OutboundStream,
  index: number,
): OutboundRtpStats {
  const { sender } = transceiver;
  return {
    ...ofOutbound(transceiver, transport, stream),
    active: sender.sending && sender.encodings[index]?.active === true,
    trackId: sender.trackId,
    packetsSent: stream.packetsSent,
    bytesSent: stream.bytesSent,
    headerBytesSent: stream.headerBytesSent,
    retransmittedPacketsSent: stream.retransmittedPacketsSent,
    retransmittedBytesSent: stream.retransmittedBytesSent,
    framesSent: stream.framesSent,
    keyFramesSent: stream.keyFramesSent,
    frameWidth: stream.width,
    frameHeight: stream.height,
    nackCount: stream.nackCount,
    pliCount: stream.pliCount,
    firCount: stream.firCount,
    totalPacketSendDelayMs: stream.sendDelayMs,
    targetBitrate: sender.targetBitrate === undefined ? undefined : sender.targetBitrate / sender.streams.length,
    lastPacketSentAt: stream.lastSentAt,
  };
}

/** Of the receiver reports about it; undefined before the first. */
export function remoteInboundStats(
  transceiver: Transceiver,
  transport: TransportId | undefined,
  stream: OutboundStream,
): RemoteInboundRtpStats | undefined {
  const { remote } = stream;
  if (remote === undefined) return undefined;
  const { cumulativeLost, jitter, fractionLost } = remote.block;
  return {
    ...ofOutbound(transceiver, transport, stream),
    receivedAt: remote.at,
    packetsReceived: Math.max(0, stream.reported.packets - cumulativeLost),
    packetsLost: cumulativeLost,
    jitterMs: (jitter * 1000) / remote.clockRate,
    fractionLost: fractionLost / 256,
    roundTripTimeMs: stream.roundTripMs,
    totalRoundTripTimeMs: stream.totalRoundTripMs,
    roundTripTimeMeasurements: stream.roundTrips,
  };
}

function ofInbound({ id, mid, kind }: Transceiver, transport: TransportId | undefined, stream: InboundStream): RtpStreamStats {
  const { ssrc, codec, route, rtxSsrc } = stream;
  return { transceiver: id, mid, kind, transport, ssrc, codec, rid: route.rid, rtxSsrc };
}

function ofOutbound({ id, mid, kind }: Transceiver, transport: TransportId | undefined, stream: OutboundStream): RtpStreamStats {
  const { ssrc, codec, rid, hasRtx, rtxSsrc } = stream;
  return { transceiver: id, mid, kind, transport, ssrc, codec, rid, rtxSsrc: hasRtx ? rtxSsrc : undefined };
}
