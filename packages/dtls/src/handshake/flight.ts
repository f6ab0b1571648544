/** A flight of messages, its datagrams, its timer and its retransmissions (RFC 6347 §4.2.3, §4.2.4; RFC 9147 §5.7, §5.8). */
import type { Instant, TimerTable } from "@purertc/core";
import { HANDSHAKE_HEADER_LENGTH, writeHandshakeHeader, writeHandshakeMessage } from "../codec/handshake.ts";
import { ContentType } from "../codec/record.ts";
import type { RecordSealer } from "../record/record-protection.ts";

/** The deadlines of a connection. */
export type DtlsTimer = "flight" | "handshake" | "alert-grace";

/** How flights are cut and repeated. */
export interface FlightOptions {
  /** Largest datagram. */
  readonly mtu: number;
  /** First value of the retransmission timer. */
  readonly initialTimeoutMs: number;
  /** Where doubling stops. */
  readonly maxTimeoutMs: number;
}

/** One message of a flight, kept as it was first written; each transmission puts it into new records. */
interface FlightItem {
  readonly sealer: RecordSealer;
  readonly contentType: number;
  /** A whole handshake message with its header, or the content of another type. */
  readonly bytes: Uint8Array;
}

/** The flight being sent or awaited upon. One object serves a whole connection: `begin` starts the next flight. */
export class Flight {
  readonly #timers: TimerTable<DtlsTimer>;
  readonly #options: FlightOptions;
  #items: FlightItem[] = [];
  /** Where the transmission under way is: item, and bytes of its body already sent. */
  #cursor = 0;
  #offset = 0;
  #nextMessageSeq = 0;
  #timeoutMs: number;
  #retransmissions = 0;
  #sentAt: Instant = 0;
  #sent = false;

  constructor(timers: TimerTable<DtlsTimer>, options: FlightOptions) {
    this.#timers = timers;
    this.#options = options;
    this.#timeoutMs = options.initialTimeoutMs;
  }

  /** Whether a flight has been sent and still stands. */
  get outstanding(): boolean {
    return this.#sent && this.#items.length > 0;
  }

  /** How often this flight was sent again. */
  get retransmissions(): number {
    return this.#retransmissions;
  }

  /** The peer answered, or there is nothing to repeat: drops the flight and begins an empty one. */
  begin(): void {
    this.#timers.clear("flight");
    // §4.2.4.1: the value is kept while there is loss. Only so far: after an outage the path works again, as the answer shows.
    const { initialTimeoutMs } = this.#options;
    this.#timeoutMs = this.#retransmissions === 0 ? initialTimeoutMs : Math.min(this.#timeoutMs, RETAINED_DOUBLINGS * initialTimeoutMs);
    this.#items = [];
    this.#cursor = 0;
    this.#offset = 0;
    this.#retransmissions = 0;
    this.#sent = false;
  }

  /** Adds a handshake message with the next message_seq. Returns it whole, for the transcript. */
  message(type: number, body: Uint8Array, sealer: RecordSealer): Uint8Array {
    const bytes = writeHandshakeMessage(type, this.#nextMessageSeq, body);
    this.#nextMessageSeq += 1;
    this.#items.push({ sealer, contentType: ContentType.handshake, bytes });
    return bytes;
  }

  /** Adds the content of a record that is no handshake message. */
  content(contentType: number, bytes: Uint8Array, sealer: RecordSealer): void {
    this.#items.push({ sealer, contentType, bytes });
  }

  /** Sends the flight. `repeat`: until the next flight begins; otherwise only when the peer repeats its own (§4.2.4, state FINISHED). */
  send(now: Instant, repeat: boolean): void {
    this.#sent = true;
    this.#sentAt = now;
    this.#cursor = 0;
    this.#offset = 0;
    if (repeat) this.#timers.set("flight", now + this.#timeoutMs);
  }

  /** The timer fired: sends the flight again and doubles the timer. False when it had not. */
  handleTimeout(now: Instant): boolean {
    if (!this.#timers.take("flight", now)) return false;
    this.#timeoutMs = Math.min(2 * this.#timeoutMs, this.#options.maxTimeoutMs);
    this.#retransmissions += 1;
    this.send(now, true);
    return true;
  }

  /**
   * The peer repeated its flight, so ours was lost: sends it again (§4.2.4). Not more often than the first timeout, because a duplicated
   * datagram, or an attacker, looks the same.
   */
  answerRepeat(now: Instant): boolean {
    if (!this.outstanding || now - this.#sentAt < this.#options.initialTimeoutMs) return false;
    this.#retransmissions += 1;
    this.send(now, this.#timers.at("flight") !== undefined);
    return true;
  }

  /** Writes the next datagram of the transmission under way; 0 when there is none. */
  writeDatagram(out: Uint8Array): number {
    if (!this.#sent) return 0;
    const limit = Math.min(out.length, this.#datagramLimit());
    let at = 0;
    while (this.#cursor < this.#items.length) {
      const item = this.#items[this.#cursor]!;
      const length =
        item.contentType === ContentType.handshake ? this.#writeFragment(item, out, at, limit) : this.#writeWhole(item, out, at, limit);
      if (length === 0) break;
      at += length;
    }
    return at;
  }

  /** Writes as much of the message as fits as one fragment in a record of its own; 0 when it should go into the next datagram. */
  #writeFragment(item: FlightItem, out: Uint8Array, at: number, limit: number): number {
    const { sealer, bytes } = item;
    const bodyLength = bytes.length - HANDSHAKE_HEADER_LENGTH;
    const left = bodyLength - this.#offset;
    const room = limit - at - sealer.overhead - HANDSHAKE_HEADER_LENGTH;
    if (room < (at === 0 ? Math.min(left, 1) : Math.min(left, LEAST_FRAGMENT))) return 0;
    const length = Math.min(left, room);
    const from = at + sealer.headerLength;
    writeHandshakeHeader(out, from, bytes[0]!, bodyLength, (bytes[4]! << 8) | bytes[5]!, this.#offset, length);
    const start = HANDSHAKE_HEADER_LENGTH + this.#offset;
    out.set(bytes.subarray(start, start + length), from + HANDSHAKE_HEADER_LENGTH);
    if (length === left) this.#next();
    else this.#offset += length;
    return sealer.seal(ContentType.handshake, out, at, HANDSHAKE_HEADER_LENGTH + length);
  }

  #writeWhole(item: FlightItem, out: Uint8Array, at: number, limit: number): number {
    const { sealer, bytes } = item;
    if (limit - at < sealer.overhead + bytes.length) return 0;
    out.set(bytes, at + sealer.headerLength);
    this.#next();
    return sealer.seal(item.contentType, out, at, bytes.length);
  }

  #next(): void {
    this.#cursor += 1;
    this.#offset = 0;
  }

  /** §4.1.1.1: when repeating does not help, the datagrams may be too big for the path. */
  #datagramLimit(): number {
    return this.#retransmissions < FALLBACK_AFTER ? this.#options.mtu : Math.min(this.#options.mtu, FALLBACK_MTU);
  }
}

/** A fragment shorter than this waits for the next datagram. */
const LEAST_FRAGMENT = 64;

/** How much of a grown timer the next flight inherits: 2^3 times the first value. */
const RETAINED_DOUBLINGS = 8;

/** Retransmissions at full size before smaller datagrams are tried. */
const FALLBACK_AFTER = 3;

/** What every IPv4 host must take, 576 bytes, less IPv4 and UDP headers (RFC 791 §3.1). */
const FALLBACK_MTU = 548;
