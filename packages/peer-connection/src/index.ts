/** The W3C WebRTC objects over a Sans-I/O peer. `purertc` puts them on Node; `./engine` is the peer alone. */
export { type MediaTunables, type RtpPacketInfo, type SupportedMedia, supportedMedia } from "./engine/index.ts";
export type { SendRefusal } from "./engine/media/types.ts";
export type { Direction, MediaKind, NegotiatedCodec } from "./jsep/index.ts";
export type * from "./runtime.ts";
export type { DtlsTunables, IceTunables, PeerConnectionSettings, SctpTunables } from "./settings.ts";
export type { Listener, ListenerOptions, RemoveListenerOptions } from "./w3c/dom-types.ts";
export type { EventHandler } from "./w3c/event-handler.ts";
export type { CertificateAlgorithm } from "./w3c/generate-certificate.ts";
export type { RTCRtpTransceiverInit } from "./w3c/media/add-track.ts";
export type { RTCEncodedFrameMetadata } from "./w3c/media/encoded-frame-slots.ts";
export {
  type EncodedFrameInit,
  EncodedTrackGenerator,
  type EncodedTrackGeneratorEventMap,
  type EncodedTrackGeneratorInit,
  type WritableFrame,
} from "./w3c/media/encoded-track-generator.ts";
export { EncodedTrackProcessor, type EncodedTrackProcessorInit } from "./w3c/media/encoded-track-processor.ts";
export { KeyframeRequestEvent, type KeyframeRequestEventInit } from "./w3c/media/keyframe-request-event.ts";
export { MediaStream, type MediaStreamEventMap } from "./w3c/media/media-stream.ts";
export { MediaStreamTrack, type MediaStreamTrackEventMap, type MediaStreamTrackState } from "./w3c/media/media-stream-track.ts";
export { MediaStreamTrackEvent, type MediaStreamTrackEventInit } from "./w3c/media/media-stream-track-event.ts";
export { RTCDTMFSender, type RTCDTMFSenderEventMap } from "./w3c/media/rtc-dtmf-sender.ts";
export { RTCDTMFToneChangeEvent, type RTCDTMFToneChangeEventInit } from "./w3c/media/rtc-dtmf-tone-change-event.ts";
export {
  RTCEncodedAudioFrame,
  type RTCEncodedAudioFrameMetadata,
  type RTCEncodedAudioFrameOptions,
} from "./w3c/media/rtc-encoded-audio-frame.ts";
export {
  RTCEncodedVideoFrame,
  type RTCEncodedVideoFrameMetadata,
  type RTCEncodedVideoFrameOptions,
  type RTCEncodedVideoFrameType,
} from "./w3c/media/rtc-encoded-video-frame.ts";
export {
  type RTCRtpContributingSource,
  RTCRtpReceiver,
  type RTCRtpSynchronizationSource,
} from "./w3c/media/rtc-rtp-receiver.ts";
export { RTCRtpSender } from "./w3c/media/rtc-rtp-sender.ts";
export { RTCRtpTransceiver, type RTCRtpTransceiverDirection } from "./w3c/media/rtc-rtp-transceiver.ts";
export { RTCTrackEvent, type RTCTrackEventInit } from "./w3c/media/rtc-track-event.ts";
export type {
  RTCRtcpParameters,
  RTCRtpCapabilities,
  RTCRtpCodec,
  RTCRtpCodecParameters,
  RTCRtpEncodingParameters,
  RTCRtpHeaderExtensionCapability,
  RTCRtpHeaderExtensionParameters,
  RTCRtpParameters,
  RTCRtpReceiveParameters,
  RTCRtpSendParameters,
} from "./w3c/media/rtp-parameters.ts";
export { RtpTrackGenerator, type RtpTrackGeneratorEventMap, type RtpTrackGeneratorInit } from "./w3c/media/rtp-track-generator.ts";
export { RtpTrackProcessor, type RtpTrackProcessorInit } from "./w3c/media/rtp-track-processor.ts";
export { type MediaTrackCapabilities, type MediaTrackConstraints, OverconstrainedError } from "./w3c/media/track-constraints.ts";
export type { MediaTrackSettings } from "./w3c/media/track-source.ts";
export type * from "./w3c/peer-connection-interface.ts";
export { RTCCertificate, type RTCDtlsFingerprint } from "./w3c/rtc-certificate.ts";
export type {
  RTCBundlePolicy,
  RTCConfiguration,
  RTCIceServer,
  RTCIceTransportPolicy,
  RTCRtcpMuxPolicy,
} from "./w3c/rtc-configuration.ts";
export {
  type BinaryType,
  RTCDataChannel,
  type RTCDataChannelEventMap,
  type RTCDataChannelInit,
  type RTCDataChannelState,
  type RTCPriorityType,
} from "./w3c/rtc-data-channel.ts";
export { RTCDataChannelEvent, type RTCDataChannelEventInit } from "./w3c/rtc-data-channel-event.ts";
export { RTCDtlsTransport, type RTCDtlsTransportState } from "./w3c/rtc-dtls-transport.ts";
export { RTCError, type RTCErrorDetailType, type RTCErrorInit } from "./w3c/rtc-error.ts";
export { RTCErrorEvent, type RTCErrorEventInit } from "./w3c/rtc-error-event.ts";
export {
  RTCIceCandidate,
  type RTCIceCandidateInit,
  type RTCIceCandidateType,
  type RTCIceComponent,
  type RTCIceProtocol,
  type RTCIceServerTransportProtocol,
  type RTCIceTcpCandidateType,
  type RTCLocalIceCandidateInit,
} from "./w3c/rtc-ice-candidate.ts";
export { RTCIceCandidatePair } from "./w3c/rtc-ice-candidate-pair.ts";
export {
  type RTCIceGathererState,
  type RTCIceParameters,
  type RTCIceRole,
  RTCIceTransport,
  type RTCIceTransportState,
} from "./w3c/rtc-ice-transport.ts";
export { definePeerConnection } from "./w3c/rtc-peer-connection.ts";
export { RTCPeerConnectionIceErrorEvent, type RTCPeerConnectionIceErrorEventInit } from "./w3c/rtc-peer-connection-ice-error-event.ts";
export { RTCPeerConnectionIceEvent, type RTCPeerConnectionIceEventInit } from "./w3c/rtc-peer-connection-ice-event.ts";
export { RTCSctpTransport, type RTCSctpTransportState } from "./w3c/rtc-sctp-transport.ts";
export {
  type RTCLocalSessionDescriptionInit,
  type RTCSdpType,
  RTCSessionDescription,
  type RTCSessionDescriptionInit,
} from "./w3c/rtc-session-description.ts";
export { RTCStatsReport } from "./w3c/rtc-stats-report.ts";
export type { AnyRTCStats } from "./w3c/stats/any-stats.ts";
export type * from "./w3c/stats/dictionaries.ts";
export type { RTCStats, RTCStatsType } from "./w3c/stats/rtc-stats.ts";
export type * from "./w3c/stats/rtp-dictionaries.ts";
