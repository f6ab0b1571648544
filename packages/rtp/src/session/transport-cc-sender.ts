/**
 * The sender's half of transport-wide congestion control: numbers the packets of a transport, remembers when each was sent and how large it was, and joins that with the
 * feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01). What rate follows from it is the congestion controller's to say.
 */
import type { Instant } from "@purertc/core";
import { RECEIVE_DELTA_UNIT_MS, REFERENCE_TIME_UNIT_MS, type TransportFeedback } from "../codec/rtcp/index.ts";

/** What became of a packet. */
export interface PacketResult {
  /** Transport-wide, 16 bits. */
  readonly sequenceNumber: number;
  /** As told to `sent`. */
  readonly sentAt: Instant;
  /** Octets, as told to `sent`. */
  readonly octets: number;
  /** ms of the receiver's clock, whose origin means nothing; undefined: it had not arrived. */
  readonly receivedAt: number | undefined;
}

/** A power of two: packets remembered. At 10 000 packets a second, more than a second and a half. */
const WINDOW = 16_384;

/** Packets of one transport. */
export class TransportCcSender {
  readonly #sentAt = new Float64Array(WINDOW).fill(Number.NaN);
  readonly #octets = new Uint16Array(WINDOW);
  readonly #missing = new Uint8Array(WINDOW); // 1: a result said so
  #next = 0; // unwrapped: 16 bits of it are sent
  #referenceTime: number | undefined; // unwrapped, of the last feedback
  #octetsInFlight = 0;

  /** The number for the next packet, 16 bits. It is used up by `sent`. */
  get nextSequenceNumber(): number {
    return this.#next & 0xffff;
  }

  /** Octets of packets of which no feedback said that they arrived or did not. */
  get octetsInFlight(): number {
    return this.#octetsInFlight;
  }

  /** A packet with `nextSequenceNumber` was sent. Hot: allocates nothing. Returns its number. */
  sent(now: Instant, octets: number): number {
    const index = this.#next & (WINDOW - 1);
    if (!Number.isNaN(this.#sentAt[index]!)) this.#octetsInFlight -= this.#octets[index]!;
    this.#sentAt[index] = now;
    this.#octets[index] = octets;
    this.#missing[index] = 0;
    this.#octetsInFlight += octets;
    this.#next += 1;
    return (this.#next - 1) & 0xffff;
  }

  /**
   * Joins feedback with what was sent, in the order of sequence numbers: a result for each packet that is reported as missing for the first time, and for each that is reported
   * as arrived for the first time, also after it was missing. So there are at most two results for a packet, whatever the peer says. Numbers that were never sent are passed over.
   */
  feedback(packet: TransportFeedback): PacketResult[] {
    const { baseSequenceNumber, packetStatusCount, received } = packet;
    // The newest number that could have been sent decides what the 16 bits mean.
    const newest = this.#next - 1;
    const base = newest + (((baseSequenceNumber - newest) << 16) >> 16);
    const before = this.#referenceTime ?? packet.referenceTime;
    this.#referenceTime = before + (((packet.referenceTime - before) << 8) >> 8);
    let time = this.#referenceTime * REFERENCE_TIME_UNIT_MS;
    const results: PacketResult[] = [];
    let next = 0;
    const from = Math.max(base, this.#next - WINDOW, 0);
    for (; next < received.length && offsetOf(received[next]!.sequenceNumber, base) < from; next++)
      time += received[next]!.delta * RECEIVE_DELTA_UNIT_MS;
    for (let one = from; one < base + packetStatusCount && one <= newest; one++) {
      const arrival = received[next];
      const arrived = arrival !== undefined && arrival.sequenceNumber === (one & 0xffff);
      if (arrived) {
        time += arrival.delta * RECEIVE_DELTA_UNIT_MS;
        next += 1;
      }
      const index = one & (WINDOW - 1);
      const sentAt = this.#sentAt[index]!;
      if (Number.isNaN(sentAt) || (!arrived && this.#missing[index] === 1)) continue; // reported before
      results.push({ sequenceNumber: one & 0xffff, sentAt, octets: this.#octets[index]!, receivedAt: arrived ? time : undefined });
      if (!arrived) {
        this.#missing[index] = 1;
        continue;
      }
      this.#sentAt[index] = Number.NaN;
      this.#octetsInFlight -= this.#octets[index]!;
    }
    return results;
  }
}

/** Unwrapped, at or after `base`. */
function offsetOf(sequenceNumber: number, base: number): number {
  return base + ((sequenceNumber - base) & 0xffff);
}
