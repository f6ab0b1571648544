/**
 * How long packets of a stream should be held so that nearly all arrive in time: a histogram of how much later each came than the quickest of its time, with old
 * ones forgotten little by little, and a quantile of it.
 */
import type { Instant } from "@purertc/core";

/** Tunables. */
export interface DelayEstimatorOptions {
  /** Hz of the RTP timestamp. */
  readonly clockRate: number;
  /** The share of packets that shall arrive in time, 0 to 1. Default 0.97. */
  readonly quantile?: number;
  /** What a packet's weight falls to with each further packet. Default 0.998: some 500 packets count. */
  readonly forgetting?: number;
}

const BUCKET_MS = 5;
const BUCKETS = 400; // up to 2 s
/** Base transit times are kept for this many periods, so that a clock that drifts is followed. */
const BASE_PERIODS = 4;
const BASE_PERIOD_MS = 5000;
/** Timestamps that jump by more than this against the clock are another clock's. */
const MAX_SHIFT_MS = 4000;

/** The delay that a stream's jitter asks for. */
export class DelayEstimator {
  readonly #ticksPerMs: number;
  readonly #quantile: number;
  readonly #growth: number;
  readonly #buckets = new Float64Array(BUCKETS);
  #total = 0;
  #weight = 1; // of the next packet: it grows, instead of all others shrinking
  #timestamp = 0; // of the packet before
  #media = 0; // its unwrapped timestamp in ms
  #started = false;
  readonly #bases = new Float64Array(BASE_PERIODS).fill(Number.POSITIVE_INFINITY);
  #period = 0;
  #periodEndsAt = 0;

  constructor(options: DelayEstimatorOptions) {
    this.#ticksPerMs = options.clockRate / 1000;
    this.#quantile = options.quantile ?? 0.97;
    this.#growth = 1 / (options.forgetting ?? 0.998);
  }

  /** Takes note of a packet that arrived now. Returns the media time of its timestamp: ms from the stream's start, unwrapped. */
  receive(now: Instant, timestamp: number): number {
    const media = this.mediaMs(timestamp);
    if (!this.#started || media > this.#media) {
      this.#timestamp = timestamp;
      this.#media = media;
    }
    this.#started = true;
    const transit = now - media;
    if (Math.abs(transit - this.baseTransitMs) > MAX_SHIFT_MS) this.#bases.fill(Number.POSITIVE_INFINITY); // another clock, or a long stall
    if (now >= this.#periodEndsAt) {
      this.#period = (this.#period + 1) % BASE_PERIODS;
      this.#bases[this.#period] = transit;
      this.#periodEndsAt = now + BASE_PERIOD_MS;
    } else if (transit < this.#bases[this.#period]!) this.#bases[this.#period] = transit;
    const bucket = Math.min(BUCKETS - 1, Math.floor((transit - this.baseTransitMs) / BUCKET_MS));
    this.#buckets[bucket]! += this.#weight;
    this.#total += this.#weight;
    this.#weight *= this.#growth;
    if (this.#weight > 1e12) this.#rescale();
    return media;
  }

  #rescale(): void {
    for (let i = 0; i < BUCKETS; i++) this.#buckets[i]! /= this.#weight;
    this.#total /= this.#weight;
    this.#weight = 1;
  }

  /** Media time of a timestamp, read as the nearest to the newest. */
  mediaMs(timestamp: number): number {
    return this.#started ? this.#media + ((timestamp - this.#timestamp) | 0) / this.#ticksPerMs : 0;
  }

  /** Arrival minus media time of the quickest packets of the last 15 to 20 s. */
  get baseTransitMs(): number {
    let base = Number.POSITIVE_INFINITY;
    for (const one of this.#bases) if (one < base) base = one;
    return base;
  }

  /** The delay within which the wished share of packets arrives, in steps of 5 ms up to 2 s. */
  get delayMs(): number {
    const wanted = this.#total * this.#quantile;
    let sum = 0;
    for (let i = 0; i < BUCKETS; i++) {
      sum += this.#buckets[i]!;
      if (sum >= wanted) return sum === 0 ? 0 : (i + 1) * BUCKET_MS;
    }
    return BUCKETS * BUCKET_MS;
  }
}
