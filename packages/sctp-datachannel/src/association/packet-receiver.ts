/** What a packet from the peer does (RFC 9260 §5.1, §6, §8.4, §8.5): first what is refused, then its chunks, one after the other. */
import { copyBytes, Malformed, readU16, readU32 } from "@purertc/core";
import { ChunkType, unknownChunkAction } from "../codec/chunk-types.ts";
import { chunkLengthAt, parseChunk } from "../codec/chunks/chunk.ts";
import { TAG_REFLECTED } from "../codec/chunks/error.ts";
import { errorCauseCode } from "../codec/error-causes.ts";
import { COMMON_HEADER_LENGTH } from "../codec/packet.ts";
import { padded } from "../codec/type-length-value.ts";
import type { DataOutcome } from "../rx/data-receiver.ts";
import { surveyChunks } from "./chunk-survey.ts";
import type { AssociationContext, Tcb } from "./context.ts";
import type { Handshake } from "./handshake.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { outOfTheBlueAnswer } from "./out-of-the-blue.ts";
import type { PathMtuDiscovery } from "./path-mtu-discovery.ts";
import { checksumIsRight } from "./received-checksum.ts";
import type { Shutdown } from "./shutdown.ts";
import type { StreamReset } from "./stream-reset.ts";

/** Who deals with the chunks that are not data. */
export interface ChunkHandlers {
  readonly handshake: Handshake;
  readonly shutdown: Shutdown;
  readonly heartbeat: Heartbeat;
  readonly reset: StreamReset;
  readonly pathMtu: PathMtuDiscovery;
}

/** Takes packets for an association and hands their chunks to whom they concern. */
export class PacketReceiver {
  readonly #context: AssociationContext;
  readonly #handshake: Handshake;
  readonly #shutdown: Shutdown;
  readonly #heartbeat: Heartbeat;
  readonly #reset: StreamReset;
  readonly #pathMtu: PathMtuDiscovery;

  constructor(context: AssociationContext, handlers: ChunkHandlers) {
    this.#context = context;
    this.#handshake = handlers.handshake;
    this.#shutdown = handlers.shutdown;
    this.#heartbeat = handlers.heartbeat;
    this.#reset = handlers.reset;
    this.#pathMtu = handlers.pathMtu;
  }

  /** Takes one packet, borrowed for the call, on an association that was begun and has not ended. */
  receive(packet: Uint8Array): void {
    const context = this.#context;
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
      else this.#receiveSurveyed(packet);
    }
  }

  #receiveSurveyed(packet: Uint8Array): void {
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
      const wasUp = context.isUp; // in an INIT collision the TCB is there, from the INIT ACK, before the association is up
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
    while (at < packet.length && context.state !== "closed") {
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
        if (parameters?.partialReliability !== true || !context.isUp) break;
        if ((chunk.type === "I-FORWARD-TSN") !== parameters.interleaving) context.violation("the other kind of FORWARD-TSN was negotiated");
        else if (context.tcb!.rx.handleForwardTsn(chunk) === "violation") context.violation("FORWARD-TSN is out of range");
        return true;
      }
      case "RE-CONFIG":
        if (context.tcb?.parameters.streamReset !== true || !context.isUp) break;
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
    if (action.report && context.isUp && end - at + 24 < context.packetSize) {
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
}
