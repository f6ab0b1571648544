/** Data channels over an association (RFC 8831, RFC 8832): what the owner calls, and what the association tells of. */
import {
  concatBytes,
  type Instant,
  InvalidArgumentError,
  InvalidStateError,
  Malformed,
  type NamedTimer,
  type Protocol,
  Queue,
  type Transmit,
} from "@purertc/core";
import { SctpAssociation } from "../association/association.ts";
import type { SctpEvent } from "../association/events.ts";
import { checkDataChannelsOptions, type DataChannelsOptions, PATIENT } from "../options.ts";
import { announcedInit, type Channel, checkInit, errorOfClose, openMessage, priorityNumber, requireSendable } from "./channel.ts";
import { ChannelTable } from "./channel-table.ts";
import { type DataChannelOpen, parseDcepMessage, writeDcepMessage } from "./dcep.ts";
import type { ChannelError, ChannelHandle, ChannelInit, DataChannelsConnect, DataChannelsEvent, DataChannelsStats } from "./events.ts";
import { messageForm, PayloadProtocol, payloadProtocol } from "./payload-protocol.ts";

/** Data channels over an SCTP association that it owns (RFC 8831, RFC 8832). */
export class DataChannels implements Protocol<DataChannelsEvent> {
  readonly #association: SctpAssociation;
  readonly #receiveBound: number;
  readonly #events: Queue<DataChannelsEvent> = new Queue();
  readonly #channels: ChannelTable;
  #state: "new" | "connecting" | "connected" | "closed" = "new";
  #now: Instant = Number.NEGATIVE_INFINITY;
  #maxMessageSize = Number.POSITIVE_INFINITY;
  #canReset = false;
  #opened = 0;
  #closed = 0;
  #refusedOpens = 0;
  #strayMessages = 0;
  #finished = false;

  constructor(options: DataChannelsOptions) {
    checkDataChannelsOptions(options);
    const announced = options.localMaxMessageSize ?? 262_144;
    this.#receiveBound = announced === 0 ? (options.unlimitedMessageBound ?? 64 * 1024 * 1024) : announced;
    this.#channels = new ChannelTable(options);
    this.#association = new SctpAssociation({ ...PATIENT, ...options, maxReceiveMessageSize: Math.max(1, this.#receiveBound) });
  }

  /** "connecting" from `connect` until the association is up. */
  get state(): "new" | "connecting" | "connected" | "closed" {
    return this.#state;
  }

  /** Longest message that `send` takes, in bytes: the peer's limit. Infinity when there is none, or before `connect`. */
  get maxMessageSize(): number {
    return this.#maxMessageSize;
  }

