/**
 * H.265 (RFC 7798), without DONL fields (`sprop-max-don-diff` 0, as WebRTC has it). The two octets |F|   Type   | LayerId | TID | that begin a payload are those of a NAL unit, or
 *
 *    48    aggregation packet (§4.4.2):  then each NAL unit behind its size in 16 bits
 *    49    fragmentation unit (§4.4.3):  |S|E|  FuType  | then a part of the NAL unit, its first two octets left out
 *    50    PACI (§4.4.4):  |A|   cType   | PHSsize |F0..2|Y| PHSsize octets of header extension | then what it carries, its first two octets left out
 *
 * Frames are access units in the byte stream format of annex B.
 */
import type { DepacketizedFrame, DepacketizerOptions, DepacketizerRefusal, PacketInfo } from "./depacketizer.ts";
import { NalUnitDepacketizer } from "./nal-unit-depacketizer.ts";
import { NalUnitPacketizer } from "./nal-unit-packetizer.ts";
import { holdsKey, type NalUnitFormat } from "./nal-units.ts";

/** Types of NAL units and packets (H.265 table 7-1, RFC 7798 §4.4). */
const NAL = { FIRST_IRAP: 16, LAST_IRAP: 23, VPS: 32, AUD: 35, AP: 48, FU: 49, PACI: 50 } as const;

const H265: NalUnitFormat = {
  headerLength: 2,
  typeShift: 9,
  typeMask: 0x3f,
  firstType: 0,
  lastType: 47,
  firstKey: NAL.FIRST_IRAP, // BLA, IDR or CRA
  lastKey: NAL.LAST_IRAP,
  aggregation: NAL.AP,
  fragment: NAL.FU,
  fragmentMinimum: 1, // §4.4.3: a fragment must not be empty
  delimiter: NAL.AUD,
  firstParameterSet: NAL.VPS,
  faultCode: "RTP_H265_ACCESS_UNIT",
  isForeign: () => false,
  // §4.4.2: F of any, the lowest layer and the lowest temporal id
  merge: (header, other) =>
    ((header | other) & 0x8000) | Math.min(header & LAYER_ID, other & LAYER_ID) | Math.min(header & TEMPORAL_ID, other & TEMPORAL_ID),
};

/** Whether an access unit in annex B holds a slice of a random access picture. */
export function isH265Keyframe(accessUnit: Uint8Array): boolean {
  return holdsKey(H265, accessUnit);
}

/** Access units to payloads. */
export class H265Packetizer extends NalUnitPacketizer {
  constructor() {
    super(H265, false);
  }
}

/** A whole access unit in annex B, with start codes of four octets. A keyframe holds a random access picture (IRAP). */
export type H265Frame = DepacketizedFrame;

/** Payloads to access units. */
export class H265Depacketizer extends NalUnitDepacketizer {
  constructor(options: DepacketizerOptions = {}) {
    super(H265, options);
  }

  override push(packet: PacketInfo, payload: Uint8Array): DepacketizerRefusal | undefined {
    const paci = payload.length > 0 && ((payload[0]! >> 1) & 0x3f) === NAL.PACI;
    return super.push(packet, paci ? carried(payload) : payload);
  }
}

/**
 * What a PACI packet carries (§4.4.4): A and cType stand for the first bits of its two header octets, the others are those of the packet. The header extension is
 * information for those in between (§4.4.4.2) and passed over. What makes no sense stays as it is, and is refused as a NAL unit of type 50.
 */
function carried(paci: Uint8Array): Uint8Array {
  const from = 4 + ((paci[2]! & 1) << 4) + (paci[3]! >> 4);
  if (paci.length < 4 || from > paci.length || ((paci[2]! >> 1) & 0x3f) === NAL.PACI) return paci;
  const payload = paci.slice(from - 2);
  payload[0] = (paci[2]! & 0xfe) | (paci[0]! & 1);
  payload[1] = paci[1]!;
  return payload;
}

const LAYER_ID = 0x1f8;
const TEMPORAL_ID = 0x7;
