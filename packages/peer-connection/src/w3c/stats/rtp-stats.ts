/** Statistics of RTP streams, with the codecs and sources that they refer to. */
import type { MediaStats, RoundTripStats, RtpStreamStats } from "../../engine/media/media-stats.ts";
import type { Direction } from "../../jsep/media-types.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import { trackSlots } from "../media/media-stream-track.ts";
import type { TransceiverRecord } from "../media/transceiver-record.ts";
import type { AnyRTCStats } from "./any-stats.ts";
import type {
  RTCCodecStats,
  RTCInboundRtpStreamStats,
  RTCMediaSourceStats,
  RTCOutboundRtpStreamStats,
  RTCRemoteInboundRtpStreamStats,
  RTCRemoteOutboundRtpStreamStats,
  RTCRtpStreamStats,
} from "./rtp-dictionaries.ts";
import type { StatsIds } from "./stats-ids.ts";

interface Context {
  readonly slots: ConnectionSlots;
  readonly ids: StatsIds;
  readonly timestamp: number;
  readonly add: (stats: AnyRTCStats) => void;
}

/** Which of the four kinds of stream. */
type StreamType =
  | RTCInboundRtpStreamStats["type"]
  | RTCOutboundRtpStreamStats["type"]
  | RTCRemoteInboundRtpStreamStats["type"]
  | RTCRemoteOutboundRtpStreamStats["type"];

/** Adds everything about RTP to a report. */
export function rtpStats(slots: ConnectionSlots, ids: StatsIds, media: MediaStats, timestamp: number, add: Context["add"]): void {
  const context: Context = { slots, ids, timestamp, add };
  for (const record of slots.transceivers) addMediaSource(context, record);
  const heardBy = new Set(media.remoteInbound.map(({ ssrc }) => ssrc));
  const toldBy = new Set(media.remoteOutbound.map(({ ssrc }) => ssrc));
  addInbound(context, media, toldBy);
  addOutbound(context, media, heardBy);
  for (const stream of media.remoteInbound) {
    const stats: RTCRemoteInboundRtpStreamStats = {
      ...common(context, "remote-inbound-rtp", stream),
      timestamp: slots.runtime.timeOrigin + stream.receivedAt,
      type: "remote-inbound-rtp",
      localId: idOf(context, "outbound-rtp", stream),
      packetsReceived: stream.packetsReceived,
      packetsLost: stream.packetsLost,
      jitter: stream.jitterMs / 1000,
      fractionLost: stream.fractionLost,
      ...roundTrips(stream),
    };
    add(stats);
  }
  for (const stream of media.remoteOutbound) {
    const stats: RTCRemoteOutboundRtpStreamStats = {
      ...common(context, "remote-outbound-rtp", stream),
      timestamp: slots.runtime.timeOrigin + stream.receivedAt,
      type: "remote-outbound-rtp",
      localId: idOf(context, "inbound-rtp", stream),
      remoteTimestamp: stream.remoteTimestampMs,
      packetsSent: stream.packetsSent,
      bytesSent: stream.bytesSent,
      reportsSent: stream.reportsSent,
      ...roundTrips(stream),
    };
    add(stats);
  }
}

/** In seconds, as far as reports tell. */
function roundTrips({ roundTripTimeMs, totalRoundTripTimeMs, roundTripTimeMeasurements }: RoundTripStats): {
  readonly roundTripTime?: number;
  readonly totalRoundTripTime: number;
  readonly roundTripTimeMeasurements: number;
} {
  return {
    ...(roundTripTimeMs === undefined ? {} : { roundTripTime: roundTripTimeMs / 1000 }),
    totalRoundTripTime: totalRoundTripTimeMs / 1000,
    roundTripTimeMeasurements,
  };
}

function addInbound(context: Context, { inbound }: MediaStats, toldBy: ReadonlySet<number>): void {
  const { slots, add } = context;
  for (const stream of inbound) {
    const { kind } = stream;
    const stats: RTCInboundRtpStreamStats = {
      ...common(context, "inbound-rtp", stream),
      type: "inbound-rtp",
      trackIdentifier: recordOf(slots, stream)?.receiverSlots.track.id ?? "",
      ...(stream.mid === undefined ? {} : { mid: stream.mid }),
      ...(toldBy.has(stream.ssrc) ? { remoteId: idOf(context, "remote-outbound-rtp", stream) } : {}),
      packetsReceived: stream.packetsReceived,
      packetsLost: stream.packetsLost,
      jitter: stream.jitterMs / 1000,
      bytesReceived: stream.bytesReceived,
      headerBytesReceived: stream.headerBytesReceived,
      ...(stream.lastPacketReceivedAt === undefined
        ? {}
        : { lastPacketReceivedTimestamp: slots.runtime.timeOrigin + stream.lastPacketReceivedAt }),
      retransmittedPacketsReceived: stream.retransmittedPacketsReceived,
      retransmittedBytesReceived: stream.retransmittedBytesReceived,
      ...(stream.rtxSsrc === undefined ? {} : { rtxSsrc: stream.rtxSsrc }),
      packetsDiscarded: stream.packetsDiscarded,
      nackCount: stream.nackCount,
      jitterBufferDelay: stream.jitterBufferDelayMs / 1000,
      ...(stream.jitterBufferTargetDelayMs === undefined ? {} : { jitterBufferTargetDelay: stream.jitterBufferTargetDelayMs / 1000 }),
      jitterBufferEmittedCount: stream.jitterBufferEmittedCount,
      ...(stream.rid === undefined ? {} : { rid: stream.rid }),
      ...(kind === "video"
        ? {
            pliCount: stream.pliCount,
            firCount: stream.firCount,
            framesReceived: stream.framesReceived,
            keyFramesReceived: stream.keyFramesReceived,
            framesDropped: stream.framesDropped,
            ...(stream.frameWidth === undefined ? {} : { frameWidth: stream.frameWidth }),
            ...(stream.frameHeight === undefined ? {} : { frameHeight: stream.frameHeight }),
          }
        : {
            ...(stream.audioLevel === undefined ? {} : { audioLevel: stream.audioLevel }),
            totalAudioEnergy: stream.totalAudioEnergy,
            totalSamplesDuration: stream.totalSamplesDurationMs / 1000,
          }),
    };
    add(stats);
  }
}

