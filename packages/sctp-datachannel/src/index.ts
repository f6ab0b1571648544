/** SCTP associations and WebRTC data channels, without I/O. */
export { SctpAssociation, type SctpPorts } from "./association/association.ts";
export type { AssociationState, RefusalCounters } from "./association/context.ts";
export type { CloseCause, SctpEvent } from "./association/events.ts";
export type { AssociationStats } from "./association/stats.ts";
export { DataChannels } from "./datachannel/channels.ts";
export type {
  ChannelError,
  ChannelHandle,
  ChannelInit,
  ChannelPriority,
  DataChannelsConnect,
  DataChannelsEvent,
  DataChannelsStats,
} from "./datachannel/events.ts";
export { type AssociationOptions, checkDataChannelsOptions, type DataChannelsOptions } from "./options.ts";
export type { SendOptions } from "./tx/outgoing-message.ts";
