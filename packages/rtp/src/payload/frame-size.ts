/** Pixels of a key frame, from the parts of its bit stream that every decoder reads first. Nothing here throws; what makes no sense has no size. */
import { BitReader } from "../codec/bits.ts";
import { locateNalUnits } from "./annex-b.ts";
import { locateObus, OBU, obuType } from "./obu.ts";

/** Width and height in pixels, as shown. */
export interface FrameSize {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** Of a VP9 key frame (VP9 bitstream §6.2, §6.2.2); undefined for any other frame. `at`: where the frame begins. */
export function vp9FrameSize(frame: Uint8Array, at: number = 0): FrameSize | undefined {
  const bits = new BitReader(frame, at, Math.min(frame.length, at + 32));
  if (bits.read(2) !== 2) return undefined; // frame_marker
  const profile = bits.read(1) + 2 * bits.read(1);
  if (profile === 3) bits.read(1);
  if (bits.flag() || bits.flag()) return undefined; // show_existing_frame, frame_type
  bits.read(2); // show_frame, error_resilient_mode
  if (bits.read(24) !== 0x49_8342) return undefined; // frame_sync_code
  if (profile >= 2) bits.read(1); // ten_or_twelve_bit
  const isRgb = bits.read(3) === 7; // color_space
  if (!isRgb)
    bits.read(profile === 1 || profile === 3 ? 4 : 1); // color_range, subsampling
  else if (profile === 1 || profile === 3) bits.read(1);
  else return undefined;
  const size = { width: bits.read(16) + 1, height: bits.read(16) + 1 };
  return bits.overrun ? undefined : size;
}

const H264_SPS = 7;
/** Profiles whose parameter sets say more of the samples (H.264 §7.3.2.1.1). */
const HIGH_PROFILES: ReadonlySet<number> = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** Of the first sequence parameter set in an access unit of annex B (H.264 §7.3.2.1.1); undefined when there is none. */
export function h264FrameSize(accessUnit: Uint8Array): FrameSize | undefined {
  const offsets: number[] = [];
  locateNalUnits(accessUnit, offsets);
  for (let i = 0; i < offsets.length; i += 2) {
    if ((accessUnit[offsets[i]!]! & 0x1f) === H264_SPS) return spsSize(accessUnit.subarray(offsets[i]! + 1, offsets[i + 1]!));
  }
  return undefined;
}

function spsSize(sps: Uint8Array): FrameSize | undefined {
  const bits = new BitReader(withoutEmulation(sps));
  const profile = bits.read(8);
  bits.read(16); // constraints, level_idc
  bits.readExpGolomb(); // seq_parameter_set_id
  const chromaFormat = HIGH_PROFILES.has(profile) ? chromaFormatOf(bits) : 1;
  bits.readExpGolomb(); // log2_max_frame_num_minus4
  skipPictureOrder(bits);
  bits.readExpGolomb(); // max_num_ref_frames
  bits.read(1);
  const widthInBlocks = bits.readExpGolomb() + 1;
  const heightInUnits = bits.readExpGolomb() + 1;
  const framesOnly = bits.flag();
  if (!framesOnly) bits.read(1);
  bits.read(1); // direct_8x8_inference_flag
  const crop = bits.flag() ? [0, 0, 0, 0].map(() => bits.readExpGolomb()) : [0, 0, 0, 0];
  const fields = framesOnly ? 1 : 2;
  const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const unitY = (chromaFormat === 1 ? 2 : 1) * fields;
  const width = 16 * widthInBlocks - unitX * (crop[0]! + crop[1]!);
  const height = 16 * heightInUnits * fields - unitY * (crop[2]! + crop[3]!);
  return bits.overrun || width < 1 || height < 1 || width > LARGEST || height > LARGEST ? undefined : { width, height };
}

function chromaFormatOf(bits: BitReader): number {
  const format = bits.readExpGolomb();
  if (format === 3) bits.read(1); // separate_colour_plane_flag
  bits.readExpGolomb(); // bit depths
  bits.readExpGolomb();
  bits.read(1);
  if (!bits.flag()) return format;
  for (let list = 0; list < (format === 3 ? 12 : 8); list++) if (bits.flag()) skipScalingList(bits, list < 6 ? 16 : 64);
  return format;
}

/** §7.3.2.1.1.1. */
function skipScalingList(bits: BitReader, count: number): void {
  let last = 8;
  for (let i = 0; i < count && !bits.overrun; i++) {
    const code = bits.readExpGolomb();
    const delta = code & 1 ? (code + 1) / 2 : -code / 2; // se(v)
    const next = (last + delta + 256) % 256;
    if (next === 0) return;
    last = next;
  }
}

function skipPictureOrder(bits: BitReader): void {
  const type = bits.readExpGolomb();
  if (type === 0) bits.readExpGolomb();
  if (type !== 1) return;
  bits.read(1);
  bits.readExpGolomb();
  bits.readExpGolomb();
  for (let left = bits.readExpGolomb(); left > 0 && !bits.overrun; left--) bits.readExpGolomb();
}

/** H.264 §7.4.1: 03 behind two zeros is no part of the data. */
function withoutEmulation(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.min(bytes.length, LONGEST_SPS));
  let length = 0;
  let zeros = 0;
  for (let i = 0; i < bytes.length && length < out.length; i++) {
    const octet = bytes[i]!;
    if (zeros >= 2 && octet === 3) {
      zeros = 0;
      continue;
    }
    zeros = octet === 0 ? zeros + 1 : 0;
    out[length++] = octet;
  }
  return out.subarray(0, length);
}

