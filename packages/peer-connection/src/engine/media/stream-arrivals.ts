/** Notes when each packet of each stream of a transport arrived, and makes the reports of it (RFC 8888 §3). Without ECN, which no socket here tells. */
import type { Instant } from "@purertc/core";
import type { CongestionControlFeedback, PacketMetric, StreamFeedback } from "@purertc/rtp";

/** See the file's header. */
export class StreamArrivals {
  readonly #streams = new Map<number, Arrivals>();
  #dueAt: Instant | undefined;

  /** Takes note of a packet. */
  receive(now: Instant, ssrc: number, sequenceNumber: number): void {
    let stream = this.#streams.get(ssrc);
    if (stream === undefined) {
      if (this.#streams.size >= MAX_STREAMS) this.#forgetOldest();
      stream = new Arrivals(sequenceNumber);
      this.#streams.set(ssrc, stream);
    }
    stream.receive(now, sequenceNumber);
    this.#dueAt ??= now + INTERVAL_MS;
  }

  /** When to call {@link feedback}; undefined: nothing has arrived since the last. */
  nextDue(): Instant | undefined {
    return this.#dueAt;
  }

  /** The reports on what arrived, when they are due. `reportTimestamp`: the middle 32 bits of the NTP time now. */
  feedback(now: Instant, senderSsrc: number, reportTimestamp: number): CongestionControlFeedback[] {
    if (this.#dueAt === undefined || this.#dueAt > now) return [];
    this.#dueAt = undefined;
    const packets: CongestionControlFeedback[] = [];
    let streams: StreamFeedback[] = [];
    let octets = 0;
    for (const [ssrc, arrivals] of this.#streams) {
      const stream = arrivals.report(now, ssrc);
      if (stream === undefined) continue;
      const size = 8 + 2 * stream.metrics.length;
      if (octets + size > MOST_OCTETS && streams.length > 0) {
        packets.push({ type: "CCFB", senderSsrc, streams, reportTimestamp });
        streams = [];
        octets = 0;
      }
      streams.push(stream);
      octets += size;
    }
    if (streams.length > 0) packets.push({ type: "CCFB", senderSsrc, streams, reportTimestamp });
    return packets;
  }

  #forgetOldest(): void {
    let oldest: { readonly ssrc: number; readonly at: Instant } | undefined;
    for (const [ssrc, { lastAt }] of this.#streams) if (oldest === undefined || lastAt < oldest.at) oldest = { ssrc, at: lastAt };
    if (oldest !== undefined) this.#streams.delete(oldest.ssrc);
  }
}

/** Of one stream. Sequence numbers are unwrapped. */
class Arrivals {
  readonly #times = new Float64Array(WINDOW).fill(Number.NaN);
  #highest: number;
  /** The first that no report was about, and the first that has arrived since the last report. */
  #unreported: number;
  #firstNew = Number.POSITIVE_INFINITY;
  lastAt: Instant = 0;

  constructor(sequenceNumber: number) {
    this.#highest = 0x1_0000 + sequenceNumber - 1;
    this.#unreported = this.#highest + 1;
  }

  receive(now: Instant, sequenceNumber: number): void {
    const unwrapped = this.#highest + (((sequenceNumber - this.#highest) << 16) >> 16);
    if (unwrapped <= this.#highest - WINDOW) return;
    for (let one = Math.max(this.#highest + 1, unwrapped - WINDOW + 1); one <= unwrapped; one++)
      this.#times[one & (WINDOW - 1)] = Number.NaN;
    this.#highest = Math.max(this.#highest, unwrapped);
    const index = unwrapped & (WINDOW - 1);
    if (!Number.isNaN(this.#times[index]!)) return; // §3.1: of duplicates the first counts
    this.#times[index] = now;
    this.lastAt = now;
    this.#firstNew = Math.min(this.#firstNew, unwrapped);
  }

  /** All from the first that is new, or that no report was about, up to the highest; undefined when nothing has arrived since the last report. */
  report(now: Instant, ssrc: number): StreamFeedback | undefined {
    if (this.#firstNew === Number.POSITIVE_INFINITY) return undefined;
    const begin = Math.max(Math.min(this.#firstNew, this.#unreported), this.#highest - MOST_METRICS + 1);
    const metrics: (PacketMetric | undefined)[] = [];
    for (let one = begin; one <= this.#highest; one++) {
      const at = this.#times[one & (WINDOW - 1)]!;
      metrics.push(Number.isNaN(at) ? undefined : { ecn: 0, arrivalTimeOffset: Math.min(EARLIER, Math.round((now - at) * 1.024)) });
    }
    this.#unreported = this.#highest + 1;
    this.#firstNew = Number.POSITIVE_INFINITY;
    return { ssrc, beginSequenceNumber: begin & 0xffff, metrics };
  }
}

/** As often as browsers report on a transport. */
const INTERVAL_MS = 100;
/** A power of two: packets of a stream that are remembered. */
const WINDOW = 1024;
/** Streams whose arrivals are remembered, in 8 KiB each. */
const MAX_STREAMS = 64;
/** Of a report, so that it fits any datagram. */
const MOST_OCTETS = 1000;
const MOST_METRICS = 490;
/** §3.1: the packet arrived earlier than the field can tell. */
const EARLIER = 0x1ffe;
