/**
 * What the path to the peer carries: a sender-side estimate in the manner of draft-ietf-rmcat-gcc-02, from transport-wide feedback, with the losses of receiver reports
 * and the bound of REMB. It allocates only what feedback allocates.
 */
import type { Instant } from "@purertc/core";
import type { PacketResult } from "@purertc/rtp";
import { DelayTrend } from "./delay-trend.ts";

/** Bounds and start, bits per second. */
export interface BandwidthEstimatorOptions {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** See the file's header. */
export class BandwidthEstimator {
  readonly #options: BandwidthEstimatorOptions;
  readonly #trend = new DelayTrend();
  #bitrate: number;
  #remb = Number.POSITIVE_INFINITY;
  #rembAt: Instant = Number.NEGATIVE_INFINITY;
  #informed = false;
  #lastIncreaseAt: Instant | undefined;
  #lastDecreaseAt: Instant = Number.NEGATIVE_INFINITY;
  /** What arrived, by the peer's clock: the window's start and octets. */
  #windowFrom: number | undefined;
  #windowTo = 0;
  #windowOctets = 0;
  #acknowledged: number | undefined;
  #roundTripMs = 100;
  #lossWindowAt: Instant | undefined;
  #lost = 0;
  #judged = 0;

  constructor(options: BandwidthEstimatorOptions) {
    this.#options = options;
    this.#bitrate = options.initial;
  }

  /** Bits per second. Until feedback came, the initial ones. */
  get bitsPerSecond(): number {
    return Math.max(this.#options.min, Math.min(this.#bitrate, this.#remb, this.#options.max));
  }

  /** Whether any feedback came. */
  get informed(): boolean {
    return this.#informed;
  }

  setRoundTrip(ms: number): void {
    this.#roundTripMs = ms;
  }

  /** REMB: an upper bound, for as long as it is repeated. */
  receiverEstimate(now: Instant, bitsPerSecond: number): void {
    this.#informed = true;
    this.#remb = bitsPerSecond;
    this.#rembAt = now;
  }

  /** Receiver reports: the share lost, 0 to 1, where there is no transport-wide feedback. */
  reportedLoss(now: Instant, fractionLost: number): void {
    this.#informed = true;
    this.#forgetOldRemb(now);
    this.#followLoss(now, fractionLost);
  }

  /** Transport-wide feedback, joined with what was sent. */
  feedback(now: Instant, results: readonly PacketResult[]): void {
    if (results.length === 0) return;
    this.#informed = true;
    for (const { sentAt, octets, receivedAt } of results) {
      this.#judged += 1;
      if (receivedAt === undefined) {
        this.#lost += 1;
        continue;
      }
      this.#trend.packet(sentAt, receivedAt);
      this.#countArrived(receivedAt, octets);
    }
    this.#lossWindowAt ??= now;
    if (now - this.#lossWindowAt >= LOSS_WINDOW_MS && this.#judged >= MIN_JUDGED) {
      this.#followLoss(now, this.#lost / this.#judged);
      this.#lossWindowAt = now;
      this.#lost = 0;
      this.#judged = 0;
    }
    this.#followDelay(now);
    this.#forgetOldRemb(now);
  }

  #forgetOldRemb(now: Instant): void {
    if (now - this.#rembAt > REMB_LIFETIME_MS) this.#remb = Number.POSITIVE_INFINITY;
  }

  /** §5.5: overuse cuts to what arrived; otherwise the rate grows, faster far from what is known to be the limit. */
  #followDelay(now: Instant): void {
    const usage = this.#trend.usage;
    if (usage === "overuse") {
      if (now - this.#lastDecreaseAt < Math.max(MIN_DECREASE_INTERVAL_MS, this.#roundTripMs)) return;
      this.#bitrate = Math.min(this.#bitrate, BETA * (this.#acknowledged ?? this.#bitrate));
      this.#bound();
      this.#lastDecreaseAt = now;
      this.#lastIncreaseAt = now;
      return;
    }
    const since = this.#lastIncreaseAt === undefined ? 0 : Math.min(1000, now - this.#lastIncreaseAt);
    this.#lastIncreaseAt = now;
    if (usage === "underuse") return; // queues are emptying: hold
    const near = this.#lastDecreaseAt > now - NEAR_LIMIT_MS;
    const grown = near
      ? this.#bitrate + ((ADDITIVE_PACKET_BITS * 1000) / (this.#roundTripMs + 100)) * (since / 1000)
      : this.#bitrate * GROWTH_PER_SECOND ** (since / 1000);
    // A source that sends less than it may tells nothing of what lies above.
    const known = this.#acknowledged === undefined ? grown : Math.max(this.#bitrate, 1.5 * this.#acknowledged + 10_000);
    this.#bitrate = Math.min(grown, known);
    this.#bound();
  }

  /** §6: above 10 % the rate falls by half the share lost. Below 2 % it may grow, which the delay decides where there is any. */
  #followLoss(now: Instant, fractionLost: number): void {
    if (fractionLost > 0.1) {
      if (now - this.#lastDecreaseAt < Math.max(MIN_DECREASE_INTERVAL_MS, this.#roundTripMs)) return;
      // What arrives in spite of it is carried: a source that does not obey must not drive the estimate to nothing.
      const floor = Math.min(this.#bitrate, BETA * (this.#acknowledged ?? 0));
      this.#bitrate = Math.max(floor, this.#bitrate * (1 - 0.5 * fractionLost));
      this.#lastDecreaseAt = now;
    } else if (fractionLost < 0.02 && this.#acknowledged === undefined) this.#bitrate *= 1.05;
    this.#bound();
  }

  /** What arrives, over half a second at a time. */
  #countArrived(receivedAt: number, octets: number): void {
    if (Math.abs(receivedAt - this.#windowTo) > CLOCK_JUMP_MS) {
      this.#windowFrom = undefined;
      this.#windowTo = receivedAt;
      this.#windowOctets = 0;
    }
    this.#windowFrom ??= receivedAt;
    if (receivedAt > this.#windowTo) this.#windowTo = receivedAt;
    this.#windowOctets += octets;
    const elapsed = this.#windowTo - this.#windowFrom;
    if (elapsed < ARRIVAL_WINDOW_MS) return;
    const measured = (this.#windowOctets * 8000) / elapsed;
    this.#acknowledged = this.#acknowledged === undefined ? measured : 0.6 * this.#acknowledged + 0.4 * measured;
    this.#windowFrom = receivedAt;
    this.#windowTo = receivedAt;
    this.#windowOctets = 0;
  }

  #bound(): void {
    this.#bitrate = Math.max(this.#options.min, Math.min(this.#bitrate, this.#options.max));
  }
}

const BETA = 0.85;
const GROWTH_PER_SECOND = 1.08;
/** One packet more in a round trip. */
const ADDITIVE_PACKET_BITS = 1200 * 8;
const NEAR_LIMIT_MS = 10_000;
const MIN_DECREASE_INTERVAL_MS = 200;
const ARRIVAL_WINDOW_MS = 500;
/** The peer's clock was set, or nothing was sent for long: no rate follows from the time between. */
const CLOCK_JUMP_MS = 3000;
const LOSS_WINDOW_MS = 1000;
const MIN_JUDGED = 20;
/** A receiver repeats REMB at least once a second while it means it. */
const REMB_LIFETIME_MS = 10_000;
