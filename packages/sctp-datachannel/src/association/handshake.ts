import { type Instant, type Mac, randomBytes, randomU32 } from "@purertc/core";
import type { InitChunk } from "../codec/chunks/init.ts";
import type { ErrorCause } from "../codec/error-causes.ts";
import { type Parameter, ParameterType } from "../codec/parameters/parameter.ts";
import { SendQueue } from "../tx/send-queue.ts";
import type { AssociationContext } from "./context.ts";
import { localParameters, negotiate, recognizedPart, unrecognizedParameters } from "./negotiation.ts";
import { readStateCookie, type StateCookie, writeStateCookie } from "./state-cookie.ts";

/** Bytes to leave in a packet of MTU size for the fixed parts of an INIT ACK and its cookie, when unknown parameters are reported. */
const INIT_ACK_ROOM = 256;

/** INIT to COOKIE ACK, from both sides, at once or again (RFC 9260 §5). */
export class Handshake {
  readonly #context: AssociationContext;
  readonly #mac: Mac;
  #attempts = 0;
  #timeoutMs: number;
  #cookie: Uint8Array | undefined;
  /** §5.2.6: what to ask for after a Stale Cookie error. */
  #preservativeMs = 0;
  #initSentAt: Instant = 0;
  #cookieSentAt: Instant = 0;

  constructor(context: AssociationContext) {
    this.#context = context;
    this.#mac = context.options.crypto.hmac("sha-256", randomBytes(context.options.random, 32));
    this.#timeoutMs = context.options.rtoInitialMs;
  }

  /** §5.1 A: sends INIT and enters COOKIE-WAIT. */
  start(): void {
    const context = this.#context;
    context.localTag = this.#newTag();
    context.localInitialTsn = randomU32(context.options.random);
    context.state = "cookie-wait";
    this.#sendInit();
  }

  /** An INIT that came alone under tag 0 (§5.1 B, §5.2.1, §5.2.2). Changes nothing but what is sent. */
  handleInit(whole: InitChunk): void {
    const context = this.#context;
    if (whole.initiateTag === 0) {
      context.refused.malformed += 1; // §3.3.2: silently discarded
      return;
    }
    if (whole.outboundStreams === 0 || whole.inboundStreams === 0) {
      context.outbox.sendPacket(whole.initiateTag, { type: "ABORT", causes: [{ type: "INVALID-MANDATORY-PARAMETER" }] }); // §3.3.2
      return;
    }
    if (context.state === "shutdown-ack-sent") {
      context.outbox.send({ type: "SHUTDOWN-ACK" }); // §9.2
      return;
    }
    const init = recognizedPart(whole);
    const starting = context.state === "cookie-wait" || context.state === "cookie-echoed";
    const localTag = starting ? context.localTag : this.#newTag();
    const localInitialTsn = starting ? context.localInitialTsn : randomU32(context.options.random);
    const cookie = writeStateCookie(this.#mac, {
      createdAt: context.now,
      localTag,
      peerTag: init.initiateTag,
      localInitialTsn,
      peerInitialTsn: init.initialTsn,
      peerWindow: init.advertisedReceiverWindow,
      localTieTag: context.tcb === undefined ? 0 : context.localTag,
      peerTieTag: context.tcb?.peerTag ?? 0,
      outboundStreams: Math.min(context.options.outboundStreams, init.inboundStreams),
      inboundStreams: Math.min(context.options.inboundStreams, init.outboundStreams),
      ...negotiate(context.options, init),
    });
    const parameters: Parameter[] = [{ type: "STATE-COOKIE", bytes: cookie }, ...localParameters(context.options)];
    let room = context.packetSize - INIT_ACK_ROOM;
    for (const bytes of unrecognizedParameters(whole.parameters)) {
      room -= bytes.length + 8;
      if (room >= 0) parameters.push({ type: "UNRECOGNIZED-PARAMETER", bytes });
    }
    context.outbox.sendPacket(init.initiateTag, this.#initChunk("INIT-ACK", localTag, localInitialTsn, parameters));
  }