  /**
   * Makes a channel. Without `id`, one of our parity is chosen as soon as that is known. Throws `InvalidStateError` when closed, `InvalidArgumentError` for an id
   * out of range (`SCTP_STREAM_ID`) or in use (`SCTP_STREAM_ID_IN_USE`), or a name that is too long (`SCTP_NAME_TOO_LONG`).
   */
  open(now: Instant, init: ChannelInit): ChannelHandle {
    this.#advance(now);
    this.#requireNotClosed();
    const { ids } = this.#channels;
    const nameBytes = checkInit(init, ids);
    const id = init.id ?? (ids.parityKnown ? ids.next() : undefined);
    if (id === undefined && ids.parityKnown) {
      throw new InvalidArgumentError("no stream id is left", { code: "SCTP_STREAM_IDS_EXHAUSTED" });
    }
    const channel = this.#channels.create(init, false, nameBytes);
    if (id !== undefined) this.#channels.assign(channel, id);
    if (this.#state === "connected") this.#start(channel);
    return channel.handle;
  }

  /**
   * The DTLS role is known: channels without an id get one now, and later ones when they are opened, ahead of `connect`, which says the same again.
   * W3C applications read `id` as soon as the answer is applied.
   */
  assignIds(now: Instant, parity: "even" | "odd"): void {
    this.#advance(now);
    this.#requireNotClosed();
    this.#channels.ids.setParity(parity);
    for (const channel of this.#channels.all()) {
      const id = channel.state === "connecting" && channel.id === undefined ? this.#channels.ids.next() : undefined;
      if (id !== undefined) this.#channels.assign(channel, id);
    }
  }

  /** Begins the association: sends INIT. The peer does the same. Throws `InvalidStateError` when called twice. */
  connect(now: Instant, parameters: DataChannelsConnect): void {
    this.#advance(now);
    this.#requireNotClosed();
    this.#association.connect(this.#now, parameters);
    this.#channels.ids.setParity(parameters.idParity);
    this.#maxMessageSize = parameters.remoteMaxMessageSize === 0 ? Number.POSITIVE_INFINITY : parameters.remoteMaxMessageSize;
    this.#state = "connecting";
  }

  /**
   * Queues a message; `data` is copied and may be empty. Throws `InvalidStateError` unless the channel is open (`SCTP_CHANNEL_NOT_OPEN`) or when the buffer is full
   * (`SCTP_SEND_BUFFER_FULL`), and `InvalidArgumentError` (`SCTP_MESSAGE_TOO_LARGE`) above `maxMessageSize`.
   */
  send(now: Instant, channel: ChannelHandle, kind: "text" | "binary", data: Uint8Array): void {
    const found = this.#channels.get(channel);
    this.#advance(now);
    requireSendable(found, data.length, this.#maxMessageSize);
    const empty = data.length === 0;
    const protocol = payloadProtocol(kind, empty);
    this.#association.send(this.#now, found.id!, protocol, empty ? ONE_ZERO : data, found.sendOptions);
    if (empty) found.controlBuffered += 1;
    else found.buffered += data.length;
  }

  /** Bytes of user data queued on a channel that were not yet sent for the first time. 0 for a channel that is gone. */
  bufferedAmount(channel: ChannelHandle): number {
    return this.#channels.get(channel)?.buffered ?? 0;
  }

  setBufferedAmountLowThreshold(channel: ChannelHandle, bytes: number): void {
    const found = this.#channels.get(channel);
    if (found !== undefined) found.lowThreshold = bytes;
  }

  /** Closes a channel: what is buffered is sent, then the streams are reset. Does nothing when it is closing or closed already. */
  closeChannel(now: Instant, channel: ChannelHandle): void {
    this.#advance(now);
    this.#requireNotClosed();
    const found = this.#channels.get(channel);
    if (found !== undefined) this.#close(found);
  }

  /** Stream id of a channel, once it has one. */
  id(channel: ChannelHandle): number | undefined {
    return this.#channels.get(channel)?.id;
  }

  /** The path takes SCTP packets of `mtu` bytes now, 512 to 65532, and may take up to `maxMtu` (RFC 8899; see the options). */
  setMtu(now: Instant, mtu: number, maxMtu: number = mtu): void {
    this.#advance(now);
    this.#requireNotClosed();
    this.#association.setMtu(this.#now, mtu);
    this.#association.setMaxMtu(this.#now, maxMtu);
  }

  /** As both sides agreed, another path can be used from now on. Channels go on, whether the peer keeps the association or begins a new one there. */
  pathReplaced(now: Instant): void {
    this.#advance(now);
    if (this.#state === "connected") this.#association.pathReplaced(this.#now);
  }

  stats(): DataChannelsStats {
    return {
      association: this.#association.stats(),
      channelsOpen: this.#channels.size,
      channelsOpened: this.#opened,
      channelsClosed: this.#closed,
      refusedOpens: this.#refusedOpens,
      strayMessages: this.#strayMessages,
    };
  }

  /** Ends the association at once; ABORT is the last packet. Throws `InvalidStateError` when it is closed. */
  abort(now: Instant, reason = ""): void {
    this.#advance(now);
    this.#requireNotClosed();
    this.#association.abort(this.#now, reason);
    this.#translate();
  }

  /** Ends the association after everything buffered was delivered. Throws `InvalidStateError` when it is closed. */
  shutdown(now: Instant): void {
    this.#advance(now);
    this.#requireNotClosed();
    this.#association.shutdown(this.#now);
    this.#translate();
  }

  handleDatagram(now: Instant, packet: Uint8Array): void {
    if (now > this.#now) this.#now = now;
    this.#association.handleDatagram(this.#now, packet);
    this.#translate();
  }

  handleTimeout(now: Instant): void {
    this.#advance(now);
  }

  pollTransmit(out: Uint8Array): Transmit<void> | undefined {
    return this.#finished ? undefined : this.#association.pollTransmit(out);
  }

  pollEvent(): DataChannelsEvent | undefined {
    if (this.#events.length === 0 && !this.#finished) this.#translate();
    const event = this.#events.shift();
    if (event?.type === "message") this.#association.holdReceiveWindow(-event.data.length);
    else if (event?.type === "closed") this.#finished = true;
    return event;
  }

  pollTimeout(): Instant | undefined {
    return this.#association.pollTimeout();
  }

  /** The next deadline by name. */
  nextTimer(): NamedTimer | undefined {
    return this.#association.nextTimer();
  }

  #requireNotClosed(): void {
    if (this.#state === "closed") throw new InvalidStateError("the association is closed", { code: "SCTP_CLOSED" });
  }

  #advance(now: Instant): void {
    if (now > this.#now) this.#now = now;
    this.#association.handleTimeout(this.#now);
    this.#translate();
  }

  /** Takes over what the association has to tell. */
  #translate(): void {
    for (let event = this.#association.pollEvent(); event !== undefined; event = this.#association.pollEvent()) this.#handle(event);
  }

  #handle(event: SctpEvent): void {
    switch (event.type) {
      case "message":
        this.#handleMessage(event.streamId, event.payloadProtocolId, event.data);
        return;
      case "buffered-amount":
        this.#handleBufferedAmount(event.streamId, event.amount);
        return;
      case "connected":
        this.#state = "connected";
        this.#agreed(event);
        this.#events.push({ type: "connected", maxChannels: this.#channels.ids.limit });
        for (const channel of this.#channels.all()) this.#startWaiting(channel);
        return;
      case "message-too-large": {
        const channel = this.#channels.onStream(event.streamId);
        if (channel === undefined) this.#strayMessages += 1;
        else this.#fail(channel, { code: "message-too-large", message: `the peer sent ${event.length} bytes in one message` });
        return;
      }
      case "incoming-streams-reset":
        this.#handleIncomingReset(event.streamIds);
        return;
      case "outgoing-streams-reset":
        for (const streamId of event.streamIds) this.#handleOutgoingReset(streamId);
        return;
      case "restarted":
        this.#agreed(event);
        for (const channel of this.#channels.withId()) {
          if (event.moved && channel.id! < this.#channels.ids.limit) this.#continue(channel);
          else this.#end(channel, { code: "association-restarted", message: "the peer began a new association" });
        }
        return;
      case "closed": {
        const error = errorOfClose(event);
        for (const channel of this.#channels.all()) this.#end(channel, error);
        this.#state = "closed";
        this.#events.push(event);
      }
    }
  }

  #agreed({ outboundStreams, inboundStreams, streamReset }: Extract<SctpEvent, { readonly type: "connected" | "restarted" }>): void {
    this.#canReset = streamReset;
    this.#channels.ids.setLimit(Math.min(outboundStreams, inboundStreams));
  }

  #startWaiting(channel: Channel): void {
    if (channel.state !== "connecting") return;
    if (channel.id === undefined) {
      const id = this.#channels.ids.next();
      if (id === undefined) {
        this.#end(channel, { code: "ids-exhausted", message: "no stream id is left" });
        return;
      }
      this.#channels.assign(channel, id);
    } else if (channel.id >= this.#channels.ids.limit) {
      this.#end(channel, { code: "ids-exhausted", message: `the peer has no stream ${channel.id}` });
      return;
    }
    this.#start(channel);
  }

  /** The association was begun anew for the same channels. What the peer may not have got is repeated: an OPEN, or the end of one that is closing. */
  #continue(channel: Channel): void {
    this.#association.holdReceiveWindow(-channel.dropParts());
    if (channel.state === "open" && channel.unconfirmed) this.#sendControl(channel, writeDcepMessage(openMessage(channel.init)), true);
    channel.incomingReset = channel.state !== "open";
    if (channel.incomingReset && this.#canReset) this.#reset(channel.id!);
    else if (channel.incomingReset) this.#end(channel, undefined);
  }

  /** The association is up and the channel has its id. */
  #start(channel: Channel): void {
    const id = channel.id!;
    channel.state = "open";
    this.#opened += 1;
    this.#association.setStreamPriority(id, priorityNumber(channel.init.priority));
    if (!channel.init.negotiated && !channel.openedByPeer) {
      this.#sendControl(channel, writeDcepMessage(openMessage(channel.init)));
    }
    this.#events.push({ type: "channel-open", channel: channel.handle, id });
  }

  /** RFC 8832 §6: DCEP messages go out in order and reliably, whatever the channel is. */
  #sendControl(channel: Channel, bytes: Uint8Array, first = false): void {
    channel.controlBuffered += bytes.length;
    if (first) this.#association.sendOwnedFirst(this.#now, channel.id!, PayloadProtocol.DCEP, bytes, {});
    else this.#association.sendOwned(this.#now, channel.id!, PayloadProtocol.DCEP, bytes, {});
  }

  #handleMessage(streamId: number, payloadProtocolId: number, data: Uint8Array): void {
    if (payloadProtocolId === PayloadProtocol.DCEP) {
      this.#handleDcep(streamId, data);
      return;
    }
    const channel = this.#channels.onStream(streamId);
    if (channel === undefined || channel.state === "connecting") {
      this.#strayMessages += 1;
      return;
    }
    channel.confirm();
    if (channel.state !== "open") return; // W3C: a message is dropped unless the channel is open
    const form = messageForm(payloadProtocolId);
    if (form === undefined) this.#strayMessages += 1;
    else if (form.part) this.#keepPart(channel, data);
    else this.#deliver(channel, form.kind, form.empty ? EMPTY : data);
  }

  #keepPart(channel: Channel, data: Uint8Array): void {
    this.#association.holdReceiveWindow(data.length);
    channel.partsLength += data.length;
    if (channel.partsLength > this.#receiveBound) this.#failTooLarge(channel);
    else channel.parts.push(data);
  }

  #deliver(channel: Channel, kind: "text" | "binary", data: Uint8Array): void {
    let whole = data;
    if (channel.partsLength > 0) {
      if (channel.partsLength + data.length > this.#receiveBound) {
        this.#failTooLarge(channel);
        return;
      }
      whole = concatBytes(...channel.parts, data);
      this.#association.holdReceiveWindow(-channel.dropParts());
    }
    this.#association.holdReceiveWindow(whole.length);
    this.#events.push({ type: "message", channel: channel.handle, kind, data: whole });
  }

  #failTooLarge(channel: Channel): void {
    this.#fail(channel, { code: "message-too-large", message: "the peer sent a message in parts that is too large" });
  }

