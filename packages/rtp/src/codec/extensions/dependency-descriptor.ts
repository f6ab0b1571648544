/**
 * The dependency descriptor (AV1 RTP specification, appendix A): for each packet, which frame it is of, and what that frame needs and serves.
 *
 *    |S|E|template id|         frame number          |   start and end of frame; 3 octets are the whole descriptor of most packets
 *    |T|A|D|F|C| structure, active decode targets, custom dtis, fdiffs, chains ...   each if its flag is set
 */
import { InvalidArgumentError, Malformed } from "@purertc/core";
import { BitReader, BitWriter } from "../bits.ts";
import {
  type DecodeTargetIndication,
  type RenderResolution,
  readDtis,
  readTemplateStructure,
  type TemplateDependencyStructure,
  type TemplateStructureFault,
  writeDtis,
  writeTemplateStructure,
} from "./template-structure.ts";

/** A descriptor as it is on the wire. `frameDependencies` joins it with its structure. */
export interface DependencyDescriptor {
  /** The packet is the first of its frame. */
  readonly startOfFrame: boolean;
  /** The packet is the last of its frame. */
  readonly endOfFrame: boolean;
  /** 0 to 63. */
  readonly frameDependencyTemplateId: number;
  /** 16 bits. */
  readonly frameNumber: number;
  /** Present in the first packet of a coded video sequence; holds until the next. */
  readonly structure?: TemplateDependencyStructure;
  /** Bit i: decode target i can be decoded. Absent: as before, or all when a structure is present. */
  readonly activeDecodeTargets?: number;
  /** In place of the template's, one per decode target. */
  readonly customDtis?: readonly DecodeTargetIndication[];
  /** In place of the template's, 1 to 4096 each. */
  readonly customFdiffs?: readonly number[];
  /** In place of the template's, one per chain, 0 to 255 each. */
  readonly customChainFdiffs?: readonly number[];
}

/** Why bytes are no descriptor. `no-structure`: it cannot be read without the structure that came before and was not given. */
export type DependencyDescriptorFault = TemplateStructureFault | "no-structure" | "unknown-template";

/**
 * Reads a descriptor. `structure`: the latest one of the stream, needed by longer descriptors that carry none; of a 3-octet one, only the template is
 * not checked without it.
 */
export function parseDependencyDescriptor(
  data: Uint8Array,
  structure?: TemplateDependencyStructure,
): DependencyDescriptor | Malformed<DependencyDescriptorFault> {
  if (data.length < 3) return new Malformed("truncated", data.length);
  const bits = new BitReader(data);
  const mandatory = {
    startOfFrame: bits.flag(),
    endOfFrame: bits.flag(),
    frameDependencyTemplateId: bits.read(6),
    frameNumber: bits.read(16),
  };
  if (data.length === 3) return knowsTemplate(mandatory, structure);
  const structurePresent = bits.flag();
  const activePresent = bits.flag();
  const customDtis = bits.flag();
  const customFdiffs = bits.flag();
  const customChains = bits.flag();
  const own = structurePresent ? readTemplateStructure(bits) : undefined;
  if (own instanceof Malformed) return own;
  const current = own ?? structure;
  if (current === undefined) return new Malformed("no-structure", 0);
  const descriptor = {
    ...mandatory,
    ...(own === undefined ? {} : { structure: own }),
    ...(activePresent ? { activeDecodeTargets: bits.read(current.decodeTargetCount) } : {}),
    ...(customDtis ? { customDtis: readDtis(bits, current.decodeTargetCount) } : {}),
    ...(customFdiffs ? { customFdiffs: readCustomFdiffs(bits) } : {}),
    ...(customChains ? { customChainFdiffs: Array.from({ length: current.chainCount }, () => bits.read(8)) } : {}),
  };
  if (bits.overrun) return new Malformed("truncated", data.length);
  return knowsTemplate(descriptor, current);
}

/** frame_dependency_definition(): the template must be one of the structure's; a miss means that a newer structure was lost. */
function knowsTemplate(
  descriptor: DependencyDescriptor,
  structure: TemplateDependencyStructure | undefined,
): DependencyDescriptor | Malformed<"unknown-template"> {
  const known = structure === undefined || templateIndex(descriptor, structure) < structure.templates.length;
  return known ? descriptor : new Malformed("unknown-template", 0);
}

function templateIndex(descriptor: DependencyDescriptor, structure: TemplateDependencyStructure): number {
  return (descriptor.frameDependencyTemplateId + 64 - structure.templateIdOffset) % 64;
}

