/**
 * Open bitstream units of AV1 (AV1 bitstream §5.3, low-overhead format §5.2):
 *
 *    |F| Type  |X|S|R|   obu_header; if X, an octet: | TID | SID | reserved |; if S, the payload's length in leb128
 */
import { BitReader } from "../codec/bits.ts";
import { leb128End, readLeb128 } from "../codec/leb128.ts";

/** OBU types (AV1 bitstream §6.2.2). */
export const OBU = { SEQUENCE_HEADER: 1, TEMPORAL_DELIMITER: 2, FRAME_HEADER: 3, FRAME: 6, TILE_LIST: 8, PADDING: 15 } as const;

/** obu_has_size_field. */
export const OBU_HAS_SIZE = 0x02;

/** Type of the OBU whose header is this octet. */
export function obuType(header: number): number {
  return (header >>> 3) & 0x0f;
}

/** Octets of the OBU's header: 1, or 2 with the extension. */
export function obuHeaderLength(header: number): number {
  return (header & 0x04) !== 0 ? 2 : 1;
}

/** Types that are not sent and that receivers ignore (AV1 RTP §5). */
export function isLeftOut(type: number): boolean {
  return type === OBU.TEMPORAL_DELIMITER || type === OBU.TILE_LIST;
}

/**
 * Puts where the OBUs of a temporal unit lie into `offsets`: for each its start, the start of its payload and its end. Those that are not sent are left out.
 * An OBU without a size field extends to the end. False when the octets are not a sequence of OBUs.
 */
export function locateObus(bytes: Uint8Array, offsets: number[]): boolean {
  offsets.length = 0;
  for (let at = 0; at < bytes.length; ) {
    const header = bytes[at]!;
    if ((header & 0x80) !== 0) return false; // obu_forbidden_bit
    let payloadAt = at + obuHeaderLength(header);
    let end = bytes.length;
    if ((header & OBU_HAS_SIZE) !== 0) {
      const sizeEnd = leb128End(bytes, payloadAt, bytes.length);
      if (sizeEnd < 0) return false;
      end = sizeEnd + readLeb128(bytes, payloadAt);
      payloadAt = sizeEnd;
    }
    if (payloadAt > end || end > bytes.length) return false;
    if (!isLeftOut(obuType(header))) offsets.push(at, payloadAt, end);
    at = end;
  }
  return true;
}

/** Whether a temporal unit starts a coded video sequence that can be decoded by itself: a sequence header, and a first frame of type KEY_FRAME (§5.9.2). */
export function isAv1Keyframe(temporalUnit: Uint8Array): boolean {
  const offsets: number[] = [];
  if (!locateObus(temporalUnit, offsets)) return false;
  let reducedStillPicture: boolean | undefined; // undefined: no sequence header yet
  for (let i = 0; i < offsets.length; i += 3) {
    const type = obuType(temporalUnit[offsets[i]!]!);
    const bits = new BitReader(temporalUnit, offsets[i + 1], offsets[i + 2]);
    if (type === OBU.SEQUENCE_HEADER) {
      bits.read(4); // seq_profile, still_picture
      reducedStillPicture = bits.flag();
    } else if (type === OBU.FRAME || type === OBU.FRAME_HEADER) {
      if (reducedStillPicture === undefined) return false;
      const showExistingFrame = reducedStillPicture ? false : bits.flag();
      return !showExistingFrame && (reducedStillPicture || bits.read(2) === 0) && !bits.overrun;
    }
  }
  return false;
}
