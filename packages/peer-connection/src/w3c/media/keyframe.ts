/** Whether an encoded frame can be decoded alone, for frames that do not say so. */
import { isAv1Keyframe, isH264Keyframe, isH265Keyframe, isVp8Keyframe, isVp9Keyframe } from "@purertc/rtp";

/** Looks into the frame; without knowledge of the codec, false. */
export function looksLikeKeyframe(data: Uint8Array, mimeType: string | undefined): boolean {
  if (data.length === 0) return false;
  switch (mimeType?.toLowerCase()) {
    case "video/vp8":
      return isVp8Keyframe(data);
    case "video/vp9":
      return isVp9Keyframe(data);
    case "video/h264":
      return isH264Keyframe(data);
    case "video/h265":
      return isH265Keyframe(data);
    case "video/av1":
      return isAv1Keyframe(data);
    default:
      return false;
  }
}
