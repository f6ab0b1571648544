/** What a {@link PeerEngine} tells its owner. */
import type { DataChannelsEvent } from "@purertc/sctp-datachannel";
import type { IceCandidate, IceCandidatePair, IceRole, IceState } from "@purertc/stun-ice";
import type { TransceiverId } from "../jsep/media-types.ts";
import type { DtlsState } from "./aggregate-states.ts";

/** Names a transport for the life of its engine; never reused. */
export type TransportId = number;

/** Why a DTLS connection ended or was refused. */
export interface DtlsFailure {
  readonly detail: "dtls-failure" | "fingerprint-failure";
  /** RFC name of the fatal alert received, such as `"handshake_failure"`. */
  readonly receivedAlert?: string;
  /** RFC name of the fatal alert sent. */
  readonly sentAlert?: string;
}

/** Where a local candidate belongs. */
export interface CandidateOrigin {
  readonly transport: TransportId;
  readonly sdpMid: string;
  readonly sdpMLineIndex: number;
  /** The generation. */
  readonly usernameFragment: string;
}

/** Things of channels are passed on as {@link DataChannelsEvent}s; those of the association are named `sctp-*`. */
export type PeerEvent =
  /** Bind sockets for this transport, then call `addLocalAddress` for each and `endOfLocalAddresses`. Once per transport. */
  | { readonly type: "addresses-needed"; readonly transport: TransportId }
  | { readonly type: "gathering-state"; readonly transport: TransportId; readonly state: "gathering" | "complete" }
  | ({ readonly type: "local-candidate"; readonly candidate: IceCandidate; readonly url?: string } & CandidateOrigin)
  /** The generation is complete. */
  | ({ readonly type: "end-of-local-candidates" } & CandidateOrigin)
  | {
      readonly type: "candidate-error";
      readonly transport: TransportId;
      readonly url: string;
      readonly address?: string;
      readonly port?: number;
      readonly errorCode: number;
      readonly errorText: string;
    }
  /** Another state, another selected pair, or both at once. */
  | { readonly type: "ice-change"; readonly transport: TransportId; readonly state?: IceState; readonly pair?: IceCandidatePair }
  | { readonly type: "ice-role"; readonly transport: TransportId; readonly role: IceRole }
  | { readonly type: "dtls-state"; readonly transport: TransportId; readonly state: DtlsState; readonly failure?: DtlsFailure }
  /** The transport is gone: its section was rejected, moved into a bundle, or rolled back. Release its sockets. */
  | { readonly type: "transport-closed"; readonly transport: TransportId }
  | MediaEvent
  | { readonly type: "sctp-connected"; readonly maxChannels: number }
  | { readonly type: "sctp-closed"; readonly cause: SctpCloseCause; readonly sctpCauseCode?: number }
  | ChannelEvent
  | { readonly type: "closed" };

/** Things of media. */
export type MediaEvent =
  /** PLI or FIR came, or a new listener needs one: the source of this encoding is to make a key frame. Paced. */
  | { readonly type: "keyframe-requested"; readonly transceiver: TransceiverId; readonly rid?: string }
  /** The first packet came, after the transceiver began to receive or after `receiver-muted`. */
  | { readonly type: "receiver-unmuted"; readonly transceiver: TransceiverId }
  /** The peer said goodbye (RTCP BYE) for the last of its streams. */
  | { readonly type: "receiver-muted"; readonly transceiver: TransceiverId }
  /** Bits per second that the path to the peer carries, from transport-wide feedback and REMB. With `transceiver`, its share: what its source should make. */
  | { readonly type: "bitrate-estimate"; readonly transceiver?: TransceiverId; readonly bitsPerSecond: number }
  | { readonly type: "bye"; readonly transceiver: TransceiverId; readonly ssrc: number }
  /** A sink of its receiver threw this. The others got what it was given, and it will get what follows. */
  | { readonly type: "sink-failed"; readonly transceiver: TransceiverId; readonly error: unknown }
  /** A simulcast layer was seen for the first time. */
  | { readonly type: "layer"; readonly transceiver: TransceiverId; readonly rid: string };

/** What {@link DataChannelsEvent} says of one channel. */
export type ChannelEvent = Exclude<DataChannelsEvent, { readonly type: "connected" | "closed" }>;

/** Why the association ended. */
export type SctpCloseCause = Extract<DataChannelsEvent, { readonly type: "closed" }>["cause"];
