/**
 * The receiver's half of transport-wide congestion control: notes when each packet of the transport arrived, and makes the feedback of it
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3).
 */
import type { Instant } from "@purertc/core";
import { RECEIVE_DELTA_UNIT_MS, REFERENCE_TIME_UNIT_MS, type ReceivedPacket, type TransportFeedback } from "../codec/rtcp/index.ts";

/** Tunables. */
export interface TransportCcReceiverOptions {
  /** Time between feedback packets while packets arrive. Default 100; browsers send every 50 to 100. */
  readonly intervalMs?: number;
  /** Packets that one feedback packet covers, received or not. More are left to the next. Default 400: some 500 octets at worst. */
  readonly maxPackets?: number;
}

/** A power of two: how many transport-wide sequence numbers are remembered. */
const WINDOW = 8192;

/** Arrivals of one transport. */
export class TransportCcReceiver {
  readonly #intervalMs: number;
  readonly #maxPackets: number;
  readonly #arrivals = new Float64Array(WINDOW).fill(Number.NaN); // ms, of unwrapped numbers from #base up to #highest
  #base = -1; // the first unwrapped sequence number that was not reported on
  #highest = -1;
  #feedbackPacketCount = 0;
  #dueAt: Instant | undefined;

  constructor(options: TransportCcReceiverOptions = {}) {
    this.#intervalMs = options.intervalMs ?? 100;
    this.#maxPackets = Math.min(WINDOW, options.maxPackets ?? 400);
  }

  /** Takes note of a packet of any stream of the transport. Repeats, and packets that were reported on as missing, change nothing. */
  receive(now: Instant, sequenceNumber: number): void {
    if (this.#highest < 0) {
      this.#base = 0x1_0000 + sequenceNumber;
      this.#highest = this.#base;
    }
    const unwrapped = this.#highest + (((sequenceNumber - this.#highest) << 16) >> 16);
    if (unwrapped < this.#base) return;
    if (unwrapped > this.#highest) {
      // What falls out of the window was never reported on; the sender takes it as lost, and it mostly was.
      const from = Math.max(this.#highest + 1, unwrapped - WINDOW + 1);
      for (let one = from; one < unwrapped; one++) this.#arrivals[one & (WINDOW - 1)] = Number.NaN;
      this.#highest = unwrapped;
      this.#base = Math.max(this.#base, unwrapped - WINDOW + 1);
    } else if (!Number.isNaN(this.#arrivals[unwrapped & (WINDOW - 1)]!)) return;
    this.#arrivals[unwrapped & (WINDOW - 1)] = now;
    this.#dueAt ??= now + this.#intervalMs;
  }

  /** When to call `feedback`; undefined: nothing has arrived since the last. */
  nextDue(): Instant | undefined {
    return this.#dueAt;
  }

  /** The feedback on what arrived, when it is due; call again until undefined. */
  feedback(now: Instant, senderSsrc: number, mediaSsrc: number): TransportFeedback | undefined {
    if (this.#dueAt === undefined || this.#dueAt > now) return undefined;
    // Those before the first arrival are told only if something before them was: the count starts at the base.
    const first = this.#firstArrival();
    if (first === undefined) {
      this.#dueAt = undefined;
      return undefined;
    }
    const base = Math.max(this.#base, first - this.#maxPackets + 1);
    const referenceTime = Math.floor(this.#arrivals[first & (WINDOW - 1)]! / REFERENCE_TIME_UNIT_MS);
    const received: ReceivedPacket[] = [];
    let time = referenceTime * REFERENCE_TIME_UNIT_MS;
    let last = first;
    const end = Math.min(this.#highest, base + this.#maxPackets - 1);
    for (let one = first; one <= end; one++) {
      const at = this.#arrivals[one & (WINDOW - 1)]!;
      if (Number.isNaN(at)) continue;
      const delta = Math.round((at - time) / RECEIVE_DELTA_UNIT_MS) + 0; // + 0: no negative zero
      if (delta < -32_768 || delta > 32_767) break; // it needs a reference time of its own: the next feedback packet
      received.push({ sequenceNumber: one & 0xffff, delta });
      time += delta * RECEIVE_DELTA_UNIT_MS; // from what was said, so that rounding does not add up
      last = one;
    }
    this.#base = last + 1;
    if (this.#firstArrival() === undefined) this.#dueAt = undefined;
    const feedbackPacketCount = this.#feedbackPacketCount;
    this.#feedbackPacketCount = (feedbackPacketCount + 1) & 0xff;
    return {
      type: "transport-cc",
      senderSsrc,
      mediaSsrc,
      baseSequenceNumber: base & 0xffff,
      packetStatusCount: last - base + 1,
      referenceTime: (referenceTime << 8) >> 8,
      feedbackPacketCount,
      received,
    };
  }

  /** The first received packet from the base on. */
  #firstArrival(): number | undefined {
    for (let one = this.#base; one <= this.#highest; one++) if (!Number.isNaN(this.#arrivals[one & (WINDOW - 1)]!)) return one;
    return undefined;
  }
}
