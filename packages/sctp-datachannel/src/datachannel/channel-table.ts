/** The channels of an association: by the owner's handle and by stream id, which ids are free, and how much the peer's own hold. */
import { Channel } from "./channel.ts";
import type { ChannelHandle, ChannelInit } from "./events.ts";
import { StreamIds } from "./stream-ids.ts";

/** How much the peer may open. */
export interface ChannelLimits {
  readonly maxIncomingChannels?: number;
  readonly maxIncomingNameBytes?: number;
}

/** See the file's header. */
export class ChannelTable {
  readonly ids: StreamIds = new StreamIds();
  readonly #byHandle = new Map<ChannelHandle, Channel>();
  readonly #byId = new Map<number, Channel>();
  readonly #maxIncoming: number;
  readonly #maxIncomingNameBytes: number;
  #nextHandle = 1;
  #incoming = 0;
  #incomingNameBytes = 0;

  constructor(limits: ChannelLimits) {
    this.#maxIncoming = limits.maxIncomingChannels ?? 4096;
    this.#maxIncomingNameBytes = limits.maxIncomingNameBytes ?? 4 * 1024 * 1024;
  }

  /** Channels with a stream id. */
  get size(): number {
    return this.#byId.size;
  }

  /** Those that the owner knows, in the order they were made, with an id or without. A list of its own. */
  all(): readonly Channel[] {
    return [...this.#byHandle.values()];
  }

  /** Those with a stream id, those whose end the owner was told before the streams are reset among them. A list of its own. */
  withId(): readonly Channel[] {
    return [...this.#byId.values()];
  }

  get(handle: ChannelHandle): Channel | undefined {
    return this.#byHandle.get(handle);
  }

  onStream(id: number): Channel | undefined {
    return this.#byId.get(id);
  }

  /** Whether the peer may open one more, on that stream and with a label and protocol of so many bytes. */
  admits(streamId: number, nameBytes: number): boolean {
    const fits = this.#incoming < this.#maxIncoming && this.#incomingNameBytes + nameBytes <= this.#maxIncomingNameBytes;
    return fits && !this.ids.isOurs(streamId) && streamId < this.ids.limit && !this.ids.isTaken(streamId);
  }

  /** A new channel, without an id. */
  create(init: ChannelInit, openedByPeer: boolean, nameBytes: number): Channel {
    const channel = new Channel(this.#nextHandle++, init, openedByPeer, nameBytes);
    this.#byHandle.set(channel.handle, channel);
    if (openedByPeer) {
      this.#incoming += 1;
      this.#incomingNameBytes += nameBytes;
    }
    return channel;
  }

  /** Gives a channel its stream. */
  assign(channel: Channel, id: number): void {
    channel.id = id;
    this.ids.take(id);
    this.#byId.set(id, channel);
  }

  /** The owner is told that it is over: false when it was before. */
  forget(channel: Channel): boolean {
    return this.#byHandle.delete(channel.handle);
  }

  /** Its stream, if it had one, is free. */
  release({ id, openedByPeer, nameBytes }: Channel): void {
    if (id === undefined) return;
    this.ids.free(id);
    this.#byId.delete(id);
    if (!openedByPeer) return;
    this.#incoming -= 1;
    this.#incomingNameBytes -= nameBytes;
  }
}
