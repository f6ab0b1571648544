/** One face for the packetizers of all codecs: a frame goes in, payloads come out. */
import {
  Av1Packetizer,
  av1FrameSize,
  type FrameSize,
  H264Packetizer,
  H265Packetizer,
  h264FrameSize,
  isVp9Keyframe,
  OctetStreamPacketizer,
  OpusPacketizer,
  type Packetizer,
  RedPacketizer,
  Vp8Packetizer,
  Vp9Packetizer,
  vp8FrameSize,
  vp9FrameSize,
} from "@purertc/rtp";
import type { NegotiatedCodec } from "../../jsep/media-types.ts";
import type { EncodedFrame } from "./types.ts";

/** See the file's header. */
export interface FramePacketizer extends Packetizer {
  /** Takes a frame, borrowed until nothing is pending. Throws `InvalidArgumentError` for what the payload format cannot carry. */
  begin(frame: EncodedFrame, maxPayloadLength: number): void;
  /** Ticks to add to the frame's timestamp for the next payload. */
  readonly timestampOffset: number;
}

/** A packetizer, or undefined for a codec that cannot be sent as frames. `pictureId`: where VP8 and VP9 begin to count. */
export function createPacketizer(codec: NegotiatedCodec, pictureId: number): FramePacketizer | undefined {
  switch (codec.mimeType.toLowerCase()) {
    case "audio/opus":
      return adapt(new OpusPacketizer(), (packetizer, frame, room) => packetizer.begin(frame.data, room));
    case "audio/pcmu":
    case "audio/pcma":
    case "audio/g722":
      return new OctetStream();
    case "audio/cn":
    case "audio/telephone-event":
      return adapt(new OpusPacketizer(), (packetizer, frame, room) => packetizer.begin(frame.data, room)); // whole, as one payload
    case "video/vp8":
      return new Vp8Pictures(new Vp8Packetizer(), pictureId);
    case "video/vp9":
      return new Vp9Pictures(new Vp9Packetizer(), pictureId);
    case "video/h264": {
      const mode = /(?:^|;)\s*packetization-mode\s*=\s*1\s*(?:;|$)/i.test(codec.sdpFmtpLine ?? "") ? 1 : 0;
      return adapt(new H264Packetizer({ mode }), (packetizer, frame, room) => packetizer.begin(frame.data, room));
    }
    case "video/h265":
      return adapt(new H265Packetizer(), (packetizer, frame, room) => packetizer.begin(frame.data, room));
    case "video/av1":
      return adapt(new Av1Packetizer(), (packetizer, frame, room) => packetizer.begin(frame.data, room));
    default:
      return undefined;
  }
}

/** Puts redundancy around a primary codec's frames (RFC 2198); `payloadType` is the primary's. */
export class RedFrames implements FramePacketizer {
  readonly #red: RedPacketizer;
  readonly timestampOffset = 0;
  #frame: EncodedFrame | undefined;
  #room = 0;

  constructor(payloadType: number) {
    this.#red = new RedPacketizer({ payloadType });
  }

  get pending(): boolean {
    return this.#frame !== undefined;
  }

  begin(frame: EncodedFrame, maxPayloadLength: number): void {
    this.#frame = frame;
    this.#room = maxPayloadLength;
  }

  writeNext(out: Uint8Array, at: number): number {
    const frame = this.#frame;
    if (frame === undefined) return 0;
    this.#frame = undefined;
    return this.#red.packetize(out, at, frame.data, frame.timestamp, this.#room);
  }
}

/** Begins a frame; false where it, found good when it was queued, no longer fits what was agreed since. */
export function beginsFrame(packetizer: FramePacketizer, frame: EncodedFrame, room: number): boolean {
  try {
    packetizer.begin(frame, room);
    return packetizer.pending;
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}

/** Pixels of a key frame; undefined where the codec's bit stream is not read here. */
export function frameSize(mimeType: string, { data, keyframe }: EncodedFrame): FrameSize | undefined {
  if (!keyframe) return undefined;
  switch (mimeType.toLowerCase()) {
    case "video/vp8":
      return vp8FrameSize(data);
    case "video/vp9":
      return vp9FrameSize(data);
    case "video/h264":
      return h264FrameSize(data);
    case "video/av1":
      return av1FrameSize(data);
    default:
      return undefined;
  }
}

function adapt<P extends Packetizer>(packetizer: P, begin: (packetizer: P, frame: EncodedFrame, room: number) => void): FramePacketizer {
  return {
    timestampOffset: 0,
    get pending() {
      return packetizer.pending;
    },
    begin: (frame, room) => begin(packetizer, frame, room),
    writeNext: (out, at) => packetizer.writeNext(out, at),
  };
}

/** G.711 and G.722: octets may be cut anywhere. */
class OctetStream implements FramePacketizer {
  readonly #packetizer = new OctetStreamPacketizer();

  get pending(): boolean {
    return this.#packetizer.pending;
  }

  get timestampOffset(): number {
    return this.#packetizer.timestampOffset;
  }

  begin(frame: EncodedFrame, maxPayloadLength: number): void {
    this.#packetizer.begin(frame.data, Math.min(maxPayloadLength, MAX_OCTETS));
  }

  writeNext(out: Uint8Array, at: number): number {
    return this.#packetizer.writeNext(out, at);
  }
}

/** VP8 and VP9 frames, each with the next picture id of 15 bits (RFC 7741 §4.2, RFC 9628 §4.2). */
abstract class Pictures<P extends Packetizer> implements FramePacketizer {
  protected readonly packetizer: P;
  readonly timestampOffset = 0;
  #pictureId: number;

  constructor(packetizer: P, pictureId: number) {
    this.packetizer = packetizer;
    this.#pictureId = pictureId & 0x7fff;
  }

  get pending(): boolean {
    return this.packetizer.pending;
  }

  begin(frame: EncodedFrame, maxPayloadLength: number): void {
    this.beginPicture(frame.data, maxPayloadLength, this.#pictureId);
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
  }

  writeNext(out: Uint8Array, at: number): number {
    return this.packetizer.writeNext(out, at);
  }

  protected abstract beginPicture(data: Uint8Array, maxPayloadLength: number, pictureId: number): void;
}

class Vp8Pictures extends Pictures<Vp8Packetizer> {
  protected beginPicture(data: Uint8Array, maxPayloadLength: number, pictureId: number): void {
    this.packetizer.begin(data, maxPayloadLength, { pictureId });
  }
}

/** Non-flexible mode, every frame a picture of one layer: what encoders without scalability make. */
class Vp9Pictures extends Pictures<Vp9Packetizer> {
  protected beginPicture(data: Uint8Array, maxPayloadLength: number, pictureId: number): void {
    this.packetizer.begin(data, maxPayloadLength, { interPicturePredicted: !isVp9Keyframe(data), pictureId });
  }
}

/** 120 ms at 8 kHz: what a frame may be before it is cut. */
const MAX_OCTETS = 960;
