/**
 * The VP9 payload descriptor (RFC 9628 §4.2):
 *
 *    |I|P|L|F|B|E|V|Z|
 *    |M| PICTURE ID  |     if I; a second octet if M
 *    | TID |U| SID |D|     if L; then, unless F, an octet TL0PICIDX
 *    | P_DIFF      |N|     if P and F: up to 3, N: another follows
 *    | N_S |Y|G|-|-|-|     if V: the scalability structure
 *        width, height     if Y: 16 bits each, N_S + 1 times
 *        N_G               if G: 8 bits, then as often:  | TID |U| R |-|-|  and R octets P_DIFF
 */
import { InvalidArgumentError, Malformed, readU16, writeU16 } from "@purertc/core";

/** Which layer a frame is of. */
export interface Vp9Layer {
  /** 0 to 7. */
  readonly temporalId: number;
  /** U: from this frame on, this temporal layer may be switched up to. */
  readonly switchingUpPoint: boolean;
  /** 0 to 7. */
  readonly spatialId: number;
  /** D: refers to the spatial layer below in the same picture. */
  readonly interLayerDependency: boolean;
}

/** Scalability structure (§4.2.1). */
export interface Vp9ScalabilityStructure {
  /** N_S + 1: 1 to 8. */
  readonly spatialLayers: number;
  /** Pixels, one for each spatial layer. */
  readonly resolutions?: readonly { readonly width: number; readonly height: number }[];
  /** The pictures of a group, at most 255. */
  readonly pictureGroup?: readonly {
    readonly temporalId: number;
    readonly switchingUpPoint: boolean;
    /** Up to 3, each 0 to 255. */
    readonly referenceDiffs: readonly number[];
  }[];
}

/** What a packet says of its frame. */
export interface Vp9Descriptor {
  /** P: refers to pictures before. */
  readonly interPicturePredicted: boolean;
  /** 7 or 15 bits; written with 15. */
  readonly pictureId?: number;
  /** Absent: the stream has no layers. */
  readonly layer?: Vp9Layer;
  /** 8 bits; in non-flexible mode, with `layer`. */
  readonly tl0PicIdx?: number;
  /** F: references are said picture by picture. Requires `pictureId`. */
  readonly flexible?: boolean;
  /** In flexible mode with P: 1 to 3 of 1 to 127. */
  readonly referenceDiffs?: readonly number[];
  /** V: which layers there are, until another one says otherwise. */
  readonly scalabilityStructure?: Vp9ScalabilityStructure;
  /** Z: not referred to by a higher spatial layer. */
  readonly notReferenceForUpper?: boolean;
}

/** With what belongs to the packet rather than the frame. */
export interface Vp9PacketDescriptor extends Vp9Descriptor {
  /** B. */
  readonly startOfFrame: boolean;
  /** E. */
  readonly endOfFrame: boolean;
  /** Octets of the descriptor. */
  readonly length: number;
}

/** Reads the descriptor at the start of a payload. A payload without data after it is refused. */
export function parseVp9Descriptor(payload: Uint8Array): Vp9PacketDescriptor | Malformed<"truncated" | "bad-references"> {
  const first = payload[0]!;
  const flexible = (first & 0x10) !== 0;
  let at = 1;
  let pictureId: number | undefined;
  if ((first & 0x80) !== 0) {
    const long = payload[at]! >= 0x80;
    pictureId = long ? readU16(payload, at) & 0x7fff : payload[at]!;
    at += long ? 2 : 1;
  }
  let layer: Vp9Layer | undefined;
  let tl0PicIdx: number | undefined;
  if ((first & 0x20) !== 0) {
    const octet = payload[at++]!;
    layer = {
      temporalId: octet >>> 5,
      switchingUpPoint: (octet & 0x10) !== 0,
      spatialId: (octet >>> 1) & 7,
      interLayerDependency: (octet & 1) !== 0,
    };
    if (!flexible) tl0PicIdx = payload[at++];
  }
  let referenceDiffs: number[] | undefined;
  if (flexible && (first & 0x40) !== 0) {
    referenceDiffs = [];
    let more = true;
    while (more) {
      if (referenceDiffs.length === 3) return new Malformed("bad-references", at);
      if (at >= payload.length) return new Malformed("truncated", at);
      const octet = payload[at++]!;
      referenceDiffs.push(octet >>> 1);
      more = (octet & 1) !== 0;
    }
  }
  let scalabilityStructure: Vp9ScalabilityStructure | undefined;
  if ((first & 0x02) !== 0) {
    const parsed = parseScalabilityStructure(payload, at);
    if (parsed instanceof Malformed) return parsed;
    [scalabilityStructure, at] = parsed;
  }
  if (at >= payload.length) return new Malformed("truncated", payload.length);
  return {
    startOfFrame: (first & 0x08) !== 0,
    endOfFrame: (first & 0x04) !== 0,
    length: at,
    interPicturePredicted: (first & 0x40) !== 0,
    ...(pictureId === undefined ? {} : { pictureId }),
    ...(layer === undefined ? {} : { layer }),
    ...(tl0PicIdx === undefined ? {} : { tl0PicIdx }),
    ...(flexible ? { flexible } : {}),
    ...(referenceDiffs === undefined ? {} : { referenceDiffs }),
    ...(scalabilityStructure === undefined ? {} : { scalabilityStructure }),
    ...((first & 0x01) !== 0 ? { notReferenceForUpper: true } : {}),
  };
}

