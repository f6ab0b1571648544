/** One connection of any stream or WebSocket transport: a wire that brings items, a watch over its time, and a place in the queue. */
import { type Instant, randomBelow, type TransportAddress } from "@purertc/core";
import type { StreamItem, WebSocketItem } from "@purertc/sip-parser";
import type { SipTransportName } from "../flow.ts";
import { Alarm } from "./alarm.ts";
import type { ScheduledTimer } from "./clock.ts";
import type { ConnectionSlot } from "./connection-slots.ts";
import { ConnectionWatch } from "./connection-watch.ts";
import type { FairWork } from "./fair-queue.ts";
import { sourceKey } from "./source-key.ts";
import { type FlowCloseReason, type FlowOwner, TransportFlow } from "./transport-flow.ts";

/** What carries the bytes of a connection: a socket, or a WebSocket. None of its methods throws. */
export interface Wire {
  /** Takes what was received, in order; undefined when no more of it is whole. */
  next(): StreamItem | WebSocketItem | undefined;
  /** Octets received that {@link next} has not given out. */
  readonly pendingLength: number;
  /** Sends one message. */
  write(bytes: Uint8Array): void;
  /** Octets written that the kernel has not taken. */
  readonly unsentLength: number;
  /** Whether the kernel has not taken what was written for so long that more than a little waits; {@link Connection.drained} follows. */
  readonly blocked: boolean;
  /** Asks the peer for a sign of life, and answers when it asks. */
  ping(): void;
  pong(): void;
  /** Stops and resumes receiving. */
  pause(): void;
  resume(): void;
  /** Closes when everything written is sent; what still comes is dropped. */
  end(): void;
  /** Closes now. */
  destroy(): void;
}

export interface ConnectionInit {
  readonly transport: SipTransportName;
  readonly local: TransportAddress;
  readonly remote: TransportAddress;
  readonly role: "client" | "server";
  readonly peerIdentities: readonly string[];
  readonly wire: Wire;
  /** Given back when the connection is gone. */
  readonly slot: ConnectionSlot;
}

/** An open connection. The wire's owner calls {@link arrived}, {@link drained} and {@link wireClosed}. */
export class Connection extends TransportFlow implements FairWork {
  readonly role: "client" | "server";
  readonly #wire: Wire;
  readonly #owner: FlowOwner;
  readonly #slot: ConnectionSlot;
  readonly #watch: ConnectionWatch;
  readonly #alarm: Alarm;
  readonly #source: string;
  #open = true;
  #queued = false;
  #paused = false;
  /** What the owner's count of buffered octets holds of this connection. */
  #counted = 0;
  /** Why, once the wire has closed while received messages still wait to be read. */
  #closedBecause: FlowCloseReason | undefined;
  /** Runs while the kernel sends what was written before a polite close. */
  #linger: ScheduledTimer | undefined;
  #gone = false;
  #whenGone: (() => void) | undefined;

  constructor(init: ConnectionInit, owner: FlowOwner) {
    super(init.transport, init.local, init.remote, init.peerIdentities);
    this.role = init.role;
    this.#wire = init.wire;
    this.#owner = owner;
    this.#slot = init.slot;
    this.#source = sourceKey(init.remote.ip);
    this.#watch = new ConnectionWatch(owner.timeouts, () => randomBelow(owner.random, 256) / 256);
    this.#alarm = new Alarm(owner.clock, (now) => this.#due(now));
    this.#watch.opened(owner.clock.now(), init.role);
    this.#alarm.set(this.#watch.next());
  }

  override get open(): boolean {
    return this.#open && this.#closedBecause === undefined;
  }

  override write(bytes: Uint8Array): void {
    if (!this.open) return;
    if (this.#wire.unsentLength + bytes.length > this.#owner.limits.maxSendBuffer) {
      this.close("send-buffer-full");
      return;
    }
    this.#wire.write(bytes);
    const now = this.#owner.clock.now();
    this.#watch.active(now);
    if (this.#wire.blocked) this.#watch.blocked(now, true);
    this.#alarm.set(this.#watch.next());
  }

  override keepAlive(intervalMs: number): void {
    if (!this.open) return;
    this.#watch.keepAlive(this.#owner.clock.now(), intervalMs);
    this.#alarm.set(this.#watch.next());
  }

  override close(reason: FlowCloseReason): void {
    if (!this.#open) return;
    if (this.#closedBecause === undefined && POLITE.has(reason)) {
      this.#wire.end();
      this.#destroyAfter(this.#owner.timeouts.linger);
    } else this.#wire.destroy();
    this.#closed(reason);
  }

  /** Closes it because everything closes, also when it is closing already; resolves when the wire is gone. */
  shutDown(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#gone) {
        resolve();
        return;
      }
      this.#whenGone = resolve;
      this.close("local-close");
      if (this.#linger !== undefined) this.#destroyAfter(this.#owner.timeouts.shutdown);
    });
  }