  /** An INIT ACK that came alone under our tag (§5.1 C, §5.2.3). */
  handleInitAck(whole: InitChunk): void {
    const context = this.#context;
    if (context.state !== "cookie-wait") {
      context.refused.unexpected += 1; // §5.2.3
      return;
    }
    const chunk = recognizedPart(whole);
    if (chunk.initiateTag === 0) {
      context.finish("init-failed"); // §3.3.3
      return;
    }
    const cookie = chunk.parameters.find((parameter) => parameter.type === "STATE-COOKIE");
    if (chunk.outboundStreams === 0 || chunk.inboundStreams === 0) {
      this.#abortInit(chunk.initiateTag, { type: "INVALID-MANDATORY-PARAMETER" });
      return;
    }
    if (cookie?.type !== "STATE-COOKIE") {
      this.#abortInit(chunk.initiateTag, { type: "MISSING-MANDATORY-PARAMETER", parameterTypes: [ParameterType["STATE-COOKIE"]] });
      return;
    }
    if (cookie.bytes.length + 16 > context.packetSize) {
      this.#abortInit(chunk.initiateTag, { type: "OUT-OF-RESOURCE" });
      return;
    }
    if (this.#attempts === 1) context.rto.measure(context.now - this.#initSentAt);
    context.createTcb({
      localTag: context.localTag,
      peerTag: chunk.initiateTag,
      localInitialTsn: context.localInitialTsn,
      peerInitialTsn: chunk.initialTsn,
      peerWindow: chunk.advertisedReceiverWindow,
      outboundStreams: Math.min(context.options.outboundStreams, chunk.inboundStreams),
      inboundStreams: Math.min(context.options.inboundStreams, chunk.outboundStreams),
      ...negotiate(context.options, chunk),
    });
    context.timers.clear("t1-init");
    context.state = "cookie-echoed";
    this.#cookie = cookie.bytes;
    this.#attempts = 0;
    this.#timeoutMs = context.rto.currentMs;
    this.#sendCookieEcho();
    for (const bytes of unrecognizedParameters(whole.parameters)) {
      if (bytes.length + 16 < context.packetSize)
        context.outbox.send({ type: "ERROR", causes: [{ type: "UNRECOGNIZED-PARAMETERS", bytes }] });
    }
  }

  /**
   * A COOKIE ECHO that came first in a packet under `verificationTag` (§5.1 D, §5.1.5, §5.2.4). True when the cookie was good, so that what follows in the packet
   * may be read under the tags that are valid now.
   */
  handleCookieEcho(bytes: Uint8Array, verificationTag: number): boolean {
    const context = this.#context;
    const opened = readStateCookie(this.#mac, bytes, context.now);
    if (opened === undefined || opened.cookie.localTag !== verificationTag) {
      context.refused.badCookie += 1;
      return false;
    }
    const { cookie, age } = opened;
    const action = this.#actionFor(cookie);
    if (action === "discard") {
      context.refused.badCookie += 1;
      return false;
    }
    if (age > context.options.cookieLifetimeMs && action !== "same") {
      context.refused.staleCookie += 1;
      const lateness = Math.min(0xffff_ffff, (age - context.options.cookieLifetimeMs) * 1000);
      context.outbox.sendPacket(cookie.peerTag, { type: "ERROR", causes: [{ type: "STALE-COOKIE", value: lateness }] });
      return false;
    }
    return this.#accept(cookie, action);
  }

  /** §5.1 E. */
  handleCookieAck(): void {
    if (this.#context.state !== "cookie-echoed") {
      this.#context.refused.unexpected += 1; // §5.2.5
      return;
    }
    if (this.#attempts === 1) this.#context.rto.measure(this.#context.now - this.#cookieSentAt);
    this.#establish();
  }

  /** §5.2.6: begins anew, asking for a longer life. Counts as an attempt, so it ends. */
  handleStaleCookie(latenessMicroseconds: number): void {
    const context = this.#context;
    if (context.state !== "cookie-echoed") return;
    context.timers.clear("t1-cookie");
    context.outbox.clear();
    context.tcb = undefined;
    context.state = "cookie-wait";
    this.#preservativeMs = Math.ceil(latenessMicroseconds / 1000) + 2 * context.rto.currentMs;
    this.#retry("t1-init", () => this.#sendInit());
  }

  /** T1-init or T1-cookie expired (§5.1, §4). */
  handleTimeout(timer: "t1-init" | "t1-cookie"): void {
    this.#timeoutMs = Math.min(this.#context.options.rtoMaxMs, this.#timeoutMs * 2);
    this.#retry(timer, () => (timer === "t1-init" ? this.#sendInit() : this.#sendCookieEcho()));
  }

  #retry(_timer: "t1-init" | "t1-cookie", send: () => void): void {
    if (this.#attempts > this.#context.options.maxInitRetransmits) this.#context.finish("init-failed");
    else send();
  }

  /** §5.2.4, table 12. */
  #actionFor(cookie: StateCookie): "new" | "restart" | "collision" | "same" | "discard" {
    const context = this.#context;
    if (context.state === "listening") return "new";
    const localMatches = cookie.localTag === context.localTag;
    const peerMatches = context.tcb !== undefined && cookie.peerTag === context.tcb.peerTag;
    if (localMatches) return peerMatches ? "same" : "collision"; // D, B
    const tcb = context.tcb;
    if (tcb === undefined || peerMatches) return "discard"; // C
    const tiesMatch = cookie.localTieTag === context.localTag && cookie.peerTieTag === tcb.peerTag;
    return tiesMatch && context.state !== "cookie-echoed" ? "restart" : "discard"; // A
  }

  #accept(cookie: StateCookie, action: "new" | "restart" | "collision" | "same"): boolean {
    const context = this.#context;
    if (action === "restart") {
      if (context.state === "shutdown-ack-sent") {
        // §5.2.4 A: the peer has to know that we are going
        context.outbox.send({ type: "SHUTDOWN-ACK" });
        context.outbox.send({ type: "ERROR", causes: [{ type: "COOKIE-RECEIVED-WHILE-SHUTTING-DOWN" }] });
        return false;
      }
      context.timers.clearAll();
      context.outbox.clear();
      context.queue = context.moved ? context.queue.begunAnew() : new SendQueue();
      context.rto.reset();
      context.errors = 0;
      const held = context.tcb?.rx.heldByOwner ?? 0;
      context.createTcb(cookie).rx.heldByOwner = held;
      context.state = "established";
      const { outboundStreams, inboundStreams, streamReset } = cookie;
      context.events.push({ type: "restarted", moved: context.moved, outboundStreams, inboundStreams, streamReset });
      context.moved = false;
    } else if (context.state === "listening" || context.state === "cookie-wait" || context.state === "cookie-echoed") {
      if (action !== "same") context.createTcb(cookie); // in COOKIE-ECHOED no DATA went either way, so the TCB can be made anew
      context.outbox.dropCookieEcho();
      this.#establish();
    } else if (action === "collision") {
      context.tcb!.peerTag = cookie.peerTag; // B
    }
    context.outbox.sendFirst({ type: "COOKIE-ACK" });
    return true;
  }

  #establish(): void {
    const context = this.#context;
    context.timers.clear("t1-init");
    context.timers.clear("t1-cookie");
    this.#cookie = undefined;
    context.state = "established";
    context.errors = 0;
    const { outboundStreams, inboundStreams, partialReliability, streamReset, interleaving, zeroChecksum } = context.tcb!.parameters;
    context.events.push({
      type: "connected",
      outboundStreams,
      inboundStreams,
      partialReliability,
      streamReset,
      interleaving,
      zeroChecksum,
    });
  }

