import { InvalidArgumentError, InvalidStateError, utf8Length } from "@purertc/core";
import type { CloseCause } from "../association/events.ts";
import type { SendOptions } from "../tx/outgoing-message.ts";
import type { DataChannelOpen } from "./dcep.ts";
import type { ChannelError, ChannelHandle, ChannelInit, ChannelPriority } from "./events.ts";
import type { StreamIds } from "./stream-ids.ts";

/** One data channel: two streams with the same id (RFC 8831 §6). */
export class Channel {
  readonly handle: ChannelHandle;
  readonly init: ChannelInit;
  readonly openedByPeer: boolean;
  /** Undefined until the DTLS role is known. */
  id: number | undefined;
  state: "connecting" | "open" | "closing" | "closed" = "connecting";
  /** How messages go out once the peer is known to have the channel. */
  readonly #options: SendOptions;
  /** RFC 8832 §6: until the ACK, everything is sent in order, after the OPEN. */
  #confirmed: boolean;
  readonly #orderedOptions: SendOptions;
  /** Both halves of closing (RFC 8831 §6.7): our streams reset, the peer's streams reset. */
  outgoingReset = false;
  incomingReset = false;
  lowThreshold = 0;
  /** Buffered amount of user data as last told. */
  buffered = 0;
  /** Bytes of DCEP messages among what is buffered on the stream. */
  controlBuffered = 0;
  /** Parts of a message that come with the deprecated PPIDs 52 and 54. */
  parts: Uint8Array[] = [];
  partsLength = 0;
  /** Bytes of label and protocol, counted for channels that the peer opened. */
  readonly nameBytes: number;

  constructor(handle: ChannelHandle, init: ChannelInit, openedByPeer: boolean, nameBytes: number) {
    this.handle = handle;
    this.init = init;
    this.openedByPeer = openedByPeer;
    this.nameBytes = nameBytes;
    this.#confirmed = openedByPeer || init.negotiated;
    const limits = {
      ...(init.maxRetransmits === undefined ? {} : { maxRetransmits: init.maxRetransmits }),
      ...(init.maxPacketLifeTime === undefined ? {} : { lifetimeMs: init.maxPacketLifeTime }),
    };
    this.#options = { ...limits, unordered: !init.ordered };
    this.#orderedOptions = limits;
  }

  /** How the next message goes out. */
  get sendOptions(): SendOptions {
    return this.#confirmed ? this.#options : this.#orderedOptions;
  }

  /**
   * `total` bytes wait on the stream now: the new {@link buffered}, or undefined when it is the old. What is queued is sent in order, so control bytes count
   * as the last to stay: exact when nothing or only data waits.
   */
  lowerBuffered(total: number): number | undefined {
    this.controlBuffered = Math.min(this.controlBuffered, total);
    const amount = Math.min(this.buffered, total - this.controlBuffered);
    if (amount === this.buffered) return undefined;
    this.buffered = amount;
    return amount;
  }

  /** Forgets what came of a message in parts; its bytes. */
  dropParts(): number {
    const length = this.partsLength;
    this.parts = [];
    this.partsLength = 0;
    return length;
  }

  /** Whether the peer may know nothing of a channel of ours. */
  get unconfirmed(): boolean {
    return !this.#confirmed;
  }

  /** The peer has the channel: its ACK or a message came. */
  confirm(): void {
    this.#confirmed = true;
  }
}

/** RFC 8831 §6.4: the numbers of OPEN, which are also the weights of the streams. */
export function priorityNumber(priority: ChannelPriority): number {
  return { "very-low": 128, low: 256, medium: 512, high: 1024 }[priority];
}

/** W3C "announce the data channel": the name for a number from an OPEN. */
export function priorityName(number: number): ChannelPriority {
  return number <= 128 ? "very-low" : number <= 256 ? "low" : number <= 512 ? "medium" : "high";
}

/** Bytes of label and protocol. Throws `InvalidArgumentError` when a channel cannot be like this. */
export function checkInit(init: ChannelInit, ids: StreamIds): number {
  const labelBytes = utf8Length(init.label);
  const protocolBytes = utf8Length(init.protocol);
  if (labelBytes > 0xffff || protocolBytes > 0xffff) {
    throw new InvalidArgumentError("label and protocol have at most 65535 bytes", { code: "SCTP_NAME_TOO_LONG" });
  }
  if (init.id === undefined) {
    if (init.negotiated) throw new InvalidArgumentError("a negotiated channel needs an id", { code: "SCTP_STREAM_ID" });
  } else if (!Number.isInteger(init.id) || init.id < 0 || init.id >= ids.limit) {
    throw new InvalidArgumentError(`a stream id is from 0 to ${ids.limit - 1}`, { code: "SCTP_STREAM_ID" });
  } else if (ids.isTaken(init.id)) {
    throw new InvalidArgumentError(`stream id ${init.id} is in use`, { code: "SCTP_STREAM_ID_IN_USE" });
  }
  return labelBytes + protocolBytes;
}

/** Throws unless a message may be queued on the channel: `InvalidStateError` or `InvalidArgumentError`. */
export function requireSendable(channel: Channel | undefined, length: number, maxMessageSize: number): asserts channel is Channel {
  if (channel === undefined || channel.state !== "open") {
    throw new InvalidStateError("send() on a channel that is not open", { code: "SCTP_CHANNEL_NOT_OPEN" });
  }
  if (length > maxMessageSize) {
    throw new InvalidArgumentError(`the peer takes messages of at most ${maxMessageSize} bytes`, { code: "SCTP_MESSAGE_TOO_LARGE" });
  }
}

/** What the end of the association is to its channels: an error unless one side wanted it. */
export function errorOfClose(event: { readonly cause: CloseCause; readonly sctpCauseCode?: number }): ChannelError | undefined {
  if (event.cause === "local" || event.cause === "peer-shutdown") return undefined;
  return {
    code: "association-closed",
    ...(event.sctpCauseCode === undefined ? {} : { sctpCauseCode: event.sctpCauseCode }),
    message: `the association ended: ${event.cause}`,
  };
}

/** The OPEN for a channel of ours. */
export function openMessage(init: ChannelInit): DataChannelOpen {
  return {
    type: "DATA_CHANNEL_OPEN",
    ordered: init.ordered,
    ...limitsOf(init),
    priority: priorityNumber(init.priority),
    label: init.label,
    protocol: init.protocol,
  };
}

/** What a channel is that the peer's OPEN made. */
export function announcedInit(open: DataChannelOpen, id: number): ChannelInit {
  return {
    label: open.label,
    protocol: open.protocol,
    ordered: open.ordered,
    ...limitsOf(open),
    negotiated: false,
    id,
    priority: priorityName(open.priority),
  };
}

function limitsOf(from: { readonly maxRetransmits?: number; readonly maxPacketLifeTime?: number }): {
  readonly maxRetransmits?: number;
  readonly maxPacketLifeTime?: number;
} {
  return {
    ...(from.maxRetransmits === undefined ? {} : { maxRetransmits: from.maxRetransmits }),
    ...(from.maxPacketLifeTime === undefined ? {} : { maxPacketLifeTime: from.maxPacketLifeTime }),
  };
}
