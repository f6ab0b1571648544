/** The frames that wait on one stream, the packetizer that they go through one after the other, and the one that is half out. */
import { type Instant, Queue, type RandomSource, randomU32 } from "@purertc/core";
import type { NegotiatedCodec } from "../../jsep/media-types.ts";
import { beginsFrame, createPacketizer, type FramePacketizer, RedFrames } from "./frame-packetizer.ts";
import type { SendingSection } from "./sending-section.ts";
import type { EncodedFrame } from "./types.ts";

/** A frame that waits, and the codec it goes out in. */
export interface QueuedFrame {
  readonly frame: EncodedFrame;
  readonly codec: NegotiatedCodec;
  readonly queuedAt: Instant;
}

/** See the file's header. */
export class FrameQueue {
  readonly #random: RandomSource;
  readonly #waiting = new Queue<QueuedFrame>();
  #current: QueuedFrame | undefined;
  #packetizer: FramePacketizer | undefined;
  #packetizerCodec: NegotiatedCodec | undefined;
  #octets = 0;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** Octets that wait, the whole of the frame that is half out among them. */
  get octets(): number {
    return this.#octets;
  }

  get isEmpty(): boolean {
    return this.#current === undefined && this.#waiting.length === 0;
  }

  /** The frame that is half out. */
  get current(): QueuedFrame | undefined {
    return this.#current;
  }

  /** What {@link current} goes through. */
  get packetizer(): FramePacketizer | undefined {
    return this.#packetizer;
  }

  push(frame: QueuedFrame): void {
    this.#waiting.push(frame);
    this.#octets += frame.frame.data.length;
  }

  /** The next frame whose payloads fit into `room` octets becomes the current one; those that do not fit any more are dropped. */
  begin(section: SendingSection, room: number): QueuedFrame | undefined {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { frame, codec } = next;
      if (this.#packetizerCodec !== codec) {
        this.#packetizerCodec = codec;
        const carrier = section.carrierOf(codec);
        this.#packetizer = carrier === codec ? createPacketizer(codec, randomU32(this.#random)) : new RedFrames(codec.payloadType);
      }
      if (this.#packetizer !== undefined && beginsFrame(this.#packetizer, frame, room)) {
        this.#current = next;
        return next;
      }
      this.#octets -= frame.data.length;
    }
    return undefined;
  }

  /** The current frame is out. */
  finish(): void {
    this.#octets -= this.#current?.frame.data.length ?? 0;
    this.#current = undefined;
  }

  /** Forgets them all. */
  clear(): void {
    this.#waiting.clear();
    this.#current = undefined;
    this.#packetizer = undefined;
    this.#packetizerCodec = undefined;
    this.#octets = 0;
  }

  /** Frames that wait go out under the payload types of now; one that is half out is finished if its own is the same. */
  renegotiated(section: SendingSection): void {
    const current = this.#current;
    const codec = current === undefined ? undefined : section.codecFor(current.codec.mimeType, current.codec.sdpFmtpLine);
    if (current !== undefined && codec?.payloadType === current.codec.payloadType && section.carrierOf(codec) === codec) {
      this.#current = { ...current, codec };
      this.#packetizerCodec = codec;
    } else {
      this.finish();
      this.#packetizer = undefined;
      this.#packetizerCodec = undefined;
    }
    for (let left = this.#waiting.length; left > 0; left--) {
      const waiting = this.#waiting.shift()!;
      const renewed = section.codecFor(waiting.codec.mimeType, waiting.codec.sdpFmtpLine);
      if (renewed === undefined) this.#octets -= waiting.frame.data.length;
      else this.#waiting.push({ ...waiting, codec: renewed });
    }
  }
}
