/** Remembers when each packet of each stream of ours was sent and how large it was, and joins that with the peer's reports (RFC 8888 §3.1). */
import type { Instant } from "@purertc/core";
import type { CongestionControlFeedback, PacketResult } from "@purertc/rtp";

/** See the file's header. */
export class StreamDepartures {
  readonly #streams = new Map<number, Departures>();
  /** The last report timestamp, unwrapped, in units of 1/65 536 s. */
  #reportTime: number | undefined;

  /** A packet was sent. Hot. */
  sent(now: Instant, ssrc: number, sequenceNumber: number, octets: number): void {
    let stream = this.#streams.get(ssrc);
    if (stream === undefined) {
      if (this.#streams.size >= MAX_STREAMS) for (const oldest of this.#streams.keys()) if (this.#streams.delete(oldest)) break;
      stream = new Departures();
      this.#streams.set(ssrc, stream);
    }
    stream.sent(now, sequenceNumber, octets);
  }

  /**
   * What became of packets, in the order sent: a result for each that is reported as missing for the first time, and for each that is reported as arrived for the
   * first time, also after it was missing. Streams and numbers that were never sent are passed over.
   */
  feedback({ streams, reportTimestamp }: CongestionControlFeedback): PacketResult[] {
    const before = this.#reportTime ?? reportTimestamp;
    this.#reportTime = before + ((reportTimestamp - before) | 0);
    const reportedAtMs = (this.#reportTime * 1000) / 65_536;
    const results: PacketResult[] = [];
    for (const { ssrc, beginSequenceNumber, metrics } of streams) {
      const stream = this.#streams.get(ssrc);
      if (stream === undefined) continue;
      for (const [i, metric] of metrics.entries()) {
        const offset = metric?.arrivalTimeOffset;
        // §3.1: when it arrived is not told; that it did is enough to forget it.
        const receivedAt = offset === undefined ? undefined : offset >= UNKNOWN_OFFSET ? Number.NaN : reportedAtMs - offset / 1.024;
        const result = stream.take((beginSequenceNumber + i) & 0xffff, receivedAt);
        if (result !== undefined && !Number.isNaN(result.receivedAt)) results.push(result);
      }
    }
    return results.sort((a, b) => a.sentAt - b.sentAt);
  }
}

/** Of one stream. */
class Departures {
  readonly #sentAt = new Float64Array(WINDOW).fill(Number.NaN);
  readonly #octets = new Uint16Array(WINDOW);
  readonly #numbers = new Uint16Array(WINDOW);
  readonly #missing = new Uint8Array(WINDOW); // 1: a result said so

  sent(now: Instant, sequenceNumber: number, octets: number): void {
    const index = sequenceNumber & (WINDOW - 1);
    this.#sentAt[index] = now;
    this.#octets[index] = octets;
    this.#numbers[index] = sequenceNumber;
    this.#missing[index] = 0;
  }

  /** The result for a packet that `receivedAt` says something new of. */
  take(sequenceNumber: number, receivedAt: number | undefined): PacketResult | undefined {
    const index = sequenceNumber & (WINDOW - 1);
    const sentAt = this.#sentAt[index]!;
    if (Number.isNaN(sentAt) || this.#numbers[index] !== sequenceNumber) return undefined;
    if (receivedAt === undefined) {
      if (this.#missing[index] === 1) return undefined;
      this.#missing[index] = 1;
    } else this.#sentAt[index] = Number.NaN;
    return { sequenceNumber, sentAt, octets: this.#octets[index]!, receivedAt };
  }
}

/** A power of two: packets of a stream that are remembered. */
const WINDOW = 2048;
/** Streams and their retransmissions, in 26 KiB each. */
const MAX_STREAMS = 64;
/** §3.1: 0x1ffe, too long ago, and 0x1fff, not known. */
const UNKNOWN_OFFSET = 0x1ffe;
