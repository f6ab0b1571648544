/**
 * H.264 (RFC 6184), packetization modes 0 and 1 (§6.2, §6.3). The first octet of a payload, |F|NRI| Type |, is that of a NAL unit or says how several, or
 * parts, are packed:
 *
 *    1-23  single NAL unit (§5.6)
 *    24    STAP-A (§5.7.1):  |F|NRI| 24 | then each NAL unit behind its size in 16 bits
 *    28    FU-A (§5.8):      |F|NRI| 28 |S|E|R| Type | then a part of the NAL unit, its first octet left out
 *    25, 26, 27, 29          STAP-B, MTAP16, MTAP24, FU-B: of mode 2 (interleaved), refused as `unsupported`
 *
 * Frames are access units in the byte stream format of annex B.
 */
import type { DepacketizedFrame, DepacketizerOptions } from "./depacketizer.ts";
import { NalUnitDepacketizer } from "./nal-unit-depacketizer.ts";
import { NalUnitPacketizer } from "./nal-unit-packetizer.ts";
import { holdsKey, type NalUnitFormat } from "./nal-units.ts";

/** Types of NAL units and packets (H.264 table 7-1, RFC 6184 table 1). */
const NAL = { IDR: 5, SPS: 7, AUD: 9, STAP_A: 24, STAP_B: 25, FU_A: 28, FU_B: 29 } as const;

const H264: NalUnitFormat = {
  headerLength: 1,
  typeShift: 0,
  typeMask: 0x1f,
  firstType: 1,
  lastType: 23,
  firstKey: NAL.IDR,
  lastKey: NAL.IDR,
  aggregation: NAL.STAP_A,
  fragment: NAL.FU_A,
  fragmentMinimum: 0, // §5.8: a fragment may be empty
  delimiter: NAL.AUD,
  firstParameterSet: NAL.SPS,
  faultCode: "RTP_H264_ACCESS_UNIT",
  isForeign: (type) => type >= NAL.STAP_B && type <= NAL.FU_B,
  merge: (header, other) => ((header | other) & 0x80) | Math.max(header & 0x60, other & 0x60), // §5.7.1: F of any, the highest NRI
};

/** Whether an access unit in annex B holds a slice of an IDR picture. */
export function isH264Keyframe(accessUnit: Uint8Array): boolean {
  return holdsKey(H264, accessUnit);
}

/** Choices of the sender. */
export interface H264PacketizerOptions {
  /** `packetization-mode` that was negotiated. Default 1. Mode 0: every NAL unit must fit one packet. */
  readonly mode?: 0 | 1;
}

/** Access units to payloads. */
export class H264Packetizer extends NalUnitPacketizer {
  constructor(options: H264PacketizerOptions = {}) {
    super(H264, options.mode === 0);
  }
}

/** A whole access unit in annex B, with start codes of four octets. A keyframe holds an IDR picture. */
export type H264Frame = DepacketizedFrame;

/** Payloads to access units. */
export class H264Depacketizer extends NalUnitDepacketizer {
  constructor(options: DepacketizerOptions = {}) {
    super(H264, options);
  }
}
