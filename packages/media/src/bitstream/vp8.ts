/** The uncompressed part of VP8 frames (RFC 6386 §9.1). */
import type { VideoFormat } from "./video-format.ts";

/** The first bit says it all; key frames tell their size behind a start code. */
export function inspectVp8(frame: Uint8Array): VideoFormat {
  const keyframe = frame.length > 0 && (frame[0]! & 1) === 0;
  if (!keyframe || frame.length < 10 || frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) return { keyframe, codec: "vp8" };
  const width = (frame[6]! | (frame[7]! << 8)) & 0x3fff;
  const height = (frame[8]! | (frame[9]! << 8)) & 0x3fff;
  return width > 0 && height > 0 ? { keyframe, codec: "vp8", width, height } : { keyframe, codec: "vp8" };
}
