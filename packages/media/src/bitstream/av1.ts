/** Open bitstream units of AV1 (AV1 bitstream specification §5.3 to §5.5): key frames, sizes, delimiters. */
import { BitReader } from "./bit-reader.ts";
import type { VideoFormat } from "./video-format.ts";

const OBU = { SEQUENCE_HEADER: 1, TEMPORAL_DELIMITER: 2 } as const;

/** What a temporal unit in a file begins with: an OBU of type temporal delimiter and length 0. */
export const TEMPORAL_DELIMITER: Uint8Array = Uint8Array.of(0x12, 0x00);

interface Obu {
  readonly type: number;
  /** With its header. */
  readonly whole: Uint8Array;
  readonly payload: Uint8Array;
}

/** The units of a temporal unit in the low-overhead format, until its end or the first that makes no sense. */
function* obus(temporalUnit: Uint8Array): Generator<Obu, void, void> {
  for (let at = 0; at < temporalUnit.length; ) {
    const header = temporalUnit[at]!;
    if ((header & 0x80) !== 0) return;
    let payloadAt = at + ((header & 4) !== 0 ? 2 : 1);
    let end = temporalUnit.length;
    if ((header & 2) !== 0) {
      let size = 0;
      for (let i = 0; ; i++) {
        const octet = temporalUnit[payloadAt++]; // leb128: 7 bits each, low ones first
        if (octet === undefined || i === 8) return;
        size += (octet & 0x7f) * 2 ** (7 * i);
        if ((octet & 0x80) === 0) break;
      }
      end = payloadAt + size;
    }
    if (end > temporalUnit.length || payloadAt > end) return;
    yield { type: (header >> 3) & 0x0f, whole: temporalUnit.subarray(at, end), payload: temporalUnit.subarray(payloadAt, end) };
    at = end;
  }
}

/** A temporal unit that has a sequence header is one that decoding can begin with: encoders for streaming write them before key frames, only there. */
export function inspectAv1(temporalUnit: Uint8Array): VideoFormat {
  for (const { type, payload } of obus(temporalUnit)) {
    if (type === OBU.SEQUENCE_HEADER) return { keyframe: true, ...readSequenceHeader(payload) };
  }
  return { keyframe: false };
}

/** Without temporal delimiters, which RTP and WebM leave out; the same array when there are none. */
export function withoutDelimiters(temporalUnit: Uint8Array): Uint8Array {
  const all = [...obus(temporalUnit)];
  const kept = all.filter(({ type }) => type !== OBU.TEMPORAL_DELIMITER);
  if (kept.length === all.length) return temporalUnit;
  const joined = new Uint8Array(kept.reduce((sum, { whole }) => sum + whole.length, 0));
  let at = 0;
  for (const { whole } of kept) {
    joined.set(whole, at);
    at += whole.length;
  }
  return joined;
}

/** §5.5.1, up to the size; the codec string is that of the AV1 codec ISO media file format binding §5. */
function readSequenceHeader(payload: Uint8Array): Omit<VideoFormat, "keyframe"> {
  const bits = new BitReader(payload);
  const profile = bits.read(3);
  bits.flag(); // still_picture
  const reduced = bits.flag();
  let level = 0;
  let tier = false;
  if (reduced) level = bits.read(5);
  else ({ level, tier } = readOperatingPoints(bits));
  const widthBits = bits.read(4) + 1;
  const heightBits = bits.read(4) + 1;
  const width = bits.read(widthBits) + 1;
  const height = bits.read(heightBits) + 1;
  if (bits.overrun) return {};
  const codec = `av01.${profile}.${`${level}`.padStart(2, "0")}${tier ? "H" : "M"}.08`;
  return { codec, width, height };
}

/** Timing, and the first operating point's level and tier. */
function readOperatingPoints(bits: BitReader): { level: number; tier: boolean } {
  let [decoderModel, delayBits] = [false, 0];
  if (bits.flag()) {
    bits.read(32); // num_units_in_display_tick
    bits.read(32); // time_scale
    if (bits.flag()) bits.skipUvlc(); // num_ticks_per_picture_minus_1
    decoderModel = bits.flag();
    if (decoderModel) {
      delayBits = bits.read(5) + 1;
      bits.read(32); // num_units_in_decoding_tick
      bits.read(10); // buffer_removal_time_length_minus_1, frame_presentation_time_length_minus_1
    }
  }
  const initialDelay = bits.flag();
  const points = bits.read(5) + 1;
  const found = { level: 0, tier: false };
  for (let point = 0; point < points; point++) {
    bits.read(12); // operating_point_idc
    const level = bits.read(5);
    const tier = level > 7 && bits.flag();
    if (point === 0) Object.assign(found, { level, tier });
    if (decoderModel && bits.flag()) bits.read(2 * delayBits + 1);
    if (initialDelay && bits.flag()) bits.read(4);
  }
  return found;
}
