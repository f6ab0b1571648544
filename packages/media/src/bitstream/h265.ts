/** What recordings need to know of H.265 (ITU-T H.265): where key frames are, and what their sequence parameter sets say. */
import { BitReader } from "./bit-reader.ts";
import { nalUnits, rawPayload } from "./nal-units.ts";
import type { VideoFormat } from "./video-format.ts";

/** BLA_W_LP to CRA_NUT (table 7-1): pictures that can be decoded by themselves. */
const FIRST_IRAP = 16;
const LAST_IRAP = 21;
const SPS = 33;

/** Of an access unit in annex B. */
export function inspectH265(accessUnit: Uint8Array): VideoFormat {
  let keyframe = false;
  let format: Omit<VideoFormat, "keyframe"> = {};
  for (const unit of nalUnits(accessUnit)) {
    const type = (unit[0]! >> 1) & 0x3f;
    if (type >= FIRST_IRAP && type <= LAST_IRAP) keyframe = true;
    else if (type === SPS) format = readSequenceParameters(unit) ?? format;
  }
  return { keyframe, ...format };
}

/** §7.3.2.2.1, up to the size. */
function readSequenceParameters(unit: Uint8Array): Omit<VideoFormat, "keyframe"> | undefined {
  const bits = new BitReader(rawPayload(unit, 2));
  bits.read(4); // sps_video_parameter_set_id
  const subLayers = bits.read(3); // sps_max_sub_layers_minus1
  bits.flag(); // sps_temporal_id_nesting_flag
  const codec = readProfileTierLevel(bits, subLayers);
  bits.unsignedExpGolomb(); // sps_seq_parameter_set_id
  const chroma = bits.unsignedExpGolomb();
  const separate = chroma === 3 && bits.flag();
  let width = bits.unsignedExpGolomb();
  let height = bits.unsignedExpGolomb();
  if (bits.flag()) {
    const crop = [0, 0, 0, 0].map(() => bits.unsignedExpGolomb());
    const unitX = (chroma === 1 || chroma === 2) && !separate ? 2 : 1; // table 6-1
    width -= unitX * (crop[0]! + crop[1]!);
    height -= (chroma === 1 ? 2 : 1) * (crop[2]! + crop[3]!);
  }
  if (bits.overrun) return undefined;
  return width > 0 && height > 0 && width <= 16_384 && height <= 16_384 ? { codec, width, height } : { codec };
}

/** profile_tier_level (§7.3.3), as the codec string of ISO/IEC 14496-15 annex E. */
function readProfileTierLevel(bits: BitReader, subLayers: number): string {
  const space = ["", "A", "B", "C"][bits.read(2)]!;
  const tier = bits.flag() ? "H" : "L";
  const profile = bits.read(5);
  let compatibility = 0;
  for (let bit = 0, value = bits.read(32); bit < 32; bit++, value = Math.floor(value / 2)) compatibility = compatibility * 2 + (value % 2);
  const constraints = [0, 0, 0, 0, 0, 0].map(() => bits.read(8));
  const level = bits.read(8);
  while (constraints.at(-1) === 0) constraints.pop();
  const present = Array.from({ length: subLayers }, () => [bits.flag(), bits.flag()]);
  if (subLayers > 0) bits.read(2 * (8 - subLayers)); // reserved_zero_2bits
  for (const [hasProfile, hasLevel] of present) {
    if (hasProfile) for (let i = 0; i < 11; i++) bits.read(8);
    if (hasLevel) bits.read(8);
  }
  const parts = [`${space}${profile}`, compatibility.toString(16), `${tier}${level}`, ...constraints.map((octet) => octet.toString(16))];
  return `hvc1.${parts.join(".").toUpperCase()}`.replace("HVC1", "hvc1");
}