function addOutbound(context: Context, { outbound }: MediaStats, heardBy: ReadonlySet<number>): void {
  const { slots, ids, add } = context;
  for (const stream of outbound) {
    const { kind } = stream;
    const record = recordOf(slots, stream);
    if (stream.packetsSent === 0 && !sends(record?.slots.currentDirection)) continue;
    const index = record?.senderSlots.encodings.findIndex(({ rid }) => rid === stream.rid) ?? 0;
    const stats: RTCOutboundRtpStreamStats = {
      ...common(context, "outbound-rtp", stream),
      type: "outbound-rtp",
      ...(stream.mid === undefined ? {} : { mid: stream.mid }),
      ...(record === undefined || record.senderSlots.track === null ? {} : { mediaSourceId: ids.of(sourceKey(record)) }),
      ...(heardBy.has(stream.ssrc) ? { remoteId: idOf(context, "remote-inbound-rtp", stream) } : {}),
      ...(stream.rid === undefined ? {} : { rid: stream.rid }),
      encodingIndex: Math.max(0, index),
      packetsSent: stream.packetsSent,
      bytesSent: stream.bytesSent,
      headerBytesSent: stream.headerBytesSent,
      retransmittedPacketsSent: stream.retransmittedPacketsSent,
      retransmittedBytesSent: stream.retransmittedBytesSent,
      ...(stream.rtxSsrc === undefined ? {} : { rtxSsrc: stream.rtxSsrc }),
      ...(stream.targetBitrate === undefined ? {} : { targetBitrate: stream.targetBitrate }),
      totalPacketSendDelay: stream.totalPacketSendDelayMs / 1000,
      nackCount: stream.nackCount,
      active: stream.active,
      ...(kind === "video"
        ? {
            ...(stream.frameWidth === undefined ? {} : { frameWidth: stream.frameWidth }),
            ...(stream.frameHeight === undefined ? {} : { frameHeight: stream.frameHeight }),
            framesSent: stream.framesSent,
            keyFramesSent: stream.keyFramesSent,
            firCount: stream.firCount,
            pliCount: stream.pliCount,
          }
        : {}),
    };
    add(stats);
  }
}

/** https://w3c.github.io/webrtc-stats/#the-rtp-statistics-hierarchy: a stream that was never sent is none. */
function sends(direction: Direction | null | undefined): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

function addMediaSource({ ids, timestamp, add }: Context, record: TransceiverRecord): void {
  const { track } = record.senderSlots;
  if (track === null || record.slots.stopped) return;
  const { width, height } = track.getSettings();
  const { meter } = trackSlots(track).source;
  const stats: RTCMediaSourceStats = {
    id: ids.of(sourceKey(record)),
    timestamp,
    type: "media-source",
    trackIdentifier: track.id,
    kind: track.kind,
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(track.kind === "video" ? meter?.video : meter?.audio),
  };
  add(stats);
}

/** What all streams have, and the codec that they refer to. */
function common(context: Context, type: StreamType, stream: RtpStreamStats): Omit<RTCRtpStreamStats, "type"> {
  const { ids, timestamp } = context;
  const transportId = stream.transport === undefined ? undefined : ids.of(`transport ${stream.transport}`);
  const codecId = transportId === undefined ? undefined : addCodec(context, type, stream, transportId);
  return {
    id: idOf(context, type, stream),
    timestamp,
    ssrc: stream.ssrc,
    kind: stream.kind,
    ...(transportId === undefined ? {} : { transportId }),
    ...(codecId === undefined ? {} : { codecId }),
  };
}

/** https://w3c.github.io/webrtc-stats/#dom-rtcstatstype-codec: one for each payload type, direction and transport in use. */
function addCodec({ ids, timestamp, add }: Context, type: StreamType, { codec }: RtpStreamStats, transportId: string): string | undefined {
  if (codec === undefined) return undefined;
  const { payloadType, mimeType, clockRate, channels, sdpFmtpLine } = codec;
  const direction = type === "inbound-rtp" || type === "remote-outbound-rtp" ? "receive" : "send";
  const stats: RTCCodecStats = {
    id: ids.of(`codec ${direction} ${transportId} ${payloadType} ${mimeType} ${sdpFmtpLine ?? ""}`),
    timestamp,
    type: "codec",
    payloadType,
    transportId,
    mimeType,
    clockRate,
    ...(channels === undefined ? {} : { channels }),
    ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine }),
  };
  add(stats);
  return stats.id;
}

function idOf({ ids }: Context, type: StreamType, stream: RtpStreamStats): string {
  return ids.of(streamKey(type, stream));
}

/** What {@link StatsIds} knows a stream by. */
export function streamKey(type: StreamType, { transceiver, ssrc }: RtpStreamStats): string {
  return `${type} ${transceiver} ${ssrc}`;
}

function sourceKey({ engine, senderSlots }: TransceiverRecord): string {
  return `source ${engine.id} ${senderSlots.track?.id ?? ""}`;
}

function recordOf({ transceivers }: ConnectionSlots, { transceiver }: RtpStreamStats): TransceiverRecord | undefined {
  return transceivers.find(({ engine }) => engine.id === transceiver);
}
