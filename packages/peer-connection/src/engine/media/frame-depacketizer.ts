/** One face for the depacketizers of all codecs: packets of a payload type go in, frames with what is known of them come out. */
import {
  AudioDepacketizer,
  Av1Depacketizer,
  av1FrameSize,
  type DepacketizedFrame,
  type Depacketizer,
  type DepacketizerRefusal,
  H264Depacketizer,
  H265Depacketizer,
  h264FrameSize,
  RedDepacketizer,
  type RtpReader,
  Vp8Depacketizer,
  type Vp8Frame,
  Vp9Depacketizer,
  type Vp9Frame,
  vp8FrameSize,
  vp9FrameSize,
} from "@purertc/rtp";
import type { NegotiatedCodec } from "../../jsep/media-types.ts";

/** A frame, what its codec says of it, and for RED the payload type inside. */
export interface CodedFrame extends DepacketizedFrame {
  readonly payloadType?: number;
  readonly width?: number;
  readonly height?: number;
  readonly details?: object;
}

/** See the file's header. */
export interface FrameDepacketizer {
  push(reader: RtpReader, payload: Uint8Array): DepacketizerRefusal | undefined;
  poll(): CodedFrame | undefined;
}

/** Codecs that the same depacketizer takes have the same name here; it lives on when payload types alternate between them. */
export function depacketizerName({ mimeType }: NegotiatedCodec): string {
  const name = mimeType.toLowerCase();
  return name.startsWith("audio/") && name !== "audio/red" ? "audio" : name;
}

/** The depacketizer for a {@link depacketizerName}; undefined for a video codec that is not known. */
export function createDepacketizer(name: string, maxFrameLength: number): FrameDepacketizer | undefined {
  const options = { maxFrameLength };
  switch (name) {
    case "audio":
      return new AudioDepacketizer();
    case "audio/red":
      return new RedDepacketizer();
    case "video/vp8":
      return described(new Vp8Depacketizer(options), vp8Details);
    case "video/vp9":
      return described(new Vp9Depacketizer(options), vp9Details);
    case "video/h264":
      return described(new H264Depacketizer(options), ({ data, keyframe }) => (keyframe ? h264FrameSize(data) : undefined));
    case "video/h265":
      return new H265Depacketizer(options);
    case "video/av1":
      return described(new Av1Depacketizer(options), ({ data, keyframe }) => (keyframe ? av1FrameSize(data) : undefined));
    default:
      return undefined;
  }
}

function described<Frame extends DepacketizedFrame>(
  depacketizer: Depacketizer<Frame>,
  describe: (frame: Frame) => Omit<CodedFrame, keyof DepacketizedFrame> | undefined,
): FrameDepacketizer {
  return {
    push: (reader, payload) => depacketizer.push(reader, payload),
    poll: () => {
      const frame = depacketizer.poll();
      return frame === undefined ? undefined : { ...frame, ...describe(frame) };
    },
  };
}

function vp8Details({ data, descriptor }: Vp8Frame): Omit<CodedFrame, keyof DepacketizedFrame> {
  return { ...vp8FrameSize(data), details: descriptor };
}

/** RFC 9628 §4.2.1: the scalability structure comes with key frames; the picture has the size of its highest layer. Without one, the frame says it. */
function vp9Details({ data, keyframe, layers }: Vp9Frame): Omit<CodedFrame, keyof DepacketizedFrame> {
  const sizes = layers[0]?.descriptor.scalabilityStructure?.resolutions;
  const own = keyframe ? vp9FrameSize(data) : undefined;
  const size = sizes === undefined ? own : sizes[Math.min(layers.length, sizes.length) - 1];
  return { ...size, details: { layers } };
}
