/**
 * REMB for peers that have nothing better (draft-alvestrand-rmcat-remb-03): what the path to us carries, estimated here from the times that packets say they were sent at
 * (abs-send-time), and told to the peer once a second, and at once when it has fallen.
 */
import type { Instant } from "@purertc/core";
import { msFromAbsSendTime, type PacketResult } from "@purertc/rtp";
import { BandwidthEstimator, type BandwidthEstimatorOptions } from "./bandwidth-estimator.ts";

/** See the file's header. */
export class ReceiverEstimate {
  readonly #estimator: BandwidthEstimator;
  #arrived: PacketResult[] = [];
  /** The last send time, unwrapped, in ms. */
  #sentAt: number | undefined;
  #dueAt: Instant | undefined;
  #told = 0;
  #toldAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(options: BandwidthEstimatorOptions) {
    this.#estimator = new BandwidthEstimator(options);
  }

  /** A packet of so many octets arrived. `absSendTime`: 24 bits. */
  receive(now: Instant, absSendTime: number, sequenceNumber: number, octets: number): void {
    const ms = msFromAbsSendTime(absSendTime);
    const before = this.#sentAt ?? ms;
    // It wraps after 64 seconds.
    const difference = ((((ms - before) % WRAP_MS) + 1.5 * WRAP_MS) % WRAP_MS) - 0.5 * WRAP_MS;
    const sentAt = before + difference;
    this.#sentAt = Math.max(before, sentAt);
    if (this.#arrived.length < MOST_PACKETS) this.#arrived.push({ sequenceNumber, sentAt, octets, receivedAt: now });
    this.#dueAt ??= now + BATCH_MS;
  }

  /** When to call {@link takeDue}. */
  nextDue(): Instant | undefined {
    return this.#dueAt;
  }

  /** Bits per second to tell the peer; undefined: nothing at present. */
  takeDue(now: Instant): number | undefined {
    if (this.#dueAt === undefined || this.#dueAt > now) return undefined;
    this.#dueAt = undefined;
    const arrived = this.#arrived.sort((a, b) => a.sentAt - b.sentAt);
    this.#arrived = [];
    this.#estimator.feedback(now, arrived);
    const { bitsPerSecond } = this.#estimator;
    if (bitsPerSecond > FALLEN * this.#told && now - this.#toldAt < REPEAT_MS) return undefined;
    this.#told = bitsPerSecond;
    this.#toldAt = now;
    return bitsPerSecond;
  }
}

const WRAP_MS = 64_000;
const BATCH_MS = 100;
/** As libwebrtc does. */
const REPEAT_MS = 1000;
const FALLEN = 0.97;
/** Of a batch: 600 Mbit/s. */
const MOST_PACKETS = 5000;
