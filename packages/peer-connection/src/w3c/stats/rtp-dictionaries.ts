/** The dictionaries of https://w3c.github.io/webrtc-stats/ for RTP streams. What only a codec could tell (frames decoded, concealment, QP) is not there. */
import type { MediaKind } from "../../jsep/media-types.ts";
import type { RTCStats } from "./rtc-stats.ts";

/** https://w3c.github.io/webrtc-stats/#codec-dict* */
export interface RTCCodecStats extends RTCStats {
  type: "codec";
  payloadType: number;
  transportId: string;
  mimeType: string;
  clockRate: number;
  channels?: number;
  sdpFmtpLine?: string;
}

/** https://w3c.github.io/webrtc-stats/#streamstats-dict* */
export interface RTCRtpStreamStats extends RTCStats {
  ssrc: number;
  kind: MediaKind;
  transportId?: string;
  codecId?: string;
}

/** https://w3c.github.io/webrtc-stats/#receivedrtpstats-dict* */
export interface RTCReceivedRtpStreamStats extends RTCRtpStreamStats {
  packetsReceived: number;
  packetsLost: number;
  /** Seconds. */
  jitter: number;
}

/** https://w3c.github.io/webrtc-stats/#inboundrtpstats-dict* */
export interface RTCInboundRtpStreamStats extends RTCReceivedRtpStreamStats {
  type: "inbound-rtp";
  trackIdentifier: string;
  mid?: string;
  remoteId?: string;
  bytesReceived: number;
  headerBytesReceived: number;
  lastPacketReceivedTimestamp?: number;
  retransmittedPacketsReceived: number;
  retransmittedBytesReceived: number;
  rtxSsrc?: number;
  packetsDiscarded: number;
  nackCount: number;
  /** Video only, as all that follow up to the jitter buffer. */
  pliCount?: number;
  firCount?: number;
  framesReceived?: number;
  framesDropped?: number;
  frameWidth?: number;
  frameHeight?: number;
  /** Seconds, summed over all frames. */
  jitterBufferDelay: number;
  jitterBufferTargetDelay?: number;
  jitterBufferEmittedCount: number;
  /** Audio only, as all that follow. */
  audioLevel?: number;
  totalAudioEnergy?: number;
  /** Seconds. */
  totalSamplesDuration?: number;
  /** Not W3C: the simulcast layer. */
  rid?: string;
  /** Not W3C. */
  keyFramesReceived?: number;
}

/** https://w3c.github.io/webrtc-stats/#remoteinboundrtpstats-dict* */
export interface RTCRemoteInboundRtpStreamStats extends RTCReceivedRtpStreamStats {
  type: "remote-inbound-rtp";
  localId: string;
  /** Seconds. */
  roundTripTime?: number;
  /** Seconds. */
  totalRoundTripTime: number;
  fractionLost: number;
  roundTripTimeMeasurements: number;
}

/** https://w3c.github.io/webrtc-stats/#sentrtpstats-dict* */
export interface RTCSentRtpStreamStats extends RTCRtpStreamStats {
  packetsSent: number;
  bytesSent: number;
}

/** https://w3c.github.io/webrtc-stats/#outboundrtpstats-dict* */
export interface RTCOutboundRtpStreamStats extends RTCSentRtpStreamStats {
  type: "outbound-rtp";
  mid?: string;
  mediaSourceId?: string;
  remoteId?: string;
  rid?: string;
  encodingIndex: number;
  headerBytesSent: number;
  retransmittedPacketsSent: number;
  retransmittedBytesSent: number;
  rtxSsrc?: number;
  targetBitrate?: number;
  /** Video only, as all that follow up to the delay. */
  frameWidth?: number;
  frameHeight?: number;
  framesSent?: number;
  firCount?: number;
  pliCount?: number;
  /** Seconds, summed over all packets. */
  totalPacketSendDelay: number;
  nackCount: number;
  active: boolean;
  /** Not W3C. */
  keyFramesSent?: number;
}

/** https://w3c.github.io/webrtc-stats/#remoteoutboundrtpstats-dict* */
export interface RTCRemoteOutboundRtpStreamStats extends RTCSentRtpStreamStats {
  type: "remote-outbound-rtp";
  localId: string;
  /** Unix milliseconds of the peer's clock. */
  remoteTimestamp: number;
  reportsSent: number;
  /** Seconds. */
  roundTripTime?: number;
  /** Seconds. */
  totalRoundTripTime: number;
  roundTripTimeMeasurements: number;
}

/** https://w3c.github.io/webrtc-stats/#mediasourcestats-dict*, #audiosourcestats-dict* and #videosourcestats-dict* */
export interface RTCMediaSourceStats extends RTCStats {
  type: "media-source";
  trackIdentifier: string;
  kind: MediaKind;
  /** Video only, as all that follow up to the frame rate. What a source consists of is told by those that take frames from the application. */
  width?: number;
  height?: number;
  frames?: number;
  /** Of the last second. */
  framesPerSecond?: number;
  /** Audio only, as all that follow. */
  audioLevel?: number;
  totalAudioEnergy?: number;
  /** Seconds. */
  totalSamplesDuration?: number;
}
