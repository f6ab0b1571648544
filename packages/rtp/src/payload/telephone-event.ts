/**
 * Telephone events, such as the keys of a phone (RFC 4733 §2.3):
 *
 *    |     event     |E|R| volume    |          duration             |
 *
 * All packets of an event carry the timestamp of its start (§2.3.2), durations that grow, and the marker on the first; the last is sent three times (§2.5.1.4).
 */
import { InvalidArgumentError, Malformed, readU16, writeU16 } from "@purertc/core";
import type { PacketInfo } from "./depacketizer.ts";

/** An event report. */
export interface TelephoneEvent {
  /** RFC 4733 §3.2: 0 to 9 the digits, 10 *, 11 #, 12 to 15 A to D; others to 255. */
  readonly event: number;
  /** E: the event is over; the duration is final. */
  readonly end: boolean;
  /** 0 to 63: -dBm0. */
  readonly volume: number;
  /** Ticks of the RTP clock since the timestamp: 0 to 65 535. */
  readonly duration: number;
}

/** The event of a key: 0 to 9, *, #, A to D; undefined for other characters. */
export function eventOfKey(key: string): number | undefined {
  const event = key.length === 1 ? KEYS.indexOf(key.toUpperCase()) : -1;
  return event < 0 ? undefined : event;
}

/** The key of an event from 0 to 15. */
export function keyOfEvent(event: number): string | undefined {
  return KEYS[event];
}

/** Reads a payload: one event, or several that follow each other (§2.5.1.5), the first starting at the packet's timestamp. */
export function parseTelephoneEvents(payload: Uint8Array): TelephoneEvent[] | Malformed<"bad-length"> {
  if (payload.length === 0 || payload.length % 4 !== 0) return new Malformed("bad-length", payload.length);
  const events: TelephoneEvent[] = [];
  for (let at = 0; at < payload.length; at += 4) {
    const flags = payload[at + 1]!;
    events.push({ event: payload[at]!, end: flags >= 0x80, volume: flags & 0x3f, duration: readU16(payload, at + 2) });
  }
  return events;
}

/** Writes one event report at `out[at]`; returns its length, 4. */
export function writeTelephoneEvent(out: Uint8Array, at: number, { event, end, volume, duration }: TelephoneEvent): number {
  out[at] = event;
  out[at + 1] = (end ? 0x80 : 0) | (volume & 0x3f);
  writeU16(out, at + 2, duration);
  return 4;
}

/** What to send, as `TelephoneEventSender.next` says it. */
export interface TelephoneEventPacket extends TelephoneEvent {
  /** Set on the first packet of an event. */
  readonly marker: boolean;
  /** Ticks to add to the timestamp at which the event began: more than 0 only in later segments of a long one. */
  readonly timestampOffset: number;
}

/**
 * The packets of one event (§2.5.1): one at every interval while it lasts, the last one three times. Events longer than 65 535 ticks go on in segments (§2.5.1.3), each but the
 * last reported with 65 535, and each with a timestamp of its own.
 */
export class TelephoneEventSender {
  readonly #event: number;
  readonly #volume: number;
  readonly #total: number;
  readonly #interval: number;
  #elapsed = 0;
  #segment = 0; // where the current segment starts
  #first = true;
  #endsLeft = 3;

  /** `duration` and `interval` in ticks; 160 ms and 20 ms at 8 kHz are 1280 and 160. `volume`: -dBm0, 0 to 63. */
  constructor(options: { readonly event: number; readonly duration: number; readonly interval: number; readonly volume?: number }) {
    const { event, duration, interval, volume = 10 } = options;
    if (!(event >= 0 && event <= 255 && duration >= 1 && interval >= 1 && interval <= 0x7fff && volume >= 0 && volume <= 63)) {
      throw new InvalidArgumentError("not a telephone event", { code: "RTP_TELEPHONE_EVENT" });
    }
    this.#event = event;
    this.#volume = volume;
    this.#total = duration;
    this.#interval = interval;
  }

