/** What the statistics dictionaries of webrtc-stats need of media, as plain objects. Counts begin with the stream. Times are Instants, durations ms. */
import type { Instant } from "@purertc/core";
import type { MediaKind, NegotiatedCodec, TransceiverId } from "../../jsep/media-types.ts";
import type { TransportId } from "../peer-event.ts";

/** One RTP stream, in either direction. */
export interface RtpStreamStats {
  readonly transceiver: TransceiverId;
  readonly mid: string | undefined;
  readonly kind: MediaKind;
  /** Undefined when the stream has none at present. */
  readonly transport: TransportId | undefined;
  readonly ssrc: number;
  /** Of the last packet that was neither a retransmission nor redundancy. */
  readonly codec: NegotiatedCodec | undefined;
  readonly rid: string | undefined;
  /** Of the stream of retransmissions, once known. */
  readonly rtxSsrc: number | undefined;
}

/** RTCInboundRtpStreamStats. */
export interface InboundRtpStats extends RtpStreamStats {
  /** The application's name for the track: what the remote description says. */
  readonly trackId: string | undefined;
  /** Those restored from retransmissions included. */
  readonly packetsReceived: number;
  /** Octets of payload. */
  readonly bytesReceived: number;
  readonly headerBytesReceived: number;
  readonly packetsLost: number;
  /** Interarrival jitter, ms. */
  readonly jitterMs: number;
  readonly lastPacketReceivedAt: Instant | undefined;
  readonly retransmittedPacketsReceived: number;
  readonly retransmittedBytesReceived: number;
  /** Packets that came too late, twice, or could not be used. */
  readonly packetsDiscarded: number;
  readonly nackCount: number;
  readonly pliCount: number;
  readonly firCount: number;
  /** Video only: frames of which every packet came, whether a sink wants them or not. */
  readonly framesReceived: number;
  readonly keyFramesReceived: number;
  /** Frames given up because packets of them are missing. */
  readonly framesDropped: number;
  readonly frameWidth: number | undefined;
  readonly frameHeight: number | undefined;
  /** Sum over all frames put out: from the arrival of the first packet to coming out. */
  readonly jitterBufferDelayMs: number;
  readonly jitterBufferEmittedCount: number;
  readonly jitterBufferTargetDelayMs: number | undefined;
  /** 0 (silence) to 1, from the last packet's RFC 6464 level. */
  readonly audioLevel: number | undefined;
  /** Sum of squared levels times duration in s, as far as levels are told. */
  readonly totalAudioEnergy: number;
  readonly totalSamplesDurationMs: number;
}

/** RTCOutboundRtpStreamStats. */
export interface OutboundRtpStats extends RtpStreamStats {
  readonly active: boolean;
  readonly trackId: string;
  /** Retransmissions included, as webrtc-stats has it. */
  readonly packetsSent: number;
  readonly bytesSent: number;
  readonly headerBytesSent: number;
  readonly retransmittedPacketsSent: number;
  readonly retransmittedBytesSent: number;
  readonly framesSent: number;
  readonly keyFramesSent: number;
  readonly frameWidth: number | undefined;
  readonly frameHeight: number | undefined;
  readonly nackCount: number;
  readonly pliCount: number;
  readonly firCount: number;
  /** Sum over packets: time in the queue. */
  readonly totalPacketSendDelayMs: number;
  /** Bits per second that the source is told. */
  readonly targetBitrate: number | undefined;
  readonly lastPacketSentAt: Instant | undefined;
}

/** What reports tell of the way there and back. */
export interface RoundTripStats {
  /** The last one; undefined before the first. */
  readonly roundTripTimeMs: number | undefined;
  readonly totalRoundTripTimeMs: number;
  readonly roundTripTimeMeasurements: number;
}

/** RTCRemoteInboundRtpStreamStats: how the peer receives a stream of ours. */
export interface RemoteInboundRtpStats extends RtpStreamStats, RoundTripStats {
  /** Of the report. */
  readonly receivedAt: Instant;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly jitterMs: number;
  /** 0 to 1, in the interval before the report. */
  readonly fractionLost: number;
}

/** RTCRemoteOutboundRtpStreamStats: what the peer's sender reports say of a stream that we receive; round trips from DLRR blocks (RFC 3611). */
export interface RemoteOutboundRtpStats extends RtpStreamStats, RoundTripStats {
  /** Of the report. */
  readonly receivedAt: Instant;
  /** Unix ms of the peer's clock. */
  readonly remoteTimestampMs: number;
  readonly packetsSent: number;
  readonly bytesSent: number;
  readonly reportsSent: number;
}

/** What was refused on a transport, and what its media found out about the path. */
export interface MediaTransportStats {
  readonly transport: TransportId;
  /** `"SRTP_AEAD_AES_128_GCM"` and so on; undefined before keys. */
  readonly srtpProfile: string | undefined;
  /** Bits per second, the estimate of the path to the peer; undefined before feedback. */
  readonly availableOutgoingBitrate: number | undefined;
  /** Packets dropped, by reason: SRTP's refusals and `"no-keys"`, `"not-rtp"`, `"unknown-mid"`, `"no-route"` and others of routing. */
  readonly refused: Readonly<Record<string, number>>;
}

/** All of them. */
export interface MediaStats {
  readonly inbound: readonly InboundRtpStats[];
  readonly outbound: readonly OutboundRtpStats[];
  readonly remoteInbound: readonly RemoteInboundRtpStats[];
  readonly remoteOutbound: readonly RemoteOutboundRtpStats[];
  readonly transports: readonly MediaTransportStats[];
}

/** RTCRtpContributingSource and RTCRtpSynchronizationSource. */
export interface RtpSource {
  /** When the last frame of it was put out; where there is no frame sink, when its last packet came. */
  readonly at: Instant;
  /** SSRC or CSRC. */
  readonly source: number;
  /** Of the last packet. */
  readonly rtpTimestamp: number;
  /** RFC 6464 or 6465: 0 (loudest) to 127. */
  readonly audioLevel?: number;
}