  #abortInit(peerTag: number, cause: ErrorCause): void {
    this.#context.finish("init-failed");
    this.#context.outbox.sendPacket(peerTag, { type: "ABORT", causes: [cause] });
  }

  #sendInit(): void {
    const context = this.#context;
    const parameters = localParameters(context.options);
    if (this.#preservativeMs > 0) parameters.push({ type: "COOKIE-PRESERVATIVE", value: Math.min(0xffff_ffff, this.#preservativeMs) });
    context.outbox.sendPacket(0, this.#initChunk("INIT", context.localTag, context.localInitialTsn, parameters));
    context.timers.set("t1-init", context.now + this.#timeoutMs);
    this.#initSentAt = context.now;
    this.#attempts += 1;
  }

  #sendCookieEcho(): void {
    const context = this.#context;
    context.outbox.sendFirst({ type: "COOKIE-ECHO", cookie: this.#cookie! });
    context.timers.set("t1-cookie", context.now + this.#timeoutMs);
    this.#cookieSentAt = context.now;
    this.#attempts += 1;
  }

  #initChunk(type: "INIT" | "INIT-ACK", initiateTag: number, initialTsn: number, parameters: readonly Parameter[]): InitChunk {
    const { receiveWindow, outboundStreams, inboundStreams } = this.#context.options;
    return { type, initiateTag, advertisedReceiverWindow: receiveWindow, outboundStreams, inboundStreams, initialTsn, parameters };
  }

  #newTag(): number {
    return randomU32(this.#context.options.random) || 1; // §5.3.1: never 0
  }
}
