/** Whether queues on the path grow: the slope of one-way delays of groups of packets against time (draft-ietf-rmcat-gcc-02 §5.2-5.4, as a line fitted to the last ones). */
import type { Instant } from "@purertc/core";

/** See the file's header. */
export class DelayTrend {
  #groupSentAt: Instant | undefined;
  #lastSentAt: Instant = 0;
  #groupReceivedAt = 0;
  #before: { readonly sentAt: Instant; readonly receivedAt: number } | undefined;
  #firstReceivedAt: number | undefined;
  #accumulated = 0;
  #smoothed = 0;
  readonly #times: number[] = [];
  readonly #delays: number[] = [];
  #points = 0;
  #threshold = INITIAL_THRESHOLD_MS;
  #lastPointAt: number | undefined;
  #overuseMs = 0;
  #trendBefore = 0;
  #usage: "normal" | "overuse" | "underuse" = "normal";

  get usage(): "normal" | "overuse" | "underuse" {
    return this.#usage;
  }

  /** Takes a packet, in the order sent. `receivedAt`: ms of the peer's clock. */
  packet(sentAt: Instant, receivedAt: number): void {
    if (this.#groupSentAt === undefined || sentAt - this.#groupSentAt > BURST_MS) {
      if (this.#groupSentAt !== undefined) this.#groupDone();
      this.#groupSentAt = sentAt;
      this.#groupReceivedAt = receivedAt;
    }
    this.#lastSentAt = sentAt;
    if (receivedAt > this.#groupReceivedAt) this.#groupReceivedAt = receivedAt;
  }

  #groupDone(): void {
    const group = { sentAt: this.#lastSentAt, receivedAt: this.#groupReceivedAt };
    const before = this.#before;
    this.#before = group;
    if (before === undefined) return;
    const variation = group.receivedAt - before.receivedAt - (group.sentAt - before.sentAt);
    if (Math.abs(variation) > MAX_VARIATION_MS) {
      this.#reset(); // a clock jumped, or the path changed
      return;
    }
    this.#firstReceivedAt ??= group.receivedAt;
    this.#accumulated += variation;
    this.#smoothed = SMOOTHING * this.#smoothed + (1 - SMOOTHING) * this.#accumulated;
    this.#times.push(group.receivedAt - this.#firstReceivedAt);
    this.#delays.push(this.#smoothed);
    if (this.#times.length > WINDOW) {
      this.#times.shift();
      this.#delays.shift();
    }
    this.#points += 1;
    this.#judge(group.receivedAt, group.receivedAt - before.receivedAt);
  }

  #judge(at: number, elapsedMs: number): void {
    if (this.#times.length < WINDOW) return;
    const trend = slope(this.#times, this.#delays) * Math.min(this.#points, MAX_POINTS) * GAIN;
    if (trend > this.#threshold) {
      this.#overuseMs += elapsedMs;
      if (this.#overuseMs > OVERUSE_MS && trend >= this.#trendBefore) {
        this.#overuseMs = 0;
        this.#usage = "overuse";
      }
    } else {
      this.#overuseMs = 0;
      this.#usage = trend < -this.#threshold ? "underuse" : "normal";
    }
    this.#trendBefore = trend;
    this.#adapt(at, trend);
  }

  /** §5.4: the threshold follows the trend, quickly up and slowly down, so that flows that fill queues do not starve this one. */
  #adapt(at: number, trend: number): void {
    const since = Math.min(100, at - (this.#lastPointAt ?? at));
    this.#lastPointAt = at;
    const magnitude = Math.abs(trend);
    if (magnitude > this.#threshold + 15) return;
    const gain = magnitude < this.#threshold ? THRESHOLD_DOWN : THRESHOLD_UP;
    this.#threshold += gain * (magnitude - this.#threshold) * since;
    this.#threshold = Math.max(MIN_THRESHOLD_MS, Math.min(MAX_THRESHOLD_MS, this.#threshold));
  }

  #reset(): void {
    this.#times.length = 0;
    this.#delays.length = 0;
    this.#points = 0;
    this.#accumulated = 0;
    this.#smoothed = 0;
    this.#overuseMs = 0;
    this.#firstReceivedAt = undefined;
    this.#usage = "normal";
  }
}

/** Least squares. */
function slope(xs: readonly number[], ys: readonly number[]): number {
  const n = xs.length;
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i < n; i++) {
    sumX += xs[i]!;
    sumY += ys[i]!;
  }
  let numerator = 0;
  let denominator = 0;
  for (let i = 0; i < n; i++) {
    const x = xs[i]! - sumX / n;
    numerator += x * (ys[i]! - sumY / n);
    denominator += x * x;
  }
  return denominator === 0 ? 0 : numerator / denominator;
}

/** Packets sent within this time are one group: a pacer sends them together. */
const BURST_MS = 5;
const MAX_VARIATION_MS = 3000;
const SMOOTHING = 0.9;
const WINDOW = 20;
const MAX_POINTS = 60;
const GAIN = 4;
const OVERUSE_MS = 10;
const INITIAL_THRESHOLD_MS = 12.5;
const MIN_THRESHOLD_MS = 6;
const MAX_THRESHOLD_MS = 600;
const THRESHOLD_UP = 0.0087;
const THRESHOLD_DOWN = 0.039;
