/** The internal slots of an RTCPeerConnection, https://w3c.github.io/webrtc-pc/#constructor (§4.4.1.1), and what every algorithm needs of it. */
import type { ChannelHandle } from "@purertc/sctp-datachannel";
import type { ConnectionState, GatheringState } from "../engine/aggregate-states.ts";
import { aggregateConnectionState, aggregateGatheringState, aggregateIceState, type TransportStates } from "../engine/aggregate-states.ts";
import type { SupportedMedia } from "../engine/media/capabilities.ts";
import type { PeerEngine } from "../engine/peer-engine.ts";
import type { TransportId } from "../engine/peer-event.ts";
import type { SignalingState } from "../jsep/index.ts";
import type { Runtime } from "../runtime.ts";
import type { PeerConnectionSettings } from "../settings.ts";
import type { Driver } from "./driver.ts";
import type { IceServerUrl } from "./ice-server-url.ts";
import type { RemoteStreams } from "./media/remote-streams.ts";
import type { RTCRtpSender } from "./media/rtc-rtp-sender.ts";
import type { TransceiverRecord } from "./media/transceiver-record.ts";
import type { OperationsChain } from "./operations-chain.ts";
import type { FullConfiguration } from "./rtc-configuration.ts";
import type { DataChannelSlots, RTCDataChannel } from "./rtc-data-channel.ts";
import type { DtlsTransportSlots, RTCDtlsTransport } from "./rtc-dtls-transport.ts";
import type { IceTransportSlots, RTCIceTransport } from "./rtc-ice-transport.ts";
import type { RTCSctpTransport, SctpTransportSlots } from "./rtc-sctp-transport.ts";
import type { RTCSessionDescription } from "./rtc-session-description.ts";
import type { TaskQueue } from "./task-queue.ts";

/** A transport's two objects, with their slots. */
export interface TransportRecord {
  readonly id: TransportId;
  readonly ice: RTCIceTransport;
  readonly iceSlots: IceTransportSlots;
  readonly dtls: RTCDtlsTransport;
  readonly dtlsSlots: DtlsTransportSlots;
}

/** The association's object, with its slots. */
export interface SctpRecord {
  readonly sctp: RTCSctpTransport;
  readonly slots: SctpTransportSlots;
}

/** A channel's object, with its slots and what statistics count. */
export interface ChannelRecord {
  readonly handle: ChannelHandle;
  readonly channel: RTCDataChannel;
  readonly slots: DataChannelSlots;
  messagesSent: number;
  bytesSent: number;
  messagesReceived: number;
  bytesReceived: number;
}

/** See the file's header. Names are the spec's. */
export interface ConnectionSlots {
  readonly runtime: Runtime;
  readonly settings: PeerConnectionSettings;
  readonly engine: PeerEngine;
  readonly driver: Driver;
  readonly tasks: TaskQueue;
  /** The RTCPeerConnection. */
  readonly connection: EventTarget;
  configuration: FullConfiguration;
  iceServers: readonly IceServerUrl[];
  isClosed: boolean;
  negotiationNeeded: boolean;
  readonly operations: OperationsChain;
  updateNegotiationNeededFlagOnEmptyChain: boolean;
  sctpTransport: SctpRecord | null;
  lastStableStateSctpTransport: SctpRecord | null;
  readonly dataChannels: Map<ChannelHandle, ChannelRecord>;
  /** Whether createDataChannel was ever called. */
  dataChannelCreated: boolean;
  dataChannelsOpened: number;
  dataChannelsClosed: number;
  /** The connection's set of transceivers, in the order they were made. */
  transceivers: readonly TransceiverRecord[];
  /** Those of transceivers that have left the set included. */
  readonly createdSenders: WeakSet<RTCRtpSender>;
  readonly remoteStreams: RemoteStreams;
  /** What can be sent and received at all. */
  readonly media: SupportedMedia;
  signalingState: SignalingState;
  iceConnectionState: TransportStates["iceState"];
  iceGatheringState: GatheringState;
  connectionState: ConnectionState;
  pendingLocalDescription: RTCSessionDescription | null;
  currentLocalDescription: RTCSessionDescription | null;
  pendingRemoteDescription: RTCSessionDescription | null;
  currentRemoteDescription: RTCSessionDescription | null;
  canTrickleIceCandidates: boolean | null;
  localDescriptionSet: boolean;
  /** Whether [[LastCreatedOffer]] was asked for with `iceRestart`. */
  lastOfferRestartsIce: boolean;
  readonly transports: Map<TransportId, TransportRecord>;
}

/** Fires a plain event at the connection. */
export function fire(target: EventTarget, type: string): void {
  target.dispatchEvent(new Event(type));
}

/** The states of the transports in use, as the application has been told of them. */
function transportStates(slots: ConnectionSlots): readonly TransportStates[] {
  return Array.from(slots.transports.values(), ({ iceSlots, dtlsSlots }) => ({
    iceState: iceSlots.iceTransportState,
    gatheringState: iceSlots.iceGathererState,
    dtlsState: dtlsSlots.dtlsTransportState,
  }));
}

/** Derives [[IceGatheringState]] anew; true when it changed. */
export function updateIceGatheringState(slots: ConnectionSlots): boolean {
  const before = slots.iceGatheringState;
  slots.iceGatheringState = aggregateGatheringState(transportStates(slots));
  return slots.iceGatheringState !== before;
}

/** Derives [[IceConnectionState]] anew; true when it changed. */
export function updateIceConnectionState(slots: ConnectionSlots): boolean {
  const before = slots.iceConnectionState;
  slots.iceConnectionState = aggregateIceState(transportStates(slots));
  return slots.iceConnectionState !== before;
}

/** Derives [[ConnectionState]] anew; true when it changed. */
export function updateConnectionState(slots: ConnectionSlots): boolean {
  const before = slots.connectionState;
  slots.connectionState = aggregateConnectionState(transportStates(slots));
  return slots.connectionState !== before;
}
