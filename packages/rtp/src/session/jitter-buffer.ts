/**
 * The jitter buffer: packets go in as they arrive and come out in the order of their sequence numbers, each once. It waits for a missing packet until the time at
 * which the next one is to be played, and it moves that time with the jitter it sees.
 */
import type { Instant } from "@purertc/core";
import { InvalidArgumentError } from "@purertc/core";
import { DelayEstimator } from "./delay-estimator.ts";

/** Tunables. */
export interface JitterBufferOptions {
  /** Hz of the RTP timestamp. */
  readonly clockRate: number;
  /**
   * `playout`: a packet comes out when it is to be played, as audio devices want it. `in-order`: as soon as all before it are out, as video decoders want it;
   * the delay then only bounds the wait for missing packets.
   */
  readonly release: "playout" | "in-order";
  /** Least delay, from arrival of the quickest packets to playout. Default 0. */
  readonly minDelayMs?: number;
  /** Most. Default 1000. */
  readonly maxDelayMs?: number;
  /** Packets held, a power of two. Default 1024. */
  readonly capacity?: number;
}

/** Why a packet is not taken. `late`: it, or one after it, is out already. `stray`: its number is far from all others; it is set aside until the next packet. */
export type JitterBufferRefusal = "late" | "duplicate" | "stray";

/** A packet that comes out. */
export interface BufferedPacket {
  /** Sequence number, unwrapped: each is one more than the one before, plus `missingBefore`. */
  readonly sequenceNumber: number;
  /** RTP timestamp, 32 bits. */
  readonly timestamp: number;
  /** The packet, handed over. */
  readonly packet: Uint8Array;
  /** The time that `push` was told. */
  readonly arrivedAt: Instant;
  /** Packets before it that are given up. */
  readonly missingBefore: number;
}

interface Held {
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly mediaMs: number;
  readonly packet: Uint8Array;
  readonly arrivedAt: Instant;
}

/** Packets of one stream. */
export class JitterBuffer {
  readonly #release: "playout" | "in-order";
  #minDelayMs: number;
  #maxDelayMs: number;
  readonly #ring: (Held | undefined)[];
  readonly #estimator: DelayEstimator;
  #next = -1; // the unwrapped sequence number to come out next; -1: none came in yet
  #highest = -1;
  #count = 0;
  #dropped = 0; // numbers before #next that were given up since something came out
  #out = false; // something came out
  /** A packet whose number is far from all others. The next in sequence to it shows that the sender started anew. */
  #stray: { readonly now: Instant; readonly sequenceNumber: number; readonly timestamp: number; readonly packet: Uint8Array } | undefined;

  constructor(options: JitterBufferOptions) {
    const { clockRate, minDelayMs = 0, maxDelayMs = 1000, capacity = 1024 } = options;
    if (capacity < 2 || capacity > 0x4000 || (capacity & (capacity - 1)) !== 0) {
      throw new InvalidArgumentError("the capacity is a power of two up to 16384", { code: "RTP_JITTER_BUFFER_CAPACITY" });
    }
    this.#release = options.release;
    this.#minDelayMs = minDelayMs;
    this.#maxDelayMs = maxDelayMs;
    this.#ring = new Array(capacity).fill(undefined);
    this.#estimator = new DelayEstimator({ clockRate });
  }

  /** Packets held. */
  get length(): number {
    return this.#count;
  }

  /** Changes the least delay, for packets that are held as well. One above the largest raises that too. */
  setMinDelay(minDelayMs: number): void {
    this.#minDelayMs = minDelayMs;
    this.#maxDelayMs = Math.max(this.#maxDelayMs, minDelayMs);
  }

