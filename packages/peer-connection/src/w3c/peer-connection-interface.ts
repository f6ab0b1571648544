/** https://w3c.github.io/webrtc-pc/#interface-definition: RTCPeerConnection for readers and compilers. What it does is in rtc-peer-connection.ts. */
import type { PeerConnectionSettings } from "../settings.ts";
import type { Listener, ListenerOptions, RemoveListenerOptions } from "./dom-types.ts";
import type { EventHandler } from "./event-handler.ts";
import type { CertificateAlgorithm } from "./generate-certificate.ts";
import type { RTCRtpTransceiverInit } from "./media/add-track.ts";
import type { MediaStream } from "./media/media-stream.ts";
import type { MediaStreamTrack } from "./media/media-stream-track.ts";
import type { RTCRtpReceiver } from "./media/rtc-rtp-receiver.ts";
import type { RTCRtpSender } from "./media/rtc-rtp-sender.ts";
import type { RTCRtpTransceiver } from "./media/rtc-rtp-transceiver.ts";
import type { RTCTrackEvent } from "./media/rtc-track-event.ts";
import type { RTCCertificate } from "./rtc-certificate.ts";
import type { RTCConfiguration } from "./rtc-configuration.ts";
import type { RTCDataChannel, RTCDataChannelInit } from "./rtc-data-channel.ts";
import type { RTCDataChannelEvent } from "./rtc-data-channel-event.ts";
import type { RTCIceCandidateInit } from "./rtc-ice-candidate.ts";
import type { RTCPeerConnectionIceErrorEvent } from "./rtc-peer-connection-ice-error-event.ts";
import type { RTCPeerConnectionIceEvent } from "./rtc-peer-connection-ice-event.ts";
import type { RTCSctpTransport } from "./rtc-sctp-transport.ts";
import type {
  RTCLocalSessionDescriptionInit,
  RTCSdpType,
  RTCSessionDescription,
  RTCSessionDescriptionInit,
} from "./rtc-session-description.ts";
import type { RTCStatsReport } from "./rtc-stats-report.ts";

/** https://w3c.github.io/webrtc-pc/#rtcsignalingstate-enum */
export type RTCSignalingState =
  | "stable"
  | "have-local-offer"
  | "have-remote-offer"
  | "have-local-pranswer"
  | "have-remote-pranswer"
  | "closed";
/** https://w3c.github.io/webrtc-pc/#rtcicegatheringstate-enum */
export type RTCIceGatheringState = "new" | "gathering" | "complete";
/** https://w3c.github.io/webrtc-pc/#rtcpeerconnectionstate-enum */
export type RTCPeerConnectionState = "closed" | "failed" | "disconnected" | "new" | "connecting" | "connected";
/** https://w3c.github.io/webrtc-pc/#rtciceconnectionstate-enum */
export type RTCIceConnectionState = "closed" | "failed" | "disconnected" | "new" | "checking" | "completed" | "connected";

