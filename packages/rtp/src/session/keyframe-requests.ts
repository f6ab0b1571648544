/**
 * Asking for keyframes without a storm (RFC 4585 §6.3.1, RFC 5104 §4.3.1): one request at a time, repeated with growing waits until a keyframe comes; and on the other side,
 * answering a burst of requests with one keyframe.
 */
import type { Instant } from "@purertc/core";

/** Tunables of the asking side. */
export interface KeyframeRequesterOptions {
  /** Wait before a request is repeated, at first. Default 300; the round-trip time if that is more. */
  readonly initialIntervalMs?: number;
  /** Waits double up to this. Default 5000. */
  readonly maxIntervalMs?: number;
}

/** Requests for one stream. */
export class KeyframeRequester {
  readonly #initialIntervalMs: number;
  readonly #maxIntervalMs: number;
  #intervalMs: number;
  #wanted = false;
  #dueAt: Instant = Number.NEGATIVE_INFINITY;
  #roundTripMs = 0;
  #firSequenceNumber = -1;
  #numberedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(options: KeyframeRequesterOptions = {}) {
    this.#initialIntervalMs = options.initialIntervalMs ?? 300;
    this.#maxIntervalMs = options.maxIntervalMs ?? 5000;
    this.#intervalMs = this.#initialIntervalMs;
  }

  /** The round-trip time: no answer can come sooner. */
  setRoundTrip(ms: number): void {
    this.#roundTripMs = ms;
  }

  /** A keyframe is needed: frames cannot be decoded. Calling it again while one is wanted changes nothing. */
  want(): void {
    this.#wanted = true;
  }

  /** A keyframe came: nothing is wanted, and the next request is not held up. */
  keyframeReceived(): void {
    this.#wanted = false;
    this.#intervalMs = this.#initialIntervalMs;
    this.#dueAt = Number.NEGATIVE_INFINITY;
  }

  /** Whether to send a request now: PLI, or FIR with `firSequenceNumber`. True at most once per interval. */
  due(now: Instant): boolean {
    if (!this.#wanted || this.#dueAt > now) return false;
    const begins = this.#dueAt === Number.NEGATIVE_INFINITY;
    // Who answered a number does so once: when the keyframe got lost, only a new number brings another.
    if (begins || now - this.#numberedAt >= RENUMBER_MS) {
      this.#firSequenceNumber = (this.#firSequenceNumber + 1) & 0xff;
      this.#numberedAt = now;
    }
    this.#dueAt = now + Math.max(this.#intervalMs, this.#roundTripMs);
    this.#intervalMs = Math.min(this.#maxIntervalMs, this.#intervalMs * 2);
    return true;
  }

  /** When `due` may say true next; undefined: not before `want`. */
  nextDue(): Instant | undefined {
    return this.#wanted ? this.#dueAt : undefined;
  }

  /** RFC 5104 §4.3.1.2: repetitions of a request have its number, a new request the next. A request that brought no keyframe within a second is followed by a new one. */
  get firSequenceNumber(): number {
    return Math.max(0, this.#firSequenceNumber);
  }
}

const RENUMBER_MS = 1000;

/** Tunables of the answering side. */
export interface KeyframeResponderOptions {
  /** Least time between keyframes that were asked for. Default 300. */
  readonly minIntervalMs?: number;
  /** Requesters whose FIR numbers are remembered; beyond, the one heard of the longest ago is forgotten. Default 64. */
  readonly maxRequesters?: number;
}

/** Requests to one stream, from any number of receivers. */
export class KeyframeResponder {
  readonly #minIntervalMs: number;
  readonly #maxRequesters: number;
  readonly #firSequenceNumbers = new Map<number, number>(); // by the requester's SSRC
  #lastKeyframeAt: Instant = Number.NEGATIVE_INFINITY;
  #pending = false;

  constructor(options: KeyframeResponderOptions = {}) {
    this.#minIntervalMs = options.minIntervalMs ?? 300;
    this.#maxRequesters = options.maxRequesters ?? 64;
  }

  /** A PLI came. */
  pictureLoss(): void {
    this.#pending = true;
  }

  /** A FIR came; one with the number of the last from this requester is its repetition and changes nothing (RFC 5104 §4.3.1.2). */
  fullIntraRequest(senderSsrc: number, sequenceNumber: number): void {
    if (this.#firSequenceNumbers.get(senderSsrc) === sequenceNumber) return;
    this.#firSequenceNumbers.delete(senderSsrc);
    this.#firSequenceNumbers.set(senderSsrc, sequenceNumber);
    if (this.#firSequenceNumbers.size > this.#maxRequesters) {
      for (const oldest of this.#firSequenceNumbers.keys()) {
        this.#firSequenceNumbers.delete(oldest);
        break;
      }
    }
    this.#pending = true;
  }

  /** Whether the encoder should make a keyframe now. True once for all requests since the last, and not too soon after it. */
  due(now: Instant): boolean {
    if (!this.#pending || now < this.#lastKeyframeAt + this.#minIntervalMs) return false;
    this.#pending = false;
    this.#lastKeyframeAt = now;
    return true;
  }

  /** When `due` says true; undefined: nothing was asked for. */
  nextDue(): Instant | undefined {
    return this.#pending ? this.#lastKeyframeAt + this.#minIntervalMs : undefined;
  }
}
