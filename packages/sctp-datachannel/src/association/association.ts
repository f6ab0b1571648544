import {
  copyBytes,
  type Instant,
  InvalidArgumentError,
  InvalidStateError,
  Malformed,
  type NamedTimer,
  type Protocol,
  readU16,
  readU32,
  type Transmit,
  writeU32,
} from "@purertc/core";
import { ChunkType, unknownChunkAction } from "../codec/chunk-types.ts";
import { chunkLengthAt, parseChunk } from "../codec/chunks/chunk.ts";
import { TAG_REFLECTED } from "../codec/chunks/error.ts";
import { errorCauseCode } from "../codec/error-causes.ts";
import { COMMON_HEADER_LENGTH, checksumOfZeroed, writeCommonHeader } from "../codec/packet.ts";
import { padded } from "../codec/type-length-value.ts";
import { type AssociationOptions, requireRange, resolveAssociationOptions } from "../options.ts";
import type { DataOutcome } from "../rx/data-receiver.ts";
import { MessageSlab } from "../tx/message-slab.ts";
import { OutgoingMessage, type SendOptions } from "../tx/outgoing-message.ts";
import { surveyChunks } from "./chunk-survey.ts";
import { AssociationContext, type AssociationState, asciiBytes, type Tcb } from "./context.ts";
import type { SctpEvent } from "./events.ts";
import { Handshake } from "./handshake.ts";
import { Heartbeat } from "./heartbeat.ts";
import { outOfTheBlueAnswer } from "./out-of-the-blue.ts";
import { assembleChunks } from "./packet-assembly.ts";
import { PathMtuDiscovery } from "./path-mtu-discovery.ts";
import { checksumIsRight } from "./received-checksum.ts";
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
  readonly #slab = new MessageSlab();
  #finished = false;

  constructor(options: AssociationOptions) {
    this.#context = new AssociationContext(resolveAssociationOptions(options));
    this.#handshake = new Handshake(this.#context);
    this.#shutdown = new Shutdown(this.#context);
    this.#heartbeat = new Heartbeat(this.#context);
    this.#reset = new StreamReset(this.#context);
    this.#pathMtu = new PathMtuDiscovery(this.#context);
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
    if (!this.#isUp()) return;
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
    if (this.#context.tcb?.parameters.streamReset !== true || !this.#isUp()) {
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
    const context = this.#context;
    if (context.state === "closed" || context.state === "new") return;
    const refused = context.refused;
    if (packet.length < COMMON_HEADER_LENGTH + 4) {
      refused.malformed += 1;
    } else if (readU16(packet, 0) !== context.remotePort || readU16(packet, 2) !== context.localPort) {
      refused.wrongPort += 1;
    } else if (!checksumIsRight(packet, context.options.zeroChecksum)) {
      refused.badChecksum += 1;
    } else {
      const survey = surveyChunks(packet);
      if (survey === "malformed") refused.malformed += 1;
      else if (survey === "bad-bundle") refused.badBundle += 1;
      else this.#handlePacket(packet);
    }
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

  #isUp(): boolean {
    return this.#context.state === "established" || this.#context.state.startsWith("shutdown-");
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

  #handlePacket(packet: Uint8Array): void {
    const context = this.#context;
    const tag = readU32(packet, 4);
    const first = packet[COMMON_HEADER_LENGTH]!;
    const length = chunkLengthAt(packet, COMMON_HEADER_LENGTH);
    if (first === ChunkType.INIT) {
      const init = tag === 0 ? parseChunk(packet, COMMON_HEADER_LENGTH) : undefined; // §8.5.1 A
      if (init === undefined) context.refused.wrongTag += 1;
      else if (init instanceof Malformed || init.type !== "INIT") context.refused.malformed += 1;
      else this.#handshake.handleInit(init);
      return;
    }
    let at = COMMON_HEADER_LENGTH;
    if (first === ChunkType.COOKIE_ECHO) {
      const before = context.tcb;
      const wasUp = this.#isUp(); // in an INIT collision the TCB is there, from the INIT ACK, before the association is up
      if (!this.#handshake.handleCookieEcho(packet.subarray(at + 4, at + length), tag)) return; // §8.5.1 D
      const fresh = context.tcb !== before || !wasUp;
      if (fresh || context.timers.at("heartbeat") === undefined) this.#afterEstablished(fresh); // which looks at the state
      at += padded(length);
    } else if (context.state === "listening") {
      const answer = outOfTheBlueAnswer(packet);
      if (answer !== undefined) context.outbox.sendPacket(tag, answer);
      return;
    } else if (!this.#tagIsRight(packet, tag, first)) {
      if (first === ChunkType.SHUTDOWN_ACK && (context.state === "cookie-wait" || context.state === "cookie-echoed")) {
        context.outbox.sendPacket(tag, { type: "SHUTDOWN-COMPLETE", tagReflected: true }); // §8.5.1 E
      }
      context.refused.wrongTag += 1;
      return;
    }
    context.moved = false;
    let dataChunks = 0;
    while (at < packet.length && this.state !== "closed") {
      const end = at + chunkLengthAt(packet, at);
      const type = packet[at]!;
      if (type === ChunkType.DATA || type === ChunkType.I_DATA) {
        if (this.#handleData(packet, at, end, type)) dataChunks += 1;
      } else if (type === ChunkType.SACK) {
        this.#handleSack(packet, at, end - at);
      } else if (!this.#handleControl(packet, at, end, type)) {
        break;
      }
      at = padded(end);
    }
    if (context.tcb !== undefined) this.#afterPacket(context.tcb, dataChunks > 0);
  }

  /** §8.5, §8.5.1 B and C: ABORT and SHUTDOWN COMPLETE with the T bit come under the peer's own tag, everything else under ours. */
  #tagIsRight(packet: Uint8Array, tag: number, first: number): boolean {
    if (first === ChunkType.ABORT || first === ChunkType.SHUTDOWN_COMPLETE) {
      if ((packet[COMMON_HEADER_LENGTH + 1]! & TAG_REFLECTED) !== 0) return tag === this.#context.tcb?.peerTag;
    }
    return tag === this.#context.localTag;
  }

  /** True when the chunk was taken in as data. */
  #handleData(packet: Uint8Array, at: number, end: number, type: number): boolean {
    const context = this.#context;
    const { state, tcb } = context;
    if (tcb === undefined || (state !== "established" && state !== "shutdown-pending" && state !== "shutdown-sent")) {
      context.refused.unexpected += 1; // §6
      return false;
    }
    if ((type === ChunkType.I_DATA) !== tcb.parameters.interleaving) {
      context.violation("DATA and I-DATA are not to be mixed"); // RFC 8260 §2.2.1
      return false;
    }
    this.#answerData(tcb.rx.handleData(packet, at, end), packet, at);
    if (context.state === "shutdown-sent") this.#shutdown.handleDataWhileSent();
    return true;
  }

  #answerData(outcome: DataOutcome, packet: Uint8Array, at: number): void {
    const context = this.#context;
    switch (outcome) {
      case "ok":
        return;
      case "no-user-data":
        context.abort("protocol-violation", { type: "NO-USER-DATA", value: packet.length - at < 8 ? 0 : readU32(packet, at + 4) });
        return;
      case "invalid-stream":
        context.outbox.send({ type: "ERROR", causes: [{ type: "INVALID-STREAM-IDENTIFIER", streamId: readU16(packet, at + 8) }] });
        return;
      case "violation":
        context.violation("fragments contradict each other");
        return;
      case "out-of-resource":
        context.abort("protocol-violation", { type: "OUT-OF-RESOURCE" });
    }
  }

  #handleSack(packet: Uint8Array, at: number, length: number): void {
    const context = this.#context;
    const tx = context.tcb?.tx;
    if (tx === undefined || context.state === "cookie-echoed") return;
    const outcome = tx.handleSack(context.now, packet, at, length);
    if (outcome === "violation") context.violation("SACK acknowledges a TSN that was never sent");
    else if (outcome === "malformed") context.refused.malformed += 1;
    else if (outcome === "ok" && tx.lastSackWasNews) {
      context.errors = 0; // §8.1
      this.#pathMtu.onAcknowledged();
    }
  }

  /** Anything but DATA and SACK. False: the rest of the packet is not to be read. */
  #handleControl(packet: Uint8Array, at: number, end: number, type: number): boolean {
    const context = this.#context;
    if (type === ChunkType.HEARTBEAT) {
      if (context.state !== "cookie-wait") this.#heartbeat.answer(packet, at, end);
      return true;
    }
    if (type === ChunkType.HEARTBEAT_ACK) {
      if (!this.#pathMtu.handleAck(packet, at, end)) this.#heartbeat.handleAck(packet, at, end);
      return true;
    }
    const chunk = parseChunk(packet, at);
    if (chunk instanceof Malformed) {
      context.refused.malformed += 1;
      return true;
    }
    switch (chunk.type) {
      case "INIT-ACK":
        this.#handshake.handleInitAck(chunk);
        return true;
      case "COOKIE-ACK": {
        const before = context.state;
        this.#handshake.handleCookieAck();
        if (before === "cookie-echoed") this.#afterEstablished(true);
        return true;
      }
      case "ABORT": {
        const cause = chunk.causes[0];
        context.finish(
          context.state === "cookie-wait" || context.state === "cookie-echoed" ? "init-failed" : "peer-abort",
          cause === undefined ? undefined : errorCauseCode(cause),
        );
        return false;
      }
      case "ERROR":
        for (const cause of chunk.causes) if (cause.type === "STALE-COOKIE") this.#handshake.handleStaleCookie(cause.value);
        return true;
      case "SHUTDOWN":
        this.#shutdown.handleShutdown(chunk.cumulativeTsnAck);
        return true;
      case "SHUTDOWN-ACK":
        this.#shutdown.handleShutdownAck();
        return true;
      case "SHUTDOWN-COMPLETE":
        this.#shutdown.handleShutdownComplete();
        return true;
      case "FORWARD-TSN":
      case "I-FORWARD-TSN": {
        const parameters = context.tcb?.parameters;
        if (parameters?.partialReliability !== true || !this.#isUp()) break;
        if ((chunk.type === "I-FORWARD-TSN") !== parameters.interleaving) context.violation("the other kind of FORWARD-TSN was negotiated");
        else if (context.tcb!.rx.handleForwardTsn(chunk) === "violation") context.violation("FORWARD-TSN is out of range");
        return true;
      }
      case "RE-CONFIG":
        if (context.tcb?.parameters.streamReset !== true || !this.#isUp()) break;
        this.#reset.handleChunk(chunk);
        return true;
      case "COOKIE-ECHO":
        context.refused.unexpected += 1; // §5.1: it is the first chunk or none
        return true;
      case "PAD":
      case "ECNE":
      case "CWR":
        return true;
      default:
        break;
    }
    return this.#handleUnknown(packet, at, end, type);
  }

  /** §3.2: what the two high bits of an unknown chunk's type say. Also for extensions that were not negotiated. */
  #handleUnknown(packet: Uint8Array, at: number, end: number, type: number): boolean {
    const action = unknownChunkAction(type);
    const context = this.#context;
    context.refused.unexpected += 1;
    if (action.report && this.#isUp() && end - at + 24 < context.packetSize) {
      context.outbox.send({ type: "ERROR", causes: [{ type: "UNRECOGNIZED-CHUNK-TYPE", bytes: copyBytes(packet.subarray(at, end)) }] });
    }
    return action.skip;
  }

  #afterEstablished(fresh: boolean): void {
    if (this.#context.state !== "established") return;
    if (fresh) {
      this.#reset.begin();
      this.#pathMtu.begin();
    }
    this.#heartbeat.schedule();
  }

  #afterPacket(tcb: Tcb, withData: boolean): void {
    const { timers, now, options } = this.#context;
    if (withData) tcb.rx.tracker.endOfDataPacket(false);
    if (tcb.rx.tracker.hasUnreported && !tcb.rx.tracker.sackDue && timers.at("delayed-sack") === undefined) {
      timers.set("delayed-sack", now + options.sackDelayMs); // §6.2
    }
    this.#reset.performDeferred();
    this.#shutdown.continue();
  }

  #seal(out: Uint8Array, length: number, verificationTag: number, zeroChecksum: boolean): Transmit<void> {
    writeCommonHeader(out, this.#context.localPort, this.#context.remotePort, verificationTag);
    if (!zeroChecksum) writeU32(out, 8, checksumOfZeroed(out, length));
    return { length, route: undefined };
  }
}

const RELIABLE: SendOptions = {};
