/** The uncompressed header of VP9 frames (VP9 bitstream specification §6.2, §7.2). */
import { BitReader } from "./bit-reader.ts";
import type { VideoFormat } from "./video-format.ts";

const SYNC_CODE = 0x498342;
const SRGB = 7;

/** Of a frame, or of the first one of a superframe. */
export function inspectVp9(frame: Uint8Array): VideoFormat {
  const bits = new BitReader(frame);
  if (frame.length === 0 || bits.read(2) !== 2) return { keyframe: false }; // frame_marker
  const profile = bits.read(1) + 2 * bits.read(1);
  if (profile === 3) bits.flag(); // reserved_zero
  if (bits.flag()) return { keyframe: false }; // show_existing_frame
  const keyframe = !bits.flag(); // frame_type
  bits.read(2); // show_frame, error_resilient_mode
  if (!keyframe || bits.read(24) !== SYNC_CODE) return { keyframe: false };
  const depth = profile >= 2 ? (bits.flag() ? 12 : 10) : 8;
  if (bits.read(3) === SRGB) {
    if (profile === 1 || profile === 3) bits.flag();
  } else {
    bits.flag(); // color_range
    if (profile === 1 || profile === 3) bits.read(3); // subsampling_x, subsampling_y, reserved_zero
  }
  const width = bits.read(16) + 1;
  const height = bits.read(16) + 1;
  if (bits.overrun) return { keyframe };
  // Level 4.1 stands for "not told": the stream does not say.
  return { keyframe, codec: `vp09.0${profile}.41.${`${depth}`.padStart(2, "0")}`, width, height };
}
