/** The dictionaries of https://w3c.github.io/webrtc-stats/ for the objects there are. */
import type { RTCDataChannelState } from "../rtc-data-channel.ts";
import type { RTCDtlsTransportState } from "../rtc-dtls-transport.ts";
import type { RTCIceCandidateType, RTCIceTcpCandidateType } from "../rtc-ice-candidate.ts";
import type { RTCIceRole, RTCIceTransportState } from "../rtc-ice-transport.ts";
import type { RTCStats } from "./rtc-stats.ts";

/** https://w3c.github.io/webrtc-stats/#pcstats-dict* */
export interface RTCPeerConnectionStats extends RTCStats {
  type: "peer-connection";
  dataChannelsOpened: number;
  dataChannelsClosed: number;
}

/** https://w3c.github.io/webrtc-stats/#dcstats-dict* */
export interface RTCDataChannelStats extends RTCStats {
  type: "data-channel";
  label: string;
  protocol: string;
  dataChannelIdentifier?: number;
  state: RTCDataChannelState;
  messagesSent: number;
  bytesSent: number;
  messagesReceived: number;
  bytesReceived: number;
}

/** https://w3c.github.io/webrtc-stats/#transportstats-dict* */
export interface RTCTransportStats extends RTCStats {
  type: "transport";
  packetsSent: number;
  packetsReceived: number;
  bytesSent: number;
  bytesReceived: number;
  iceRole: RTCIceRole;
  iceLocalUsernameFragment?: string;
  dtlsState: RTCDtlsTransportState;
  iceState: RTCIceTransportState;
  selectedCandidatePairId?: string;
  localCertificateId?: string;
  remoteCertificateId?: string;
  /** Four upper-case hexadecimal digits, such as "FEFD" for DTLS 1.2. */
  tlsVersion?: string;
  dtlsCipher?: string;
  dtlsRole: "client" | "server" | "unknown";
  /** As IANA names the profile, such as "SRTP_AEAD_AES_128_GCM". */
  srtpCipher?: string;
  selectedCandidatePairChanges: number;
  /** Not W3C's: RTP and RTCP datagrams that were dropped, by reason, such as `"replayed"`, `"bad-tag"` or `"rtcp-bad-tag"`. With media only. */
  refusedPackets?: Record<string, number>;
}

/** https://w3c.github.io/webrtc-stats/#icecandidate-dict* */
export interface RTCIceCandidateStats extends RTCStats {
  type: "local-candidate" | "remote-candidate";
  transportId: string;
  address: string | null;
  port: number;
  protocol: "udp" | "tcp";
  candidateType: RTCIceCandidateType;
  priority: number;
  url?: string;
  foundation: string;
  relatedAddress?: string;
  relatedPort?: number;
  usernameFragment?: string;
  tcpType?: RTCIceTcpCandidateType;
}

/** https://w3c.github.io/webrtc-stats/#candidatepair-dict* */
export interface RTCIceCandidatePairStats extends RTCStats {
  type: "candidate-pair";
  transportId: string;
  localCandidateId: string;
  remoteCandidateId: string;
  state: "frozen" | "waiting" | "in-progress" | "failed" | "succeeded";
  nominated: boolean;
  packetsSent: number;
  packetsReceived: number;
  bytesSent: number;
  bytesReceived: number;
  lastPacketSentTimestamp?: number;
  lastPacketReceivedTimestamp?: number;
  /** Seconds. */
  totalRoundTripTime: number;
  /** Seconds. */
  currentRoundTripTime?: number;
  /** Bits per second, of the selected pair, once the peer's feedback tells. */
  availableOutgoingBitrate?: number;
  requestsReceived: number;
  requestsSent: number;
  responsesReceived: number;
  responsesSent: number;
  consentRequestsSent: number;
}

/** https://w3c.github.io/webrtc-stats/#certificatestats-dict* */
export interface RTCCertificateStats extends RTCStats {
  type: "certificate";
  fingerprint: string;
  fingerprintAlgorithm: string;
  base64Certificate: string;
  issuerCertificateId?: string;
}
