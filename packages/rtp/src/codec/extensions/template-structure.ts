/**
 * The template dependency structure of the dependency descriptor (AV1 RTP specification §A.8.2, §A.8.3): which layers a coded video sequence has, which
 * frames depend on which, sent once with its first packet.
 */
import { InvalidArgumentError, Malformed } from "@purertc/core";
import type { BitReader, BitWriter } from "../bits.ts";

/** What a frame is to one decode target (table A.1). */
export type DecodeTargetIndication = "not-present" | "discardable" | "switch" | "required";

/** What is said of a frame once, for many frames to refer to. */
export interface FrameDependencyTemplate {
  /** 0 to 3. */
  readonly spatialId: number;
  /** 0 to 7. */
  readonly temporalId: number;
  /** One per decode target. */
  readonly dtis: readonly DecodeTargetIndication[];
  /** Frame number minus that of each frame it refers to, 1 to 16. */
  readonly fdiffs: readonly number[];
  /** One per chain: frame number minus that of the chain's previous frame, 0 to 15; 0: none is needed. */
  readonly chainFdiffs: readonly number[];
}

/** The largest picture of a spatial layer. */
export interface RenderResolution {
  /** 1 to 65 536. */
  readonly width: number;
  /** 1 to 65 536. */
  readonly height: number;
}

/** The structure of a coded video sequence. */
export interface TemplateDependencyStructure {
  /** The frame_dependency_template_id that means `templates[0]`: 0 to 63. */
  readonly templateIdOffset: number;
  /** 1 to 32 of them. */
  readonly decodeTargetCount: number;
  /** 1 to 64, ordered by spatial and then temporal id. */
  readonly templates: readonly FrameDependencyTemplate[];
  /** The chain that protects each decode target; empty when there are no chains. */
  readonly decodeTargetProtectedBy: readonly number[];
  /** Chains: 0 to `decodeTargetCount`. */
  readonly chainCount: number;
  /** One per spatial id, from 0. */
  readonly resolutions?: readonly RenderResolution[];
}

/** Why a structure cannot be read. */
export type TemplateStructureFault = "truncated" | "too-many-templates" | "too-many-layers";

/** template_dependency_structure(). */
export function readTemplateStructure(bits: BitReader): TemplateDependencyStructure | Malformed<TemplateStructureFault> {
  const templateIdOffset = bits.read(6);
  const decodeTargetCount = bits.read(5) + 1;
  const layers = readLayers(bits);
  if (layers instanceof Malformed) return layers;
  const dtis = layers.map(() => readDtis(bits, decodeTargetCount));
  const fdiffs = layers.map(() => readTemplateFdiffs(bits));
  const chainCount = bits.readNonSymmetric(decodeTargetCount + 1);
  const decodeTargetProtectedBy: number[] = [];
  if (chainCount > 0) for (let i = 0; i < decodeTargetCount; i++) decodeTargetProtectedBy.push(bits.readNonSymmetric(chainCount));
  const templates = layers.map((layer, i) => {
    const chainFdiffs: number[] = [];
    for (let chain = 0; chain < chainCount; chain++) chainFdiffs.push(bits.read(4));
    return { ...layer, dtis: dtis[i]!, fdiffs: fdiffs[i]!, chainFdiffs };
  });
  let resolutions: RenderResolution[] | undefined;
  if (bits.flag()) {
    resolutions = [];
    for (let id = 0; id <= layers.at(-1)!.spatialId; id++) resolutions.push({ width: bits.read(16) + 1, height: bits.read(16) + 1 });
  }
  if (bits.overrun) return new Malformed("truncated", bits.position >> 3);
  const structure = { templateIdOffset, decodeTargetCount, templates, decodeTargetProtectedBy, chainCount };
  return resolutions === undefined ? structure : { ...structure, resolutions };
}

/** template_layers(). Bounded: 64 templates, the number of ids there are; 4 spatial and 8 temporal layers, as in AV1's own header. */
function readLayers(bits: BitReader): { spatialId: number; temporalId: number }[] | Malformed<TemplateStructureFault> {
  const layers: { spatialId: number; temporalId: number }[] = [];
  let spatialId = 0;
  let temporalId = 0;
  for (;;) {
    layers.push({ spatialId, temporalId });
    const nextLayerIdc = bits.read(2);
    if (bits.overrun) return new Malformed("truncated", bits.position >> 3);
    if (nextLayerIdc === 3) return layers;
    if (nextLayerIdc === 1) temporalId += 1;
    if (nextLayerIdc === 2) {
      temporalId = 0;
      spatialId += 1;
    }
    if (layers.length === 64) return new Malformed("too-many-templates", bits.position >> 3);
    if (spatialId > 3 || temporalId > 7) return new Malformed("too-many-layers", bits.position >> 3);
  }
}