  /** The packet for the interval that has just passed; undefined when the event is over and said three times. Packets are due an interval apart. */
  next(): TelephoneEventPacket | undefined {
    if (this.#endsLeft === 0) return undefined;
    this.#elapsed = Math.min(this.#total, this.#elapsed + this.#interval);
    const timestampOffset = this.#segment;
    const full = this.#elapsed - timestampOffset > LONGEST_SEGMENT; // the rest is for the next packet, in the next segment
    const duration = full ? LONGEST_SEGMENT : this.#elapsed - timestampOffset;
    if (full) this.#segment += LONGEST_SEGMENT;
    const end = !full && this.#elapsed === this.#total;
    if (end) this.#endsLeft -= 1;
    const marker = this.#first;
    this.#first = false;
    return { event: this.#event, end, volume: this.#volume, duration, marker, timestampOffset };
  }
}

/** A key press, or what else an event is, as a receiver sees it. The end has the timestamp of the start, and the duration of all segments. */
export type ReceivedTelephoneEvent =
  | { readonly type: "start"; readonly event: number; readonly timestamp: number; readonly volume: number }
  | { readonly type: "end"; readonly event: number; readonly timestamp: number; readonly duration: number };

interface OngoingEvent {
  readonly event: number;
  /** Timestamp of its first segment. */
  readonly start: number;
  /** Ticks of the segments before this one. */
  readonly before: number;
  /** Of this segment. */
  readonly timestamp: number;
  duration: number;
}

/** Makes one start and one end of the many packets of an event (§2.5.2), whichever of them are lost. */
export class TelephoneEventReceiver {
  #current: OngoingEvent | undefined;
  #lastEnded: { event: number; timestamp: number } | undefined;

  /** Takes a packet. Returns what it brings: mostly nothing; at most a start and an end for each report, and the end of an event whose last packets were lost. */
  push(packet: PacketInfo, payload: Uint8Array): ReceivedTelephoneEvent[] | Malformed<"bad-length"> {
    const reports = parseTelephoneEvents(payload);
    if (reports instanceof Malformed) return reports;
    const received: ReceivedTelephoneEvent[] = [];
    let { timestamp, marker } = packet;
    for (const report of reports) {
      this.#take(report, timestamp, marker, received);
      timestamp = (timestamp + report.duration) >>> 0;
      marker = false;
    }
    return received;
  }

  #take(report: TelephoneEvent, timestamp: number, marker: boolean, received: ReceivedTelephoneEvent[]): void {
    const { event, end, volume, duration } = report;
    const current = this.#current;
    const ended = this.#lastEnded;
    if (current === undefined && ended !== undefined && ended.event === event && ended.timestamp === timestamp) return; // its end, again
    const reference = current ?? ended;
    if (reference !== undefined && ((timestamp - reference.timestamp) | 0) < 0) return; // of an event or a segment that is over
    if (current !== undefined && (current.timestamp !== timestamp || current.event !== event)) {
      // §2.5.1.3: without a marker the same event goes on where its segment was full, or ended before that with its last report.
      const since = (timestamp - current.timestamp) >>> 0;
      const goesOn = current.event === event && !marker && (since === LONGEST_SEGMENT || (since === current.duration && since > 0x7fff));
      if (!goesOn) this.#end(current, received);
      else this.#current = { event, start: current.start, before: current.before + since, timestamp, duration: 0 };
    }
    if (this.#current === undefined) {
      this.#current = { event, start: timestamp, before: 0, timestamp, duration };
      received.push({ type: "start", event, timestamp, volume });
    }
    this.#current.duration = Math.max(this.#current.duration, duration);
    if (end) this.#end(this.#current, received);
  }

  #end({ event, start, before, timestamp, duration }: OngoingEvent, received: ReceivedTelephoneEvent[]): void {
    received.push({ type: "end", event, timestamp: start, duration: before + duration });
    this.#lastEnded = { event, timestamp };
    this.#current = undefined;
  }

  /** Whether an event is going on. After three times its longest interval without a packet, the caller may call `timeout` (§2.5.2.2). */
  get active(): boolean {
    return this.#current !== undefined;
  }

  /** Ends the event that is going on: no packet came for too long. */
  timeout(): ReceivedTelephoneEvent[] {
    const received: ReceivedTelephoneEvent[] = [];
    if (this.#current !== undefined) this.#end(this.#current, received);
    return received;
  }
}

/** Ticks that the duration can say. */
const LONGEST_SEGMENT = 0xffff;
const KEYS = "0123456789*#ABCD";
