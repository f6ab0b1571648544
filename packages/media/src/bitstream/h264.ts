/** What recordings need to know of H.264 (ITU-T H.264): where key frames are, and what their sequence parameter sets say. */
import { BitReader } from "./bit-reader.ts";
import { nalUnits, rawPayload } from "./nal-units.ts";
import type { VideoFormat } from "./video-format.ts";

const NAL = { IDR: 5, SPS: 7 } as const;

/** Of an access unit in annex B. A key frame has an IDR picture; the format is known where it also has its parameters. */
export function inspectH264(accessUnit: Uint8Array): VideoFormat {
  let keyframe = false;
  let format: Omit<VideoFormat, "keyframe"> = {};
  for (const unit of nalUnits(accessUnit)) {
    const type = unit[0]! & 0x1f;
    if (type === NAL.IDR) keyframe = true;
    else if (type === NAL.SPS) format = readSequenceParameters(unit) ?? format;
  }
  return { keyframe, ...format };
}

/** Profiles whose parameter sets tell a chroma format (§7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

function readSequenceParameters(unit: Uint8Array): Omit<VideoFormat, "keyframe"> | undefined {
  if (unit.length < 4) return undefined;
  const codec = `avc1.${[unit[1]!, unit[2]!, unit[3]!].map((octet) => octet.toString(16).padStart(2, "0")).join("")}`;
  const bits = new BitReader(rawPayload(unit, 4));
  bits.unsignedExpGolomb(); // seq_parameter_set_id
  const chroma = HIGH_PROFILES.has(unit[1]!) ? readChromaFormat(bits) : { id: 1, separate: false };
  bits.unsignedExpGolomb(); // log2_max_frame_num_minus4
  skipPictureOrder(bits);
  bits.unsignedExpGolomb(); // max_num_ref_frames
  bits.flag(); // gaps_in_frame_num_value_allowed_flag
  const widthInMacroblocks = bits.unsignedExpGolomb() + 1;
  const heightInMapUnits = bits.unsignedExpGolomb() + 1;
  const framesOnly = bits.flag();
  if (!framesOnly) bits.flag(); // mb_adaptive_frame_field_flag
  bits.flag(); // direct_8x8_inference_flag
  const crop = bits.flag() ? [0, 0, 0, 0].map(() => bits.unsignedExpGolomb()) : [0, 0, 0, 0];
  if (bits.overrun) return undefined;
  // §7.4.2.1.1: CropUnitX, CropUnitY.
  const subsampled = chroma.id !== 0 && !chroma.separate;
  const unitX = subsampled && chroma.id < 3 ? 2 : 1;
  const unitY = (subsampled && chroma.id === 1 ? 2 : 1) * (framesOnly ? 1 : 2);
  const width = 16 * widthInMacroblocks - unitX * (crop[0]! + crop[1]!);
  const height = 16 * heightInMapUnits * (framesOnly ? 1 : 2) - unitY * (crop[2]! + crop[3]!);
  return width > 0 && height > 0 && width <= 16_384 && height <= 16_384 ? { codec, width, height } : { codec };
}

function readChromaFormat(bits: BitReader): { id: number; separate: boolean } {
  const id = bits.unsignedExpGolomb();
  const separate = id === 3 && bits.flag();
  bits.unsignedExpGolomb(); // bit_depth_luma_minus8
  bits.unsignedExpGolomb(); // bit_depth_chroma_minus8
  bits.flag(); // qpprime_y_zero_transform_bypass_flag
  const scalingLists = bits.flag() ? (id === 3 ? 12 : 8) : 0;
  for (let list = 0; list < scalingLists; list++) {
    if (bits.flag()) skipScalingList(bits, list < 6 ? 16 : 64);
  }
  return { id, separate };
}

/** §7.3.2.1.1.1. */
function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  for (let i = 0, next = 8; i < size && next !== 0; i++) {
    next = (last + bits.signedExpGolomb() + 256) % 256;
    if (next !== 0) last = next;
  }
}

/** pic_order_cnt_type and what depends on it. */
function skipPictureOrder(bits: BitReader): void {
  const type = bits.unsignedExpGolomb();
  if (type === 0) bits.unsignedExpGolomb(); // log2_max_pic_order_cnt_lsb_minus4
  if (type !== 1) return;
  bits.flag(); // delta_pic_order_always_zero_flag
  bits.signedExpGolomb(); // offset_for_non_ref_pic
  bits.signedExpGolomb(); // offset_for_top_to_bottom_field
  const cycle = Math.min(bits.unsignedExpGolomb(), 255);
  for (let i = 0; i < cycle; i++) bits.signedExpGolomb();
}
