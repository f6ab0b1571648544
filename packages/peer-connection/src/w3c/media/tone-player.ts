/** Telephone tones as RTP packets: RFC 4733 §2.5. */
import { writeU16, writeU32 } from "@purertc/core";
import { eventOfKey, TelephoneEventSender, writeTelephoneEvent } from "@purertc/rtp";
import type { NegotiatedCodec } from "../../jsep/media-types.ts";
import type { Runtime, RuntimeTimer } from "../../runtime.ts";

/** What it needs of its connection. */
export interface TonePlayerOptions {
  readonly runtime: Runtime;
  /** telephone-event, as it was negotiated. */
  readonly codec: () => NegotiatedCodec | undefined;
  /** Sends an RTP packet, borrowed for the call. SSRC, payload type and offsets of its numbers are the sender's. */
  readonly send: (packet: Uint8Array, codec: NegotiatedCodec) => void;
  /** The tones take the place of the track for a while. */
  readonly pauseTrack: (paused: boolean) => void;
}

interface Playing {
  readonly event: TelephoneEventSender;
  readonly codec: NegotiatedCodec;
  readonly timestamp: number;
  next: number;
}

/** See the file's header. One tone at a time. */
export class TonePlayer {
  readonly #options: TonePlayerOptions;
  readonly #packet = new Uint8Array(16);
  #timer: RuntimeTimer | undefined;
  #playing: Playing | undefined;
  #sequenceNumber = 0;

  constructor(options: TonePlayerOptions) {
    this.#options = options;
  }

  /** Starts a tone, `0123456789ABCD#*`. Nothing without a codec. */
  play(tone: string, durationMs: number): void {
    const { runtime, pauseTrack } = this.#options;
    const codec = this.#options.codec();
    const event = eventOfKey(tone);
    if (codec === undefined || event === undefined) return;
    const ticks = (ms: number): number => Math.round((ms * codec.clockRate) / 1000);
    const now = runtime.now();
    this.#playing = {
      event: new TelephoneEventSender({ event, duration: ticks(durationMs), interval: ticks(INTERVAL_MS) }),
      codec,
      timestamp: ticks(now) % 0x1_0000_0000,
      next: now + INTERVAL_MS,
    };
    pauseTrack(true);
    this.#timer ??= runtime.createTimer(() => this.#tick());
    this.#timer.arm(this.#playing.next);
  }

  /** The connection is closed. */
  close(): void {
    this.#timer?.close();
    this.#playing = undefined;
  }

  #tick(): void {
    const playing = this.#playing;
    if (playing === undefined) return;
    let packet = playing.event.next();
    while (packet !== undefined) {
      const { marker, timestampOffset, end } = packet;
      const bytes = this.#packet;
      bytes[0] = 0x80;
      bytes[1] = (marker ? 0x80 : 0) | playing.codec.payloadType;
      writeU16(bytes, 2, this.#sequenceNumber);
      writeU32(bytes, 4, (playing.timestamp + timestampOffset) >>> 0);
      writeU32(bytes, 8, 0);
      writeTelephoneEvent(bytes, 12, packet);
      this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
      this.#options.send(bytes, playing.codec);
      if (!end) {
        playing.next += INTERVAL_MS;
        this.#timer?.arm(playing.next);
        return;
      }
      packet = playing.event.next(); // the end is said three times, at once: the next tone may be 30 ms away
    }
    this.#playing = undefined;
    this.#options.pauseTrack(false);
  }
}

/** RFC 4733 §2.5.1.2 leaves it open; as often as audio frames are sent. */
const INTERVAL_MS = 20;
