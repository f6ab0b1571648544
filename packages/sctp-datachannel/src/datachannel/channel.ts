import type { SendOptions } from "../tx/outgoing-message.ts";
import type { ChannelHandle, ChannelInit, ChannelPriority } from "./events.ts";

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
