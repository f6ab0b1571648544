import type { CloseCause } from "../association/events.ts";
import type { AssociationStats } from "../association/stats.ts";

/** Local name of a channel; never reused within one `DataChannels`. */
export type ChannelHandle = number;

/** W3C RTCPriorityType. */
export type ChannelPriority = "very-low" | "low" | "medium" | "high";

/** What a channel is to be, or what the peer opened. */
export interface ChannelInit {
  /** At most 65535 bytes of UTF-8, as `protocol`. */
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  /** Milliseconds. Excludes `maxRetransmits`. */
  readonly maxPacketLifeTime?: number;
  readonly maxRetransmits?: number;
  /** Agreed on elsewhere: no OPEN is sent; `id` is then required. */
  readonly negotiated: boolean;
  /** Stream id, 0 to 65534. */
  readonly id?: number;
  readonly priority: ChannelPriority;
}

/** Why a channel ended that neither side closed. */
export interface ChannelError {
  readonly code:
    | "id-in-use"
    | "ids-exhausted"
    | "message-too-large"
    | "association-closed"
    | "association-restarted"
    | "protocol-violation";
  readonly sctpCauseCode?: number;
  readonly message: string;
}

/** What data channels tell their owner. */
export type DataChannelsEvent =
  /** The association is up. `maxChannels`: streams usable in both directions. */
  | { readonly type: "connected"; readonly maxChannels: number }
  /** The peer opened a channel in-band; it is open. */
  | { readonly type: "channel-announced"; readonly channel: ChannelHandle; readonly id: number; readonly init: ChannelInit }
  /** A local channel can be used; its id is known. */
  | { readonly type: "channel-open"; readonly channel: ChannelHandle; readonly id: number }
  /** `data` is the receiver's; UTF-8 for text. */
  | { readonly type: "message"; readonly channel: ChannelHandle; readonly kind: "text" | "binary"; readonly data: Uint8Array }
  /** Bytes left the buffer since the last such event. */
  | { readonly type: "buffered-amount"; readonly channel: ChannelHandle; readonly amount: number }
  /** The buffered amount crossed the threshold downwards. */
  | { readonly type: "buffered-amount-low"; readonly channel: ChannelHandle }
  /** The peer began to close the channel. */
  | { readonly type: "channel-closing"; readonly channel: ChannelHandle }
  | { readonly type: "channel-closed"; readonly channel: ChannelHandle; readonly error?: ChannelError }
  | { readonly type: "closed"; readonly cause: CloseCause; readonly sctpCauseCode?: number };

/** What is known once DTLS is up and both descriptions are there. */
export interface DataChannelsConnect {
  /** RFC 8832 §6: the DTLS client opens channels with even ids, the server with odd ones. */
  readonly idParity: "even" | "odd";
  readonly localPort: number;
  readonly remotePort: number;
  /** The peer's a=max-message-size; 0: any size. */
  readonly remoteMaxMessageSize: number;
}

/** Counters beside the association's. */
export interface DataChannelsStats {
  readonly association: AssociationStats;
  readonly channelsOpen: number;
  readonly channelsOpened: number;
  readonly channelsClosed: number;
  /** OPENs that were answered with a reset, DCEP messages that were none, messages for no channel. */
  readonly refusedOpens: number;
  readonly strayMessages: number;
}
