import { equalBytes, type Instant, Malformed, randomBelow, randomBytes } from "@purertc/core";
import { ChunkType } from "../codec/chunk-types.ts";
import { parseParameters } from "../codec/parameters/parameter.ts";
import { padded } from "../codec/type-length-value.ts";
import type { AssociationContext } from "./context.ts";

/** Probes an idle path, and answers the peer's probes (RFC 9260 §8.3). */
export class Heartbeat {
  readonly #context: AssociationContext;
  #nonce: Uint8Array | undefined;
  #sentAt: Instant = 0;
  #busy = false;

  constructor(context: AssociationContext) {
    this.#context = context;
  }

  /** Arms the timer: HB.interval with RTO and jitter of half an RTO either way. */
  schedule(): void {
    const context = this.#context;
    const rto = context.rto.currentMs;
    if (context.moved) context.timers.set("heartbeat", context.now + rto);
    if (context.moved || context.options.heartbeatIntervalMs === 0) return;
    const jitter = randomBelow(context.options.random, Math.max(1, Math.round(rto))) - rto / 2;
    context.timers.set("heartbeat", context.now + context.options.heartbeatIntervalMs + rto + jitter);
  }

  /** Probes the path at once, and then every RTO until the peer is heard. */
  ask(): void {
    this.#nonce = undefined;
    this.#busy = false;
    this.handleTimeout();
  }

  /** Something that will be acknowledged was sent: the path is not idle. */
  pathUsed(): void {
    this.#busy = true;
  }

  /** The timer expired. */
  handleTimeout(): void {
    const context = this.#context;
    if (this.#nonce !== undefined) {
      this.#nonce = undefined;
      context.rto.backOff();
      if (!context.countError()) return; // §8.3: not acknowledged within the period
    }
    this.schedule();
    if (context.options.heartbeatIntervalMs === 0 && !context.moved) return;
    if (this.#busy) {
      this.#busy = false;
      return;
    }
    this.#nonce = randomBytes(context.options.random, 8);
    this.#sentAt = context.now;
    context.outbox.send({ type: "HEARTBEAT", parameters: [{ type: "HEARTBEAT-INFO", bytes: this.#nonce }] });
  }

  /** The HEARTBEAT at `bytes[at, end)` goes back as it came. */
  answer(bytes: Uint8Array, at: number, end: number): void {
    const context = this.#context;
    const length = padded(end - at);
    if (length + 12 > context.packetSize) return;
    const echo = new Uint8Array(length);
    echo.set(bytes.subarray(at, end));
    echo[0] = ChunkType.HEARTBEAT_ACK;
    echo[1] = 0;
    context.outbox.sendWritten(echo);
  }

  /** The HEARTBEAT ACK at `bytes[at, end)`. One that was not asked for is ignored. */
  handleAck(bytes: Uint8Array, at: number, end: number): void {
    const parameters = parseParameters(bytes, at + 4, end);
    const info = parameters instanceof Malformed ? undefined : parameters[0];
    if (info?.type !== "HEARTBEAT-INFO" || this.#nonce === undefined || !equalBytes(info.bytes, this.#nonce)) {
      this.#context.refused.unexpected += 1;
      return;
    }
    this.#nonce = undefined;
    this.#context.errors = 0;
    this.#context.rto.measure(this.#context.now - this.#sentAt);
  }
}
