/** Whether a packet begins a key frame, from its payload alone: where a receiver may switch to another layer and a relay to another source. Hot. */
import { Malformed } from "@purertc/core";
import { isVp8Keyframe, isVp9Keyframe, parseVp9Descriptor } from "@purertc/rtp";

/** A test on `packet[at, end)`, the payload. Always false for codecs that are not known here. */
export type KeyframeTest = (packet: Uint8Array, at: number, end: number) => boolean;

/** The test for a codec, by its mime type in lower case. Every audio packet begins a frame that stands alone. */
export function keyframeTestOf(mimeType: string): KeyframeTest {
  if (mimeType.startsWith("audio/")) return always;
  switch (mimeType) {
    case "video/vp8":
      return vp8;
    case "video/vp9":
      return vp9;
    case "video/h264":
      return h264;
    case "video/h265":
      return h265;
    case "video/av1":
      return av1;
    default:
      return never;
  }
}

/** Whether the test for a codec, by its mime type in lower case, can say no and yes. */
export function isKeyframeTold(mimeType: string): boolean {
  const test = keyframeTestOf(mimeType);
  return test !== always && test !== never;
}

const always: KeyframeTest = () => true;
const never: KeyframeTest = () => false;

/** RFC 7741 §4.2: S set and PID 0 begin a frame. */
const vp8: KeyframeTest = (packet, at, end) => {
  if (at >= end || (packet[at]! & 0x17) !== 0x10) return false;
  let next = at + 1;
  if (packet[at]! >= 0x80 && next < end) {
    const flags = packet[next++]!;
    if ((flags & 0x80) !== 0 && next < end) next += packet[next]! >= 0x80 ? 2 : 1;
    if ((flags & 0x40) !== 0) next += 1;
    if ((flags & 0x30) !== 0) next += 1;
  }
  return next < end && isVp8Keyframe(packet, next);
};

/**
 * RFC 9628 §4.2: |I|P|L|F|B|E|V|Z|; B set and P clear begin a picture that predicts from none; of several layers, the lowest. INTEROP: FFmpeg 5.1 leaves P clear in every packet,
 * so that a frame may say itself that it is no key frame.
 */
const vp9: KeyframeTest = (packet, at, end) => {
  if (at >= end || (packet[at]! & 0x48) !== 0x08) return false;
  const descriptor = parseVp9Descriptor(packet.subarray(at, end));
  if (descriptor instanceof Malformed || (descriptor.layer?.spatialId ?? 0) > 0) return false;
  const frame = at + descriptor.length;
  return packet[frame]! >> 6 !== VP9_FRAME_MARKER || isVp9Keyframe(packet, frame);
};

/** frame_marker, the first two bits of every VP9 frame (VP9 bitstream §6.2). */
const VP9_FRAME_MARKER = 2;
const H264_IDR = 5;
const H264_SPS = 7;

/** RFC 6184 §5.4: an IDR slice or a parameter set, alone, in a STAP-A or at the start of a FU-A. */
const h264: KeyframeTest = (packet, at, end) => {
  if (at >= end) return false;
  const type = packet[at]! & 0x1f;
  if (type === H264_IDR || type === H264_SPS) return true;
  if (type === 28) {
    const header = at + 1 < end ? packet[at + 1]! : 0;
    const inside = header & 0x1f;
    return (header & 0x80) !== 0 && (inside === H264_IDR || inside === H264_SPS);
  }
  if (type !== 24) return false;
  for (let next = at + 1; next + 2 < end; ) {
    const inside = packet[next + 2]! & 0x1f;
    if (inside === H264_IDR || inside === H264_SPS) return true;
    next += 2 + ((packet[next]! << 8) | packet[next + 1]!);
  }
  return false;
};

/** H.265 table 7-1: IRAP pictures are 16 to 23, parameter sets 32 to 34. */
const beginsH265 = (type: number): boolean => (type >= 16 && type <= 23) || (type >= 32 && type <= 34);

/** RFC 7798 §4.4: the same in an aggregation packet (48) or at the start of a fragmentation unit (49). */
const h265: KeyframeTest = (packet, at, end) => {
  if (at + 1 >= end) return false;
  const type = (packet[at]! >> 1) & 0x3f;
  if (type === 49) return at + 2 < end && packet[at + 2]! >= 0x80 && beginsH265(packet[at + 2]! & 0x3f);
  if (type !== 48) return beginsH265(type);
  return at + 4 < end && beginsH265((packet[at + 4]! >> 1) & 0x3f);
};

/** AV1 RTP §4.4: |Z|Y| W |N|-|-|-|; N: the first packet of a coded video sequence. */
const av1: KeyframeTest = (packet, at, end) => at < end && (packet[at]! & 0x88) === 0x08;