/** https://w3c.github.io/webrtc-pc/#dom-rtcofferoptions */
export interface RTCOfferOptions {
  /** New ICE credentials. */
  iceRestart?: boolean;
  /** Legacy (§4.4.3.2): true adds a transceiver to receive with where there is none; false stops receiving. */
  offerToReceiveAudio?: boolean;
  offerToReceiveVideo?: boolean;
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcansweroptions */
export type RTCAnswerOptions = Record<never, never>;

/** What createOffer and createAnswer resolve with. */
export interface RTCCreatedDescription {
  type: RTCSdpType;
  sdp: string;
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnectionerrorcallback */
export type RTCPeerConnectionErrorCallback = (error: DOMException) => void;
/** https://w3c.github.io/webrtc-pc/#dom-rtcsessiondescriptioncallback */
export type RTCSessionDescriptionCallback = (description: RTCCreatedDescription) => void;

/** The events of a connection, by name. */
export interface RTCPeerConnectionEventMap {
  negotiationneeded: Event;
  icecandidate: RTCPeerConnectionIceEvent;
  icecandidateerror: RTCPeerConnectionIceErrorEvent;
  signalingstatechange: Event;
  iceconnectionstatechange: Event;
  icegatheringstatechange: Event;
  connectionstatechange: Event;
  track: RTCTrackEvent;
  datachannel: RTCDataChannelEvent;
}

/** A connection to a peer. */
export interface RTCPeerConnection extends EventTarget {
  /** An offer of what is wanted now. */
  createOffer(options?: RTCOfferOptions): Promise<RTCCreatedDescription>;
  createOffer(
    successCallback: RTCSessionDescriptionCallback,
    failureCallback: RTCPeerConnectionErrorCallback,
    options?: RTCOfferOptions,
  ): Promise<void>;
  /** An answer to the pending remote offer. */
  createAnswer(options?: RTCAnswerOptions): Promise<RTCCreatedDescription>;
  createAnswer(successCallback: RTCSessionDescriptionCallback, failureCallback: RTCPeerConnectionErrorCallback): Promise<void>;
  /** Applies a local description; without one, creates the offer or answer that is due. Gathering begins with the first. */
  setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<void>;
  setLocalDescription(
    description: RTCLocalSessionDescriptionInit,
    successCallback: () => void,
    failureCallback: RTCPeerConnectionErrorCallback,
  ): Promise<void>;
  /** The pending local description, or else the current one. */
  readonly localDescription: RTCSessionDescription | null;
  /** What was last negotiated, with the candidates gathered since. */
  readonly currentLocalDescription: RTCSessionDescription | null;
  /** What is being negotiated; null in "stable". */
  readonly pendingLocalDescription: RTCSessionDescription | null;
  /** Applies a remote description; an offer that collides with ours rolls ours back. */
  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void>;
  setRemoteDescription(
    description: RTCSessionDescriptionInit,
    successCallback: () => void,
    failureCallback: RTCPeerConnectionErrorCallback,
  ): Promise<void>;
  /** The pending remote description, or else the current one. */
  readonly remoteDescription: RTCSessionDescription | null;
  /** What was last negotiated, with the candidates added since. */
  readonly currentRemoteDescription: RTCSessionDescription | null;
  /** What is being negotiated; null in "stable". */
  readonly pendingRemoteDescription: RTCSessionDescription | null;
  /** A candidate of the peer's, or the end of them. */
  addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void>;
  addIceCandidate(
    candidate: RTCIceCandidateInit,
    successCallback: () => void,
    failureCallback: RTCPeerConnectionErrorCallback,
  ): Promise<void>;
  /** Where offer and answer stand. */
  readonly signalingState: RTCSignalingState;
  /** Whether candidates are being gathered. */
  readonly iceGatheringState: RTCIceGatheringState;
  /** The ICE states of all transports in one. */
  readonly iceConnectionState: RTCIceConnectionState;
  /** The ICE and DTLS states of all transports in one. */
  readonly connectionState: RTCPeerConnectionState;
  /** Whether the peer takes trickled candidates; null before it has said so. */
  readonly canTrickleIceCandidates: boolean | null;
  /** The next offer restarts ICE. */
  restartIce(): void;
  /** A copy of the configuration in force. */
  getConfiguration(): RTCConfiguration;
  /** Changes the servers and the transport policy, for the next gathering. */
  setConfiguration(configuration?: RTCConfiguration): void;
  /** Ends everything at once. No event says so here; the peer is told. */
  close(): void;
  /** The association that carries data channels; null until it is offered. */
  readonly sctp: RTCSctpTransport | null;
  /** A channel to the peer; the first one makes a negotiation needed. */
  createDataChannel(label: string, dataChannelDict?: RTCDataChannelInit): RTCDataChannel;
  /** Senders of the transceivers that are not stopped. */
  getSenders(): RTCRtpSender[];
  /** Receivers of the transceivers that are not stopped. */
  getReceivers(): RTCRtpReceiver[];
  /** In the order they were made; stopped ones leave with the negotiation that tells the peer. */
  getTransceivers(): RTCRtpTransceiver[];
  /** Sends a track, on a transceiver that is free or a new one. The peer is told that it belongs to `streams`. */
  addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): RTCRtpSender;
  /** Stops sending; the transceiver stays for the other direction. */
  removeTrack(sender: RTCRtpSender): void;
  /** A new transceiver, to send a track or to receive. */
  addTransceiver(trackOrKind: MediaStreamTrack | "audio" | "video", init?: RTCRtpTransceiverInit): RTCRtpTransceiver;
  /** Statistics of the whole connection, or of what one track that it sends or receives depends on. */
  getStats(selector?: MediaStreamTrack | null): Promise<RTCStatsReport>;
  onnegotiationneeded: EventHandler<RTCPeerConnection, Event>;
  onicecandidate: EventHandler<RTCPeerConnection, RTCPeerConnectionIceEvent>;
  onicecandidateerror: EventHandler<RTCPeerConnection, RTCPeerConnectionIceErrorEvent>;
  onsignalingstatechange: EventHandler<RTCPeerConnection, Event>;
  oniceconnectionstatechange: EventHandler<RTCPeerConnection, Event>;
  onicegatheringstatechange: EventHandler<RTCPeerConnection, Event>;
  onconnectionstatechange: EventHandler<RTCPeerConnection, Event>;
  ontrack: EventHandler<RTCPeerConnection, RTCTrackEvent>;
  ondatachannel: EventHandler<RTCPeerConnection, RTCDataChannelEvent>;
  addEventListener<K extends keyof RTCPeerConnectionEventMap>(
    type: K,
    listener: (this: RTCPeerConnection, event: RTCPeerConnectionEventMap[K]) => unknown,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
  removeEventListener<K extends keyof RTCPeerConnectionEventMap>(
    type: K,
    listener: (this: RTCPeerConnection, event: RTCPeerConnectionEventMap[K]) => unknown,
    options?: RemoveListenerOptions,
  ): void;
  removeEventListener(type: string, listener: Listener, options?: RemoveListenerOptions): void;
}

/** The interface object. */
export interface RTCPeerConnectionConstructor {
  /** `settings` is ours: what W3C's configuration does not say. */
  new (configuration?: RTCConfiguration, settings?: PeerConnectionSettings): RTCPeerConnection;
  readonly prototype: RTCPeerConnection;
  /** A certificate to be used by connections made later. */
  generateCertificate(keygenAlgorithm: CertificateAlgorithm): Promise<RTCCertificate>;
}
