/** What a video frame says of itself. */
import type { MediaMimeType } from "../frame.ts";
import { inspectAv1 } from "./av1.ts";
import { inspectH264 } from "./h264.ts";
import { inspectH265 } from "./h265.ts";
import { inspectVp8 } from "./vp8.ts";
import { inspectVp9 } from "./vp9.ts";

/** Sizes and codec strings come with key frames only. */
export interface VideoFormat {
  /** Whether decoding can begin here. */
  readonly keyframe: boolean;
  /** As in RFC 6381, e.g. `"avc1.42e01f"`. */
  readonly codec?: string;
  /** Pixels. */
  readonly width?: number;
  readonly height?: number;
}

/** Of a frame in the form that `TimedFrame` has. Octets that are no frame are no key frame; nothing is thrown. Audio is all key frames. */
export function inspectFrame(mimeType: MediaMimeType, data: Uint8Array): VideoFormat {
  switch (mimeType) {
    case "video/VP8":
      return inspectVp8(data);
    case "video/VP9":
      return inspectVp9(data);
    case "video/AV1":
      return inspectAv1(data);
    case "video/H264":
      return inspectH264(data);
    case "video/H265":
      return inspectH265(data);
    default:
      return { keyframe: true };
  }
}