  #handleDcep(streamId: number, data: Uint8Array): void {
    const message = parseDcepMessage(data);
    const channel = this.#channels.onStream(streamId);
    if (message instanceof Malformed) {
      this.#strayMessages += 1;
      if (channel === undefined) this.#refuse(streamId);
    } else if (message.type === "DATA_CHANNEL_ACK") {
      if (channel === undefined) this.#strayMessages += 1;
      else channel.confirm();
    } else if (channel !== undefined) {
      this.#refusedOpens += 1; // the id is in use: the channel that has it stays
    } else {
      this.#handleOpen(streamId, message, data.length);
    }
  }

  /** RFC 8832 §6: the receiver of an OPEN. */
  #handleOpen(streamId: number, open: DataChannelOpen, nameBytes: number): void {
    if (!this.#channels.admits(streamId, nameBytes)) {
      this.#refuse(streamId);
      return;
    }
    const init = announcedInit(open, streamId);
    const channel = this.#channels.create(init, true, nameBytes);
    channel.state = "open";
    this.#opened += 1;
    this.#channels.assign(channel, streamId);
    this.#association.setStreamPriority(streamId, priorityNumber(init.priority));
    if (this.#association.state === "established") this.#sendControl(channel, writeDcepMessage({ type: "DATA_CHANNEL_ACK" }));
    this.#events.push({ type: "channel-announced", channel: channel.handle, id: streamId, init });
  }

  /** An OPEN that cannot be: the stream is reset, which closes the channel at the peer. */
  #refuse(streamId: number): void {
    this.#refusedOpens += 1;
    if (this.#canReset && streamId < this.#channels.ids.limit) this.#association.resetStreams(this.#now, [streamId]);
  }

  #handleBufferedAmount(streamId: number, total: number): void {
    const channel = this.#channels.onStream(streamId);
    const [before, amount] = [channel?.buffered ?? 0, channel?.lowerBuffered(total)];
    if (channel === undefined || amount === undefined) return;
    this.#events.push({ type: "buffered-amount", channel: channel.handle, amount });
    if (before > channel.lowThreshold && amount <= channel.lowThreshold) {
      this.#events.push({ type: "buffered-amount-low", channel: channel.handle });
    }
  }

  #handleIncomingReset(streamIds: readonly number[]): void {
    const channels = streamIds.length === 0 ? this.#channels.withId() : streamIds.map((id) => this.#channels.onStream(id));
    for (const channel of channels) {
      if (channel === undefined || channel.state === "connecting") continue;
      channel.incomingReset = true;
      if (channel.state === "open") this.#events.push({ type: "channel-closing", channel: channel.handle });
      this.#close(channel);
      this.#endWhenReset(channel);
    }
  }

  #handleOutgoingReset(streamId: number): void {
    const channel = this.#channels.onStream(streamId);
    if (channel === undefined) return;
    channel.outgoingReset = true;
    if (channel.state === "open") {
      // The peer asked for it with an incoming reset request.
      this.#events.push({ type: "channel-closing", channel: channel.handle });
      channel.state = "closing";
    }
    this.#endWhenReset(channel);
  }

  #fail(channel: Channel, error: ChannelError): void {
    if (channel.state === "closed") return;
    const id = channel.id;
    channel.state = "closing";
    channel.outgoingReset = false;
    if (id === undefined || !this.#canReset) {
      this.#end(channel, error);
      return;
    }
    // The owner is told at once; the id is free when both sides have reset their streams.
    this.#reset(id);
    this.#announceEnd(channel, error);
  }

  #close(channel: Channel): void {
    if (channel.state === "closing" || channel.state === "closed") return;
    const started = channel.state === "open";
    channel.state = "closing";
    if (!started || channel.id === undefined || !this.#canReset) this.#end(channel, undefined);
    else this.#reset(channel.id);
  }

  #reset(streamId: number): void {
    if (this.#association.state === "established") this.#association.resetStreams(this.#now, [streamId]);
  }

  /** RFC 8831 §6.7: the id may be used again once both directions were reset. */
  #endWhenReset(channel: Channel): void {
    if (channel.outgoingReset && channel.incomingReset) this.#end(channel, undefined);
  }

  #announceEnd(channel: Channel, error: ChannelError | undefined): void {
    if (!this.#channels.forget(channel)) return;
    this.#association.holdReceiveWindow(-channel.dropParts());
    this.#closed += 1;
    this.#events.push({ type: "channel-closed", channel: channel.handle, ...(error === undefined ? {} : { error }) });
  }

  #end(channel: Channel, error: ChannelError | undefined): void {
    channel.state = "closed";
    this.#channels.release(channel);
    this.#announceEnd(channel, error);
  }
}

const EMPTY = new Uint8Array(0);
const ONE_ZERO = new Uint8Array(1);
