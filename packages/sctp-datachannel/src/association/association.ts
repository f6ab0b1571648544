/** The association itself: what its owner calls, the timers, and which packet is sent next. What comes in is in packet-receiver.ts. */
import {
  type Instant,
  InvalidArgumentError,
  InvalidStateError,
  type NamedTimer,
  type Protocol,
  type Transmit,
  writeU32,
} from "@purertc/core";
import { COMMON_HEADER_LENGTH, checksumOfZeroed, writeCommonHeader } from "../codec/packet.ts";
import { type AssociationOptions, requireRange, resolveAssociationOptions } from "../options.ts";
import { MessageSlab } from "../tx/message-slab.ts";
import { OutgoingMessage, type SendOptions } from "../tx/outgoing-message.ts";
import { AssociationContext, type AssociationState, asciiBytes } from "./context.ts";
import type { SctpEvent } from "./events.ts";
import { Handshake } from "./handshake.ts";
import { Heartbeat } from "./heartbeat.ts";
import { assembleChunks } from "./packet-assembly.ts";
import { PacketReceiver } from "./packet-receiver.ts";
import { PathMtuDiscovery } from "./path-mtu-discovery.ts";
import { Shutdown } from "./shutdown.ts";
import { type AssociationStats, associationStats } from "./stats.ts";
import { StreamReset } from "./stream-reset.ts";

/** SCTP ports of both ends, 1 to 65535. Data channels use 5000 on both by default (RFC 8841). */
export interface SctpPorts {
  readonly localPort: number;
  readonly remotePort: number;
}

/**
 * One SCTP association over one path (RFC 9260, with RFC 3758, 6525, 8260 and 9653). Who carries the packets is not its business: a DTLS connection, UDP, a test.
 */
export class SctpAssociation implements Protocol<SctpEvent> {
  readonly #context: AssociationContext;
  readonly #handshake: Handshake;
  readonly #shutdown: Shutdown;
  readonly #heartbeat: Heartbeat;
  readonly #reset: StreamReset;
  readonly #pathMtu: PathMtuDiscovery;
  readonly #receiver: PacketReceiver;
  readonly #slab = new MessageSlab();
  #finished = false;