/** Of the first sequence header in a temporal unit (AV1 bitstream §5.5.1): the largest that its frames may be; undefined when there is none. */
export function av1FrameSize(temporalUnit: Uint8Array): FrameSize | undefined {
  const offsets: number[] = [];
  if (!locateObus(temporalUnit, offsets)) return undefined;
  for (let i = 0; i < offsets.length; i += 3) {
    if (obuType(temporalUnit[offsets[i]!]!) === OBU.SEQUENCE_HEADER) return sequenceSize(temporalUnit, offsets[i + 1]!, offsets[i + 2]!);
  }
  return undefined;
}

function sequenceSize(bytes: Uint8Array, at: number, end: number): FrameSize | undefined {
  const bits = new BitReader(bytes, at, end);
  bits.read(4); // seq_profile, still_picture
  if (bits.flag()) bits.read(5);
  else skipOperatingPoints(bits);
  const widthBits = bits.read(4) + 1;
  const heightBits = bits.read(4) + 1;
  const size = { width: bits.read(widthBits) + 1, height: bits.read(heightBits) + 1 };
  return bits.overrun ? undefined : size;
}

function skipOperatingPoints(bits: BitReader): void {
  let delayBits = -1; // no decoder model
  if (bits.flag()) {
    bits.read(64); // timing_info: num_units_in_display_tick, time_scale
    if (bits.flag()) bits.readExpGolomb(); // uvlc() reads as ue(v)
    if (bits.flag()) {
      delayBits = bits.read(5) + 1;
      bits.read(42); // num_units_in_decoding_tick, two lengths
    }
  }
  const initialDelay = bits.flag();
  for (let left = bits.read(5) + 1; left > 0; left--) {
    bits.read(12); // operating_point_idc
    if (bits.read(5) > 7) bits.read(1); // seq_level_idx, seq_tier
    if (delayBits > 0 && bits.flag()) bits.read(2 * delayBits + 1);
    if (initialDelay && bits.flag()) bits.read(4);
  }
}

/** Pixels in a row or column that a size may have to be believed. */
const LARGEST = 16_384;
/** Octets of a parameter set in which the size lies, scaling lists and all. */
const LONGEST_SPS = 1024;