/** frame_fdiffs(). The reader gives zeros past the end, which ends the list. */
function readCustomFdiffs(bits: BitReader): number[] {
  const fdiffs: number[] = [];
  for (let size = bits.read(2); size !== 0; size = bits.read(2)) fdiffs.push(bits.read(4 * size) + 1);
  return fdiffs;
}

/** What is known of a frame, template and custom parts joined. */
export interface FrameDependencies {
  /** Spatial layer, 0 to 3. */
  readonly spatialId: number;
  /** Temporal layer, 0 to 7. */
  readonly temporalId: number;
  /** What the frame is to each decode target. */
  readonly dtis: readonly DecodeTargetIndication[];
  /** How many frame numbers back each frame is that it refers to. */
  readonly fdiffs: readonly number[];
  /** For each chain, how many frame numbers back its last frame is; 0: there is none. */
  readonly chainFdiffs: readonly number[];
  /** The largest picture of the spatial layer, if the structure says it. */
  readonly resolution?: RenderResolution;
}

/** The dependencies of the descriptor's frame. Throws `InvalidArgumentError` when the template is not one of the structure's: a parsed descriptor's is. */
export function frameDependencies(descriptor: DependencyDescriptor, structure: TemplateDependencyStructure): FrameDependencies {
  const template = structure.templates[templateIndex(descriptor, structure)];
  if (template === undefined) throw new InvalidArgumentError("the template is not in this structure", { code: "RTP_UNKNOWN_TEMPLATE" });
  const resolution = structure.resolutions?.[template.spatialId];
  return {
    spatialId: template.spatialId,
    temporalId: template.temporalId,
    dtis: descriptor.customDtis ?? template.dtis,
    fdiffs: descriptor.customFdiffs ?? template.fdiffs,
    chainFdiffs: descriptor.customChainFdiffs ?? template.chainFdiffs,
    ...(resolution === undefined ? {} : { resolution }),
  };
}

/** Layer that a decode target reaches: decode_target_layers(). */
export function decodeTargetLayer(structure: TemplateDependencyStructure, decodeTarget: number): { spatialId: number; temporalId: number } {
  let spatialId = 0;
  let temporalId = 0;
  for (const template of structure.templates) {
    if (template.dtis[decodeTarget] === "not-present") continue;
    spatialId = Math.max(spatialId, template.spatialId);
    temporalId = Math.max(temporalId, template.temporalId);
  }
  return { spatialId, temporalId };
}

/**
 * The element's value: 3 octets when nothing but the mandatory fields is present. `structure`: the stream's, needed for `activeDecodeTargets` when the
 * descriptor carries none. Throws `InvalidArgumentError` for what the syntax cannot say.
 */
export function dependencyDescriptorExtension(descriptor: DependencyDescriptor, structure?: TemplateDependencyStructure): Uint8Array {
  const { activeDecodeTargets, customDtis, customFdiffs, customChainFdiffs } = descriptor;
  const bits = new BitWriter();
  bits.flag(descriptor.startOfFrame);
  bits.flag(descriptor.endOfFrame);
  bits.write(descriptor.frameDependencyTemplateId, 6);
  bits.write(descriptor.frameNumber, 16);
  const presence = [descriptor.structure, activeDecodeTargets, customDtis, customFdiffs, customChainFdiffs].map(
    (part) => part !== undefined,
  );
  if (presence.includes(true)) {
    for (const present of presence) bits.flag(present);
    if (descriptor.structure !== undefined) writeTemplateStructure(bits, descriptor.structure);
    const current = descriptor.structure ?? structure;
    if (activeDecodeTargets !== undefined) {
      if (current === undefined) throw new InvalidArgumentError("active decode targets need the structure", { code: "RTP_NO_STRUCTURE" });
      bits.write(activeDecodeTargets, current.decodeTargetCount);
    }
    if (customDtis !== undefined) writeDtis(bits, customDtis);
    if (customFdiffs !== undefined) writeCustomFdiffs(bits, customFdiffs);
    for (const fdiff of customChainFdiffs ?? []) bits.write(fdiff, 8);
  }
  return bits.bytes();
}

function writeCustomFdiffs(bits: BitWriter, fdiffs: readonly number[]): void {
  for (const fdiff of fdiffs) {
    if (!(fdiff >= 1 && fdiff <= 4096)) throw new InvalidArgumentError("a frame difference is 1 to 4096", { code: "RTP_FDIFF" });
    const size = fdiff <= 16 ? 1 : fdiff <= 256 ? 2 : 3;
    bits.write(size, 2);
    bits.write(fdiff - 1, 4 * size);
  }
  bits.write(0, 2);
}