  /** The wire has received something. */
  arrived(): void {
    if (!this.#open) return;
    this.#count();
    if (this.#owner.buffered.octets > this.#owner.limits.maxBuffered) {
      this.close("receive-buffer-full");
      return;
    }
    const now = this.#owner.clock.now();
    this.#watch.active(now);
    if (this.#wire.pendingLength > 0) this.#watch.partial(now);
    this.#alarm.set(this.#watch.next());
    if (!this.#queued) {
      this.#queued = true;
      this.#owner.queue.add(this.#source, this.id, this);
    } else if (!this.#paused && this.#wire.pendingLength > HIGH_WATER) {
      this.#paused = true;
      this.#wire.pause();
    }
  }

  /** Bytes came that may be a part of something only. */
  receiving(): void {
    if (!this.#open) return;
    const now = this.#owner.clock.now();
    this.#watch.active(now);
    this.#watch.partial(now);
    this.#alarm.set(this.#watch.next());
  }

  /** The peer has shown that it lives, by means that are no SIP; `isPong` when it was asked to. */
  alive(isPong: boolean): void {
    if (this.#wire.pendingLength === 0) this.#watch.whole();
    if (isPong) this.#watch.pong();
  }

  /** The kernel has taken everything that was written. */
  drained(): void {
    this.#watch.blocked(this.#owner.clock.now(), false);
  }

  /** The wire is closed, by the peer or by an error; what was received before is still read. */
  wireClosed(reason: FlowCloseReason): void {
    this.#linger?.cancel();
    this.#gone = true;
    this.#slot.release();
    this.#whenGone?.();
    if (!this.#open) return;
    if (this.#queued) this.#closedBecause ??= reason;
    else this.#closed(reason);
  }

  /** Reads one message, or a number of keep-alives; for the queue. */
  run(): boolean {
    for (let left = KEEP_ALIVES_PER_TURN; left > 0; left--) {
      const item = this.#open ? this.#wire.next() : undefined;
      if (item === undefined) {
        this.#caughtUp();
        return false;
      }
      this.#handle(item);
      if (item.type !== "ping" && item.type !== "pong") break;
    }
    return true;
  }

  #destroyAfter(ms: number): void {
    this.#linger?.cancel();
    this.#linger = this.#owner.clock.schedule(ms, () => this.#wire.destroy());
  }

  /** Everything received is read. */
  #caughtUp(): void {
    this.#queued = false;
    this.#count();
    if (this.#open && this.#closedBecause !== undefined) this.#closed(this.#closedBecause);
    else if (this.#paused) {
      this.#paused = false;
      this.#wire.resume();
    }
  }

  #handle(item: StreamItem | WebSocketItem): void {
    if (item.type !== "failed" && item.type !== "malformed") {
      this.#watch.whole();
      if (this.#wire.pendingLength > 0) this.#watch.partial(this.#owner.clock.now());
    }
    switch (item.type) {
      case "message":
        this.#slot.prove();
        this.#owner.received(item.message, this);
        break;
      case "ping":
        this.#pongBack();
        break;
      case "pong":
        this.#watch.pong();
        break;
      case "malformed":
        this.#owner.malformed(item.reason, 0, this, item.message);
        break;
      case "failed":
        this.#owner.malformed(item.reason, 0, this, item.message);
        // RFC 3261 §18.3: where the next message begins is not known any more. What was answered goes out first.
        this.close("malformed");
    }
  }

  #pongBack(): void {
    if (this.#wire.unsentLength > this.#owner.limits.maxSendBuffer) this.close("send-buffer-full");
    else this.#wire.pong();
  }

  #due(now: Instant): void {
    const verdict = this.#watch.verdict(now);
    if (verdict !== undefined) this.close(verdict);
    else if (this.#watch.takePing(now)) this.#wire.ping();
    if (!this.#open) return;
    this.#alarm.set(this.#watch.next());
  }

  #count(): void {
    const length = this.#open ? this.#wire.pendingLength : 0;
    this.#owner.buffered.octets += length - this.#counted;
    this.#counted = length;
  }

  #closed(reason: FlowCloseReason): void {
    this.#open = false;
    this.#alarm.close();
    this.#count();
    this.#owner.closed(this, reason);
  }
}

/** What waits to be read beyond this stops the reading of more. */
const HIGH_WATER = 65_536;
/** They cost next to nothing. */
const KEEP_ALIVES_PER_TURN = 64;
/** Reasons of one's own to close, where the peer is to get what was written. */
const POLITE: ReadonlySet<string> = new Set(["local-close", "malformed", "idle-timeout"]);
