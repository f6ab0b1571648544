/**
 * WebRTC for Node, by the names of https://www.w3.org/TR/webrtc/. Values whose names begin with `RTC` or `MediaStream` are interfaces
 * of that specification and of https://www.w3.org/TR/mediacapture-streams/; `purertc/polyfill` makes them globals. The others are this package's own.
 */
import {
  definePeerConnection,
  type RTCPeerConnectionConstructor,
  type RTCPeerConnection as RTCPeerConnectionInstance,
} from "@purertc/peer-connection";
import { nodeRuntime } from "./runtime.ts";

/**
 * https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection, with `new RTCPeerConnection(configuration, settings)`: W3C's RTCConfiguration, and a
 * `PeerConnectionSettings` for everything it does not say. Static `generateCertificate`.
 */
export const RTCPeerConnection: RTCPeerConnectionConstructor = definePeerConnection(nodeRuntime);
/** An RTCPeerConnection object. */
export type RTCPeerConnection = RTCPeerConnectionInstance;

export type * from "@purertc/peer-connection";
export {
  EncodedTrackGenerator,
  EncodedTrackProcessor,
  KeyframeRequestEvent,
  MediaStream,
  MediaStreamTrack,
  MediaStreamTrackEvent,
  OverconstrainedError,
  RTCCertificate,
  RTCDataChannel,
  RTCDataChannelEvent,
  RTCDTMFSender,
  RTCDTMFToneChangeEvent,
  RTCDtlsTransport,
  RTCEncodedAudioFrame,
  RTCEncodedVideoFrame,
  RTCError,
  RTCErrorEvent,
  RTCIceCandidate,
  RTCIceCandidatePair,
  RTCIceTransport,
  RTCPeerConnectionIceErrorEvent,
  RTCPeerConnectionIceEvent,
  RTCRtpReceiver,
  RTCRtpSender,
  RTCRtpTransceiver,
  RTCSctpTransport,
  RTCSessionDescription,
  RTCStatsReport,
  RTCTrackEvent,
  RtpTrackGenerator,
  RtpTrackProcessor,
  supportedMedia,
} from "@purertc/peer-connection";
export { nodeRuntime } from "./runtime.ts";
