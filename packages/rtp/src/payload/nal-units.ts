/**
 * What the payload formats of H.264 (RFC 6184) and H.265 (RFC 7798) have in common: a payload is a NAL unit, several of them, or a part of one, and
 * begins with octets of the shape of a NAL unit's header whose type says which.
 *
 *    NAL unit         |  header  | octets
 *    aggregation      |  header of type `aggregation`  | then each NAL unit behind its size in 16 bits
 *    fragment         |  header of type `fragment`  |S|E|..type|  then a part of the NAL unit, its header left out
 */
import { readU16 } from "@purertc/core";
import { locateNalUnits } from "./annex-b.ts";

/** One of the two formats. Headers are big-endian numbers of `headerLength` octets. */
export interface NalUnitFormat {
  readonly headerLength: 1 | 2;
  /** Bits to the right of the type in a header. */
  readonly typeShift: number;
  /** The type's bits, in the lowest place: as they are in a fragment's third field. */
  readonly typeMask: number;
  /** Smallest and largest type of NAL units. */
  readonly firstType: number;
  readonly lastType: number;
  /** Smallest and largest type of slices of pictures at which decoding can begin. */
  readonly firstKey: number;
  readonly lastKey: number;
  /** Type of packets that hold several NAL units. */
  readonly aggregation: number;
  /** Type of packets that hold a part of a NAL unit. */
  readonly fragment: number;
  /** Octets of a NAL unit that a fragment holds at least. */
  readonly fragmentMinimum: 0 | 1;
  /** Type of the NAL unit that begins access units, where the sender uses it. */
  readonly delimiter: number;
  /** Type of the parameter set that is sent first, and after nothing but a delimiter. */
  readonly firstParameterSet: number;
  /** `code` of the error for an access unit that cannot be sent. */
  readonly faultCode: string;
  /** Whether packets of this type are known, and not of the mode that was negotiated. */
  isForeign(type: number): boolean;
  /** A header for what holds NAL units with both headers, whatever its type. */
  merge(header: number, other: number): number;
}

/** The header at `at`. */
export function headerAt(format: NalUnitFormat, bytes: Uint8Array, at: number): number {
  return format.headerLength === 1 ? bytes[at]! : readU16(bytes, at);
}

/** The type in a header. */
export function typeOf(format: NalUnitFormat, header: number): number {
  return (header >>> format.typeShift) & format.typeMask;
}

/** The header with another type. */
export function withType(format: NalUnitFormat, header: number, type: number): number {
  return (header & ~(format.typeMask << format.typeShift)) | (type << format.typeShift);
}

/** Whether NAL units have this type, and neither packets nor nothing. */
export function isNalUnitType(format: NalUnitFormat, type: number): boolean {
  return type >= format.firstType && type <= format.lastType;
}

/** Whether slices of this type are of pictures at which decoding can begin. */
export function isKey(format: NalUnitFormat, type: number): boolean {
  return type >= format.firstKey && type <= format.lastKey;
}

/** Whether an access unit in annex B holds a slice of a picture at which decoding can begin. */
export function holdsKey(format: NalUnitFormat, accessUnit: Uint8Array): boolean {
  const offsets: number[] = [];
  locateNalUnits(accessUnit, offsets);
  for (let i = 0; i < offsets.length; i += 2) if (isKey(format, typeOf(format, headerAt(format, accessUnit, offsets[i]!)))) return true;
  return false;
}
