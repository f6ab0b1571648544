/** The statistics objects that a report can hold. */
import type {
  RTCCertificateStats,
  RTCDataChannelStats,
  RTCIceCandidatePairStats,
  RTCIceCandidateStats,
  RTCPeerConnectionStats,
  RTCTransportStats,
} from "./dictionaries.ts";
import type {
  RTCCodecStats,
  RTCInboundRtpStreamStats,
  RTCMediaSourceStats,
  RTCOutboundRtpStreamStats,
  RTCRemoteInboundRtpStreamStats,
  RTCRemoteOutboundRtpStreamStats,
} from "./rtp-dictionaries.ts";

/** Any of them: `if (stats.type === "inbound-rtp")` makes it an {@link RTCInboundRtpStreamStats}. */
export type AnyRTCStats =
  | RTCCertificateStats
  | RTCCodecStats
  | RTCDataChannelStats
  | RTCIceCandidatePairStats
  | RTCIceCandidateStats
  | RTCInboundRtpStreamStats
  | RTCMediaSourceStats
  | RTCOutboundRtpStreamStats
  | RTCPeerConnectionStats
  | RTCRemoteInboundRtpStreamStats
  | RTCRemoteOutboundRtpStreamStats
  | RTCTransportStats;
