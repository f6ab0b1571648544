/** Whether an encoded frame can be decoded without those before it, as its own bits say. */
import { isAv1Keyframe, isH264Keyframe, isH265Keyframe, isVp8Keyframe, isVp9Keyframe } from "@purertc/rtp";

/** Looks into a frame; undefined for codecs whose frames are not read here, audio among them. */
export function isKeyframe(mimeType: string | undefined, data: Uint8Array): boolean | undefined {
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
      return undefined;
  }
}