  constructor(options: AssociationOptions) {
    this.#context = new AssociationContext(resolveAssociationOptions(options));
    this.#handshake = new Handshake(this.#context);
    this.#shutdown = new Shutdown(this.#context);
    this.#heartbeat = new Heartbeat(this.#context);
    this.#reset = new StreamReset(this.#context);
    this.#pathMtu = new PathMtuDiscovery(this.#context);
    this.#receiver = new PacketReceiver(this.#context, {
      handshake: this.#handshake,
      shutdown: this.#shutdown,
      heartbeat: this.#heartbeat,
      reset: this.#reset,
      pathMtu: this.#pathMtu,
    });
  }

  get state(): AssociationState {
    return this.#context.state;
  }

  /** Sends INIT. Both ends may do so at once (§5.2.1). Throws `InvalidStateError` unless new. */
  connect(now: Instant, ports: SctpPorts): void {
    this.#begin(now, ports);
    this.#handshake.start();
  }

  /** Waits for the peer's INIT. Throws `InvalidStateError` unless new. */
  listen(now: Instant, ports: SctpPorts): void {
    this.#begin(now, ports);
    this.#context.state = "listening";
  }

  /**
   * Queues one message; `data` (1 byte at least) is copied. Allowed before the association is up. Throws `InvalidStateError` when it is shutting down or closed,
   * when the stream is being reset, or (code `SCTP_SEND_BUFFER_FULL`) when `sendBuffer` is exceeded; `InvalidArgumentError` for a stream that was not negotiated.
   */
  send(now: Instant, streamId: number, payloadProtocolId: number, data: Uint8Array, options: SendOptions = RELIABLE): void {
    const copy = this.#slab.copy(data, this.#context.queue.isEmpty);
    this.sendOwned(now, streamId, payloadProtocolId, copy, options);
  }

  /** The same, but `data` is handed over and must not change any more. */
  sendOwned(now: Instant, streamId: number, payloadProtocolId: number, data: Uint8Array, options: SendOptions = RELIABLE): void {
    this.#tick(now);
    const context = this.#context;
    if (context.state === "closed") throw new InvalidStateError("send() on an association that is closed", { code: "SCTP_CLOSED" });
    if (context.state.startsWith("shutdown-")) {
      throw new InvalidStateError("send() on an association that is shutting down", { code: "SCTP_SHUTTING_DOWN" });
    }
    const streams = context.tcb?.parameters.outboundStreams ?? context.options.outboundStreams;
    requireRange("streamId", streamId, 0, streams - 1);
    if (data.length === 0) throw new InvalidArgumentError("a message has at least one byte", { code: "SCTP_EMPTY_MESSAGE" });
    if (this.#reset.isResetting(streamId)) {
      throw new InvalidStateError("send() on a stream that is being reset", { code: "SCTP_STREAM_RESETTING" });
    }
    if (context.queue.buffered + data.length > context.options.sendBuffer) {
      throw new InvalidStateError("the send buffer is full", { code: "SCTP_SEND_BUFFER_FULL" });
    }
    context.queue.push(new OutgoingMessage(context.now, streamId, payloadProtocolId, data, options));
    context.tcb?.tx.refillBurst();
  }

  /** The same, before all that waits on the stream. For the first moments of an association, when none of that was begun. */
  sendOwnedFirst(now: Instant, streamId: number, payloadProtocolId: number, data: Uint8Array, options: SendOptions = RELIABLE): void {
    this.#tick(now);
    this.#requireOpen();
    this.#context.queue.pushFirst(new OutgoingMessage(this.#context.now, streamId, payloadProtocolId, data, options));
  }

  /**
   * Packets go by another path from now on, as both sides agreed, and it can be used. Messages wait until the peer is heard there, which a HEARTBEAT asks
   * for: under the tags of now, it goes on; or it begins a new association (§5.2.4 A). That is then the same conversation, in which all messages not sent
   * to their end before are sent; those that were on their way may be lost. Does nothing when the association is not up.
   */
  pathReplaced(now: Instant): void {
    this.#tick(now);
    if (!this.#context.isUp) return;
    this.#context.moved = true;
    this.#heartbeat.ask();
  }

  /** Bytes of a stream that are queued and not yet sent for the first time. */
  bufferedAmount(streamId: number): number {
    return this.#context.queue.bufferedAmount(streamId);
  }

  /** Share of a stream against others that have something to send, 1 to 65535; 256 to begin with (RFC 8831 §6.4). */
  setStreamPriority(streamId: number, priority: number): void {
    this.#requireOpen();
    requireRange("priority", priority, 1, 65535);
    this.#context.queue.setWeight(streamId, priority);
  }

  /** RFC 6525: resets outgoing streams once what is queued on them was sent. An event tells the result. Throws `InvalidStateError` when the peer cannot. */
  resetStreams(now: Instant, streamIds: readonly number[]): void {
    this.#tick(now);
    if (this.#context.tcb?.parameters.streamReset !== true || !this.#context.isUp) {
      throw new InvalidStateError("streams cannot be reset on this association", { code: "SCTP_NO_STREAM_RESET" });
    }
    this.#reset.request(streamIds);
  }

  /** Counts (or with a negative number, no longer counts) bytes of messages that the owner took but still holds against the window that the peer sees. */
  holdReceiveWindow(bytes: number): void {
    const rx = this.#context.tcb?.rx;
    if (rx !== undefined) rx.heldByOwner += bytes;
  }

  /** The path takes packets of this size now, 512 to 65532 bytes. Fragments already sent keep their size. */
  setMtu(now: Instant, mtu: number): void {
    this.#tick(now);
    this.#requireOpen();
    this.#pathMtu.setBase(requireRange("mtu", mtu, 512, 65532) & ~3);
  }

  /** RFC 8899: the largest packet to try on this path, 512 to 65532 bytes; see `maxMtu` of the options. `mtu` or less ends the search and goes back to `mtu`. */
  setMaxMtu(now: Instant, maxMtu: number): void {
    this.#tick(now);
    this.#requireOpen();
    this.#pathMtu.setMax(requireRange("maxMtu", maxMtu, 512, 65532) & ~3);
  }

  /** §9.2: delivers what is queued, then ends. */
  shutdown(now: Instant): void {
    this.#tick(now);
    this.#requireOpen();
    this.#shutdown.start();
  }

  /** §9.1: ends at once. `reason` goes to the peer, as ASCII. */
  abort(now: Instant, reason = ""): void {
    this.#tick(now);
    this.#requireOpen();
    this.#context.abort("local", { type: "USER-INITIATED-ABORT", bytes: asciiBytes(reason.slice(0, 256)) });
  }

  stats(): AssociationStats {
    return associationStats(this.#context);
  }

  handleDatagram(now: Instant, packet: Uint8Array): void {
    this.#tick(now);
    const { state } = this.#context;
    if (state !== "closed" && state !== "new") this.#receiver.receive(packet);
  }

  handleTimeout(now: Instant): void {
    this.#tick(now);
  }

  pollTransmit(out: Uint8Array): Transmit<void> | undefined {
    const context = this.#context;
    // An owner that takes events before it sends, as DataChannels does, still gets the ABORT or SHUTDOWN-COMPLETE out.
    if (this.#finished && context.outbox.packets.length === 0) return undefined;
    for (let packet = context.outbox.packets.shift(); packet !== undefined; packet = context.outbox.packets.shift()) {
      if (COMMON_HEADER_LENGTH + packet.chunks.length > out.length) continue; // a probe larger than the owner's buffers: as if lost
      out.set(packet.chunks, COMMON_HEADER_LENGTH);
      return this.#seal(out, COMMON_HEADER_LENGTH + packet.chunks.length, packet.verificationTag, false);
    }
    const tcb = context.tcb;
    if (tcb === undefined) return undefined;
    if (context.state !== "cookie-echoed") this.#reset.sendDue();
    const length = assembleChunks(context, tcb, this.#heartbeat, out);
    if (length === COMMON_HEADER_LENGTH) return undefined;
    return this.#seal(out, length, tcb.peerTag, tcb.parameters.zeroChecksum && context.state !== "cookie-echoed");
  }

  pollEvent(): SctpEvent | undefined {
    const context = this.#context;
    const event = context.events.shift();
    if (event === undefined) {
      const streamId = context.queue.takeDrained();
      if (streamId !== undefined && context.queue.isEmpty) this.#slab.release();
      return streamId === undefined ? undefined : { type: "buffered-amount", streamId, amount: context.queue.bufferedAmount(streamId) };
    }
    if (event.type === "closed") {
      this.#finished = true;
    } else if (event.type === "message" && context.tcb !== undefined) {
      const rx = context.tcb.rx;
      rx.heldByOwner -= event.data.length;
      if (rx.windowWasClosed && rx.window >= context.options.receiveWindow >> 2) {
        rx.windowWasClosed = false;
        rx.tracker.requestSack(); // §6.2: a window update
      }
    }
    return event;
  }

  pollTimeout(): Instant | undefined {
    const soonest = this.#context.timers.next();
    const retransmission = this.#context.tcb?.tx.timerAt;
    if (soonest === undefined || (retransmission !== undefined && retransmission < soonest)) return retransmission;
    return soonest;
  }

  /** The next deadline by name. */
  nextTimer(): NamedTimer | undefined {
    const named = this.#context.timers.nextNamed();
    const retransmission = this.#context.tcb?.tx.timerAt;
    if (retransmission !== undefined && (named === undefined || retransmission < named.at)) return { name: "t3-rtx", at: retransmission };
    return named;
  }

  #begin(now: Instant, ports: SctpPorts): void {
    this.#tick(now);
    if (this.#context.state !== "new") throw new InvalidStateError("the association was begun before", { code: "SCTP_NOT_NEW" });
    this.#context.localPort = requireRange("localPort", ports.localPort, 1, 65535);
    this.#context.remotePort = requireRange("remotePort", ports.remotePort, 1, 65535);
  }

  #requireOpen(): void {
    if (this.#context.state === "closed") throw new InvalidStateError("the association is closed", { code: "SCTP_CLOSED" });
  }

  /** Moves the clock, never back, and serves the timers that are due. */
  #tick(now: Instant): void {
    const context = this.#context;
    if (now > context.now) context.now = now;
    const deadline = this.pollTimeout();
    if (deadline !== undefined && deadline <= context.now) this.#serveTimers();
  }

  #serveTimers(): void {
    const { timers, now } = this.#context;
    if (timers.take("t1-init", now)) this.#handshake.handleTimeout("t1-init");
    if (timers.take("t1-cookie", now)) this.#handshake.handleTimeout("t1-cookie");
    if (timers.take("t2-shutdown", now)) this.#shutdown.handleTimeout();
    if (timers.take("t5-shutdown-guard", now)) this.#shutdown.handleGuardTimeout();
    if (timers.take("heartbeat", now)) this.#heartbeat.handleTimeout();
    if (timers.take("re-config", now)) this.#reset.handleTimeout();
    if (timers.take("path-mtu", now)) this.#pathMtu.handleTimeout();
    if (timers.take("delayed-sack", now)) this.#context.tcb?.rx.tracker.requestSack();
    const tx = this.#context.tcb?.tx;
    if (tx?.timerAt !== undefined && tx.timerAt <= now && tx.handleTimeout() && this.#context.countError()) {
      this.#pathMtu.onRetransmissionTimeout();
    }
    this.#shutdown.continue();
  }

  #seal(out: Uint8Array, length: number, verificationTag: number, zeroChecksum: boolean): Transmit<void> {
    writeCommonHeader(out, this.#context.localPort, this.#context.remotePort, verificationTag);
    if (!zeroChecksum) writeU32(out, 8, checksumOfZeroed(out, length));
    return { length, route: undefined };
  }
}

const RELIABLE: SendOptions = {};
