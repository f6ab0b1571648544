/**
 * WebRTC for Node, by the names of https://www.w3.org/TR/webrtc/. Every value exported here but `nodeRuntime` is an interface of that
 * specification; `purertc/polyfill` makes them globals.
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
  RTCCertificate,
  RTCDataChannel,
  RTCDataChannelEvent,
  RTCDtlsTransport,
  RTCError,
  RTCErrorEvent,
  RTCIceCandidate,
  RTCIceCandidatePair,
  RTCIceTransport,
  RTCPeerConnectionIceErrorEvent,
  RTCPeerConnectionIceEvent,
  RTCSctpTransport,
  RTCSessionDescription,
  RTCStatsReport,
} from "@purertc/peer-connection";
export { nodeRuntime } from "./runtime.ts";