  /** The delay it aims at now: ms from the arrival of the quickest packets to playout. */
  get targetDelayMs(): number {
    return Math.min(this.#maxDelayMs, Math.max(this.#minDelayMs, this.#estimator.delayMs));
  }

  /**
   * Takes a packet, with its own sequence number and timestamp as `RtpReader` shows them. The packet is kept, not copied: hand it over.
   *
   * One that is further than the capacity from the others is a `stray`. When the packet after it comes next, the sender started anew (RFC 3550 A.1), and so does the buffer,
   * with both; what was held is dropped. Where packets wait for longer than there is room for, the first of them is due at once, or, if nobody polls, dropped.
   */
  push(now: Instant, sequenceNumber: number, timestamp: number, packet: Uint8Array): JitterBufferRefusal | undefined {
    const capacity = this.#ring.length;
    if (this.#next < 0) this.#begin(0x1_0000 + sequenceNumber);
    let unwrapped = this.#highest + (((sequenceNumber - this.#highest) << 16) >> 16);
    if (unwrapped - this.#highest >= capacity || unwrapped <= this.#next - capacity) {
      const stray = this.#stray;
      this.#stray = { now, sequenceNumber, timestamp, packet };
      if (stray === undefined || sequenceNumber !== ((stray.sequenceNumber + 1) & 0xffff)) return "stray";
      this.clear();
      this.push(stray.now, stray.sequenceNumber, stray.timestamp, stray.packet);
      unwrapped = this.#highest + 1;
    }
    this.#stray = undefined;
    this.#makeRoom(unwrapped);
    const late = unwrapped < this.#next && (this.#out || this.#highest - unwrapped >= capacity);
    if (!late && this.#ring[unwrapped & (capacity - 1)] !== undefined) return "duplicate";
    const mediaMs = this.#estimator.receive(now, timestamp); // of late ones too: they say that the delay is too short
    if (late) return "late";
    if (unwrapped < this.#next) this.#next = unwrapped; // nothing is out yet: the stream started with a reordered packet
    this.#ring[unwrapped & (capacity - 1)] = { sequenceNumber: unwrapped, timestamp, mediaMs, packet, arrivedAt: now };
    this.#count += 1;
    if (unwrapped > this.#highest) this.#highest = unwrapped;
    return undefined;
  }

  /** Drops the first packets, so that this one has a place. */
  #makeRoom(unwrapped: number): void {
    const mask = this.#ring.length - 1;
    for (; unwrapped - this.#next > mask; this.#next++) {
      this.#dropped += 1;
      if (this.#ring[this.#next & mask] === undefined) continue;
      this.#ring[this.#next & mask] = undefined;
      this.#count -= 1;
    }
  }

  #begin(unwrapped: number): void {
    this.#next = unwrapped;
    this.#highest = unwrapped;
    this.#out = false;
  }

  /** The next packet that may come out now. */
  poll(now: Instant): BufferedPacket | undefined {
    const held = this.#first();
    if (held === undefined || this.#dueAt(held) > now) return undefined;
    const missingBefore = held.sequenceNumber - this.#next + this.#dropped;
    this.#dropped = 0;
    this.#ring[held.sequenceNumber & (this.#ring.length - 1)] = undefined;
    this.#count -= 1;
    this.#next = held.sequenceNumber + 1;
    this.#out = true;
    const { sequenceNumber, timestamp, packet, arrivedAt } = held;
    return { sequenceNumber, timestamp, packet, arrivedAt, missingBefore };
  }

  /** When `poll` gives the next packet, if no other comes before; undefined: none is held. */
  nextDue(): Instant | undefined {
    const held = this.#first();
    return held === undefined ? undefined : this.#dueAt(held);
  }

  /** The first packet held. */
  #first(): Held | undefined {
    if (this.#count === 0) return undefined;
    for (let one = this.#next; ; one++) {
      const held = this.#ring[one & (this.#ring.length - 1)];
      if (held !== undefined) return held;
    }
  }

  /** When a packet comes out, if it is the first. */
  #dueAt(held: Held): Instant {
    if (this.#release === "in-order" && held.sequenceNumber === this.#next && this.#out) return held.arrivedAt;
    if (this.#highest - this.#next >= this.#ring.length - 1) return held.arrivedAt; // full
    // In order, the least delay is only for missing packets: a stream's start waits no longer for those before it than its jitter asks.
    const starting = this.#release === "in-order" && !this.#out;
    const delayMs = starting ? Math.min(this.#maxDelayMs, this.#estimator.delayMs) : this.targetDelayMs;
    const playoutAt = held.mediaMs + this.#estimator.baseTransitMs + delayMs;
    // Where base or target moved, nothing waits longer than the largest delay.
    return Math.min(playoutAt, held.arrivedAt + this.#maxDelayMs);
  }

  /** Forgets all packets; the next one starts anew. What was learned of the jitter stays. */
  clear(): void {
    this.#ring.fill(undefined);
    this.#count = 0;
    this.#next = -1;
    this.#highest = -1;
    this.#dropped = 0;
    this.#out = false;
    this.#stray = undefined;
  }
}
