/**
 * Which packets to ask for again, and when (RFC 4585 §6.2.1): a packet that is missing is asked for after a short wait for reordered ones, then once every round-trip
 * time, a few times. A hole that is too large for that is given up: a keyframe repairs it sooner.
 */
import type { Instant } from "@purertc/core";

/** Tunables. */
export interface NackGeneratorOptions {
  /** Wait before the first request, for packets that are only late. Default 5. */
  readonly reorderMs?: number;
  /** Requests for one packet. Default 10. */
  readonly maxRequests?: number;
  /** A packet missing for longer is given up. Default 1000. */
  readonly maxAgeMs?: number;
  /** Packets missing at a time; more, and all are given up. Default 250. */
  readonly maxMissing?: number;
  /** Least time between requests for a packet, whatever the round-trip time. Default 20. */
  readonly minIntervalMs?: number;
}

interface Missing {
  requests: number;
  readonly since: Instant;
  dueAt: Instant;
}

/** Missing packets of one stream. */
export class NackGenerator {
  readonly #options: Required<NackGeneratorOptions>;
  readonly #missing = new Map<number, Missing>(); // by unwrapped sequence number, in ascending order
  #highest = -1; // unwrapped
  #stray = -1; // the number after one from far away
  #gaveUp = false;
  #roundTripMs = 100;

  constructor(options: NackGeneratorOptions = {}) {
    this.#options = { reorderMs: 5, maxRequests: 10, maxAgeMs: 1000, maxMissing: 250, minIntervalMs: 20, ...options };
  }

  /** The round-trip time, for the interval between requests; 100 ms until told. */
  setRoundTrip(ms: number): void {
    this.#roundTripMs = ms;
  }

  /** Packets missing now. */
  get missing(): number {
    return this.#missing.size;
  }

  /**
   * Takes note of a packet, sent for the first time or again (RTX: the original number). True: it was missing. One with a number far from all others means nothing until the
   * next in sequence follows: then the sender started anew (RFC 3550 A.1), and what was missing is given up.
   */
  receive(now: Instant, sequenceNumber: number): boolean {
    if (this.#highest < 0) {
      this.#highest = 0x1_0000 + sequenceNumber; // one cycle ahead of zero, so that older ones stay positive
      return false;
    }
    const unwrapped = this.#highest + (((sequenceNumber - this.#highest) << 16) >> 16);
    if (Math.abs(unwrapped - this.#highest) >= FAR) {
      if (sequenceNumber === this.#stray) {
        this.#giveUp();
        this.#highest = 0x1_0000 + sequenceNumber;
      }
      this.#stray = (sequenceNumber + 1) & 0xffff;
      return false;
    }
    this.#stray = -1;
    if (unwrapped <= this.#highest) return this.#missing.delete(unwrapped);
    const gap = unwrapped - this.#highest - 1;
    if (this.#missing.size + gap > this.#options.maxMissing) {
      this.#giveUp();
    } else {
      const dueAt = now + this.#options.reorderMs;
      for (let one = this.#highest + 1; one < unwrapped; one++) this.#missing.set(one, { requests: 0, since: now, dueAt });
    }
    this.#highest = unwrapped;
    return false;
  }

  #giveUp(): void {
    this.#missing.clear();
    this.#gaveUp = true;
  }

  /** Sequence numbers to ask for now, in ascending order: `nackEntries` packs them. Each counts as asked for. */
  due(now: Instant): number[] {
    const { maxRequests, maxAgeMs, minIntervalMs } = this.#options;
    const interval = Math.max(minIntervalMs, this.#roundTripMs);
    const sequenceNumbers: number[] = [];
    for (const [unwrapped, missing] of this.#missing) {
      if (missing.dueAt > now) continue;
      if (missing.requests >= maxRequests || now - missing.since > maxAgeMs) {
        this.#missing.delete(unwrapped);
        this.#gaveUp = true;
        continue;
      }
      missing.requests += 1;
      missing.dueAt = now + interval;
      sequenceNumbers.push(unwrapped & 0xffff);
    }
    return sequenceNumbers;
  }

  /** Whether packets were given up since the last call: ask for a keyframe. */
  takeGaveUp(): boolean {
    const gaveUp = this.#gaveUp;
    this.#gaveUp = false;
    return gaveUp;
  }

  /** Gives up packets before this one: their frames are past, such as when a keyframe arrived. */
  forgetBefore(sequenceNumber: number): void {
    if (this.#highest < 0) return;
    const unwrapped = this.#highest + (((sequenceNumber - this.#highest) << 16) >> 16);
    for (const one of this.#missing.keys()) if (one < unwrapped) this.#missing.delete(one);
  }

  /** When `due` has something to say next; undefined: never, until a packet comes. */
  nextDue(): Instant | undefined {
    let next: Instant | undefined;
    for (const { dueAt } of this.#missing.values()) if (next === undefined || dueAt < next) next = dueAt;
    return next;
  }
}

/** RFC 3550 A.1: MAX_DROPOUT. */
const FAR = 3000;