/** DTIs of one frame: two bits for each decode target. */
export function readDtis(bits: BitReader, count: number): DecodeTargetIndication[] {
  const dtis: DecodeTargetIndication[] = [];
  for (let i = 0; i < count; i++) dtis.push(DTIS[bits.read(2)]!);
  return dtis;
}

/** Writes DTIs of one frame. */
export function writeDtis(bits: BitWriter, dtis: readonly DecodeTargetIndication[]): void {
  for (const dti of dtis) bits.write(DTIS.indexOf(dti), 2);
}

function readTemplateFdiffs(bits: BitReader): number[] {
  const fdiffs: number[] = [];
  while (bits.flag()) fdiffs.push(bits.read(4) + 1);
  return fdiffs;
}

/** Writes the structure. Throws `InvalidArgumentError` for one that the syntax cannot say. */
export function writeTemplateStructure(bits: BitWriter, structure: TemplateDependencyStructure): void {
  const { decodeTargetCount, templates, chainCount, decodeTargetProtectedBy, resolutions } = structure;
  checkStructure(structure);
  bits.write(structure.templateIdOffset, 6);
  bits.write(decodeTargetCount - 1, 5);
  for (let i = 1; i < templates.length; i++) bits.write(nextLayerIdc(templates[i - 1]!, templates[i]!), 2);
  bits.write(3, 2);
  for (const { dtis } of templates) writeDtis(bits, dtis);
  for (const { fdiffs } of templates) {
    for (const fdiff of fdiffs) bits.write(0x10 | (fdiff - 1), 5);
    bits.write(0, 1);
  }
  bits.writeNonSymmetric(chainCount, decodeTargetCount + 1);
  if (chainCount > 0) {
    for (const chain of decodeTargetProtectedBy) bits.writeNonSymmetric(chain, chainCount);
    for (const { chainFdiffs } of templates) for (const fdiff of chainFdiffs) bits.write(fdiff, 4);
  }
  bits.flag(resolutions !== undefined);
  for (const { width, height } of resolutions ?? []) {
    bits.write(width - 1, 16);
    bits.write(height - 1, 16);
  }
}

/** Table A.2. */
function nextLayerIdc(before: FrameDependencyTemplate, template: FrameDependencyTemplate): number {
  if (template.spatialId === before.spatialId && template.temporalId === before.temporalId) return 0;
  if (template.spatialId === before.spatialId && template.temporalId === before.temporalId + 1) return 1;
  if (template.spatialId === before.spatialId + 1 && template.temporalId === 0) return 2;
  throw new InvalidArgumentError("templates must be ordered by layer, without gaps", { code: "RTP_TEMPLATE_STRUCTURE" });
}

function checkStructure(structure: TemplateDependencyStructure): void {
  const { templateIdOffset, decodeTargetCount, templates, chainCount, decodeTargetProtectedBy, resolutions } = structure;
  const within = (value: number, low: number, high: number) => Number.isInteger(value) && value >= low && value <= high;
  const good =
    within(templateIdOffset, 0, 63) &&
    within(decodeTargetCount, 1, 32) &&
    within(templates.length, 1, 64) &&
    templates[0]!.spatialId === 0 &&
    templates[0]!.temporalId === 0 &&
    within(chainCount, 0, decodeTargetCount) &&
    decodeTargetProtectedBy.length === (chainCount > 0 ? decodeTargetCount : 0) &&
    decodeTargetProtectedBy.every((chain) => within(chain, 0, chainCount - 1)) &&
    templates.every(
      ({ spatialId, temporalId, dtis, fdiffs, chainFdiffs }) =>
        within(spatialId, 0, 3) &&
        within(temporalId, 0, 7) &&
        dtis.length === decodeTargetCount &&
        fdiffs.every((fdiff) => within(fdiff, 1, 16)) &&
        chainFdiffs.length === chainCount &&
        chainFdiffs.every((fdiff) => within(fdiff, 0, 15)),
    ) &&
    (resolutions === undefined ||
      (resolutions.length === templates.at(-1)!.spatialId + 1 &&
        resolutions.every(({ width, height }) => within(width, 1, 65_536) && within(height, 1, 65_536))));
  if (!good) throw new InvalidArgumentError("the template structure is out of the syntax's range", { code: "RTP_TEMPLATE_STRUCTURE" });
}

const DTIS = ["not-present", "discardable", "switch", "required"] as const;