function parseScalabilityStructure(payload: Uint8Array, from: number): [Vp9ScalabilityStructure, number] | Malformed<"truncated"> {
  let at = from;
  if (at >= payload.length) return new Malformed("truncated", at);
  const head = payload[at++]!;
  const spatialLayers = (head >>> 5) + 1;
  let resolutions: { width: number; height: number }[] | undefined;
  if ((head & 0x10) !== 0) {
    if (at + 4 * spatialLayers > payload.length) return new Malformed("truncated", at);
    resolutions = [];
    for (let i = 0; i < spatialLayers; i++, at += 4) resolutions.push({ width: readU16(payload, at), height: readU16(payload, at + 2) });
  }
  let pictureGroup: { temporalId: number; switchingUpPoint: boolean; referenceDiffs: number[] }[] | undefined;
  if ((head & 0x08) !== 0) {
    if (at >= payload.length) return new Malformed("truncated", at);
    pictureGroup = [];
    for (let left = payload[at++]!; left > 0; left--) {
      const octet = payload[at]!;
      const count = (octet >>> 2) & 3;
      if (at + 1 + count > payload.length) return new Malformed("truncated", at);
      pictureGroup.push({
        temporalId: octet >>> 5,
        switchingUpPoint: (octet & 0x10) !== 0,
        referenceDiffs: [...payload.subarray(at + 1, at + 1 + count)],
      });
      at += 1 + count;
    }
  }
  return [
    { spatialLayers, ...(resolutions === undefined ? {} : { resolutions }), ...(pictureGroup === undefined ? {} : { pictureGroup }) },
    at,
  ];
}

/** The descriptor of a frame's packets without B and E; `structure`: whether to include the scalability structure, which goes in the first packet only. */
export function vp9DescriptorBytes(descriptor: Vp9Descriptor, structure: boolean): Uint8Array {
  const { pictureId, layer, referenceDiffs = [], scalabilityStructure } = descriptor;
  const flexible = descriptor.flexible === true;
  const sayReferences = flexible && descriptor.interPicturePredicted;
  if ((flexible && pictureId === undefined) || (sayReferences && (referenceDiffs.length < 1 || referenceDiffs.length > 3))) {
    throw new InvalidArgumentError("flexible mode needs a picture id and 1 to 3 references", { code: "RTP_VP9_DESCRIPTOR" });
  }
  const withStructure = structure && scalabilityStructure !== undefined;
  const octets = [
    (pictureId === undefined ? 0 : 0x80) |
      (descriptor.interPicturePredicted ? 0x40 : 0) |
      (layer === undefined ? 0 : 0x20) |
      (flexible ? 0x10 : 0) |
      (withStructure ? 0x02 : 0) |
      (descriptor.notReferenceForUpper === true ? 0x01 : 0),
  ];
  if (pictureId !== undefined) octets.push(0x80 | ((pictureId >>> 8) & 0x7f), pictureId & 0xff);
  if (layer !== undefined) {
    octets.push(
      (layer.temporalId << 5) | (layer.switchingUpPoint ? 0x10 : 0) | (layer.spatialId << 1) | (layer.interLayerDependency ? 1 : 0),
    );
    if (!flexible) octets.push((descriptor.tl0PicIdx ?? 0) & 0xff);
  }
  if (sayReferences) for (const [i, diff] of referenceDiffs.entries()) octets.push((diff << 1) | (i < referenceDiffs.length - 1 ? 1 : 0));
  if (withStructure) octets.push(...scalabilityStructureOctets(scalabilityStructure));
  return Uint8Array.from(octets);
}

function scalabilityStructureOctets({ spatialLayers, resolutions, pictureGroup }: Vp9ScalabilityStructure): number[] {
  if (
    spatialLayers < 1 ||
    spatialLayers > 8 ||
    (resolutions !== undefined && resolutions.length !== spatialLayers) ||
    (pictureGroup?.length ?? 0) > 255
  ) {
    throw new InvalidArgumentError("a scalability structure has 1 to 8 layers, a size for each, and up to 255 pictures", {
      code: "RTP_VP9_STRUCTURE",
    });
  }
  const octets = [((spatialLayers - 1) << 5) | (resolutions === undefined ? 0 : 0x10) | (pictureGroup === undefined ? 0 : 0x08)];
  const size = new Uint8Array(4);
  for (const { width, height } of resolutions ?? []) {
    writeU16(size, 0, width);
    writeU16(size, 2, height);
    octets.push(...size);
  }
  if (pictureGroup !== undefined) octets.push(pictureGroup.length);
  for (const { temporalId, switchingUpPoint, referenceDiffs } of pictureGroup ?? []) {
    if (referenceDiffs.length > 3) throw new InvalidArgumentError("a picture refers to at most 3 others", { code: "RTP_VP9_STRUCTURE" });
    octets.push((temporalId << 5) | (switchingUpPoint ? 0x10 : 0) | (referenceDiffs.length << 2), ...referenceDiffs);
  }
  return octets;
}
