import { InvalidArgumentError, Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { u16 } from "../../../test/arbitraries.ts";
import {
  type DependencyDescriptor,
  decodeTargetLayer,
  dependencyDescriptorExtension,
  frameDependencies,
  parseDependencyDescriptor,
} from "./dependency-descriptor.ts";
import type { DecodeTargetIndication, TemplateDependencyStructure } from "./template-structure.ts";

const letters: Record<string, DecodeTargetIndication> = { "-": "not-present", D: "discardable", S: "switch", R: "required" };
const template = (spatialId: number, temporalId: number, fdiffs: number[], chainFdiffs: number[], dtis: string) => ({
  spatialId,
  temporalId,
  fdiffs,
  chainFdiffs,
  dtis: [...dtis].map((letter) => letters[letter]!),
});

/** AV1 RTP §A.10.2.1. */
const L1T3: TemplateDependencyStructure = {
  templateIdOffset: 60,
  decodeTargetCount: 3,
  chainCount: 1,
  decodeTargetProtectedBy: [0, 0, 0],
  templates: [
    template(0, 0, [], [0], "SSS"),
    template(0, 0, [4], [4], "SSS"),
    template(0, 1, [2], [2], "SD-"),
    template(0, 2, [1], [1], "D--"),
    template(0, 2, [1], [3], "D--"),
  ],
  resolutions: [{ width: 640, height: 480 }],
};

const first: DependencyDescriptor = {
  startOfFrame: true,
  endOfFrame: false,
  frameDependencyTemplateId: 60,
  frameNumber: 0x1234,
  structure: L1T3,
};

const dti = fc.constantFrom<DecodeTargetIndication>("not-present", "discardable", "switch", "required");
const structures: fc.Arbitrary<TemplateDependencyStructure> = fc
  .record({
    templateIdOffset: fc.nat(63),
    decodeTargetCount: fc.integer({ min: 1, max: 32 }),
    steps: fc.array(fc.nat(2), { maxLength: 20 }),
    chains: fc.nat(100),
    withResolutions: fc.boolean(),
  })
  .chain(({ templateIdOffset, decodeTargetCount, steps, chains, withResolutions }) => {
    const chainCount = chains % (decodeTargetCount + 1);
    const layers = [{ spatialId: 0, temporalId: 0 }];
    for (const step of steps) {
      const { spatialId, temporalId } = layers.at(-1)!;
      if (step === 1 && temporalId < 7) layers.push({ spatialId, temporalId: temporalId + 1 });
      else if (step === 2 && spatialId < 3) layers.push({ spatialId: spatialId + 1, temporalId: 0 });
      else layers.push({ spatialId, temporalId });
    }
    const exactly = <T>(one: fc.Arbitrary<T>, length: number) => fc.array(one, { minLength: length, maxLength: length });
    return fc.record({
      templateIdOffset: fc.constant(templateIdOffset),
      decodeTargetCount: fc.constant(decodeTargetCount),
      chainCount: fc.constant(chainCount),
      decodeTargetProtectedBy: chainCount === 0 ? fc.constant([]) : exactly(fc.nat(chainCount - 1), decodeTargetCount),
      templates: fc.tuple(
        ...layers.map((layer) =>
          fc
            .record({
              dtis: exactly(dti, decodeTargetCount),
              fdiffs: fc.array(fc.integer({ min: 1, max: 16 }), { maxLength: 4 }),
              chainFdiffs: exactly(fc.nat(15), chainCount),
            })
            .map((rest) => ({ ...layer, ...rest })),
        ),
      ),
      ...(withResolutions
        ? {
            resolutions: exactly(
              fc.record({ width: fc.integer({ min: 1, max: 65_536 }), height: fc.integer({ min: 1, max: 65_536 }) }),
              layers.at(-1)!.spatialId + 1,
            ),
          }
        : {}),
    });
  });

const described = structures.chain((structure) => {
  const exactly = <T>(one: fc.Arbitrary<T>, length: number) => fc.array(one, { minLength: length, maxLength: length });
  return fc
    .record(
      {
        startOfFrame: fc.boolean(),
        endOfFrame: fc.boolean(),
        template: fc.nat(structure.templates.length - 1),
        frameNumber: u16,
        structure: fc.constant(structure),
        activeDecodeTargets: fc.nat(2 ** structure.decodeTargetCount - 1),
        customDtis: exactly(dti, structure.decodeTargetCount),
        customFdiffs: fc.array(fc.integer({ min: 1, max: 4096 }), { maxLength: 4 }),
        customChainFdiffs: exactly(fc.nat(255), structure.chainCount),
      },
      { requiredKeys: ["startOfFrame", "endOfFrame", "template", "frameNumber"] },
    )
    .map(({ template: index, ...rest }) => {
      const descriptor: DependencyDescriptor = { ...rest, frameDependencyTemplateId: (structure.templateIdOffset + index) % 64 };
      return { structure, descriptor };
    });
});

test("AV1 RTP §A.8.2: a descriptor written is the descriptor parsed, with its own structure or the stream's", () => {
  fc.assert(
    fc.property(described, ({ structure, descriptor }) => {
      const data = dependencyDescriptorExtension(descriptor, structure);
      expect(parseDependencyDescriptor(data, structure)).toEqual(descriptor);
      if (descriptor.structure !== undefined) expect(parseDependencyDescriptor(data)).toEqual(descriptor);
    }),
    { numRuns: 200 },
  );
});

test("AV1 RTP §A.8.2: the structure of example A.10.2.1, bit by bit", () => {
  const bits = [...dependencyDescriptorExtension(first)].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  const expected = [
    "1 0 111100 0001001000110100", // start, end, template 60, frame 0x1234
    "1 0 0 0 0", // structure only
    "111100 00010", // offset 60, 3 decode targets
    "00 01 01 00 11", // same layer, T1, T2, same layer, end
    "101010 101010 100100 010000 010000", // SSS SSS SD- D-- D--
    "0 1 0011 0 1 0001 0 1 0000 0 1 0000 0", // none, 4, 2, 1, 1
    "01", // ns(4) of one chain
    "0000 0100 0010 0001 0011", // protected_by are ns(1), no bits; chain diffs
    "1 0000001001111111 0000000111011111", // 640 x 480
  ]
    .join("")
    .replaceAll(" ", "");
  expect(bits.slice(0, expected.length)).toBe(expected);
  expect(bits.slice(expected.length)).toMatch(/^0{0,7}$/);
});

test("AV1 RTP §A.8.2: mandatory fields alone are 3 octets", () => {
  const descriptor = { startOfFrame: false, endOfFrame: true, frameDependencyTemplateId: 62, frameNumber: 0xfffe };
  expect(dependencyDescriptorExtension(descriptor)).toEqual(Uint8Array.of(0x7e, 0xff, 0xfe));
  expect(parseDependencyDescriptor(Uint8Array.of(0x7e, 0xff, 0xfe), L1T3)).toEqual(descriptor);
  expect(parseDependencyDescriptor(Uint8Array.of(0x7e, 0xff, 0xfe))).toEqual(descriptor);
});

test("AV1 RTP §A.8.2: the template, unless the frame has its own", () => {
  const descriptor = { ...first, frameDependencyTemplateId: 0 };
  expect(frameDependencies(descriptor, L1T3)).toEqual({ ...L1T3.templates[4], resolution: { width: 640, height: 480 } });
  const custom = { customDtis: L1T3.templates[0]!.dtis, customFdiffs: [300], customChainFdiffs: [200] };
  expect(frameDependencies({ ...descriptor, ...custom }, L1T3)).toMatchObject({
    temporalId: 2,
    fdiffs: [300],
    chainFdiffs: [200],
    dtis: custom.customDtis,
  });
  expect(() => frameDependencies({ ...descriptor, frameDependencyTemplateId: 1 }, L1T3)).toThrow(InvalidArgumentError);
});

test("AV1 RTP §A.8.2: decode_target_layers()", () => {
  expect([0, 1, 2].map((target) => decodeTargetLayer(L1T3, target))).toEqual([
    { spatialId: 0, temporalId: 2 },
    { spatialId: 0, temporalId: 1 },
    { spatialId: 0, temporalId: 0 },
  ]);
});

test("AV1 RTP §A.8.2: refuses what it cannot read", () => {
  expect(parseDependencyDescriptor(new Uint8Array(2))).toMatchObject({ reason: "truncated" });
  expect(parseDependencyDescriptor(Uint8Array.of(0x3b, 0, 0), L1T3)).toMatchObject({ reason: "unknown-template" });
  expect(parseDependencyDescriptor(Uint8Array.of(0x01, 0, 0), L1T3)).toMatchObject({ reason: "unknown-template" });
  expect(parseDependencyDescriptor(Uint8Array.of(0x3c, 0, 0, 0x40))).toMatchObject({ reason: "no-structure" });
  const whole = dependencyDescriptorExtension(first);
  for (let length = 4; length < whole.length; length++)
    expect(parseDependencyDescriptor(whole.subarray(0, length))).toMatchObject({ reason: "truncated" });
  expect(parseDependencyDescriptor(Uint8Array.of(0x3c, 0, 0, 0x17, 0xff), L1T3)).toMatchObject({ reason: "truncated" });
});

test("AV1 RTP §A.8.2: a structure has at most 64 templates, 4 spatial and 8 temporal layers", () => {
  const head = "00000000 00000000 00000000 10000 000000 00000 ".replaceAll(" ", "");
  const bytes = (bits: string) => Uint8Array.from(bits.match(/.{8}/g) ?? [], (octet) => Number.parseInt(octet, 2));
  expect(parseDependencyDescriptor(bytes(head + "00".repeat(64) + "0".repeat(800)))).toMatchObject({ reason: "too-many-templates" });
  expect(parseDependencyDescriptor(bytes(head + "10".repeat(4) + "0".repeat(800)))).toMatchObject({ reason: "too-many-layers" });
  expect(parseDependencyDescriptor(bytes(head + "01".repeat(8) + "0".repeat(800)))).toMatchObject({ reason: "too-many-layers" });
  expect(parseDependencyDescriptor(bytes(`${head}${"10".repeat(3)}11${"0".repeat(800)}`))).not.toBeInstanceOf(Malformed);
});

test("AV1 RTP §A.8.2: any bytes are a descriptor or Malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (data, known) => {
      const descriptor = parseDependencyDescriptor(data, known ? L1T3 : undefined);
      if (!(descriptor instanceof Malformed) && descriptor.structure !== undefined) {
        expect(frameDependencies(descriptor, descriptor.structure).dtis.length).toBe(descriptor.structure.decodeTargetCount);
      }
    }),
    { numRuns: 500 },
  );
});

test.each<[string, Partial<TemplateDependencyStructure>]>([
  ["layers out of order", { templates: [L1T3.templates[2]!] }],
  ["a gap between layers", { templates: [L1T3.templates[0]!, L1T3.templates[3]!] }],
  ["no templates", { templates: [] }],
  ["33 decode targets", { decodeTargetCount: 33 }],
  ["more chains than decode targets", { chainCount: 4 }],
  ["protection by a chain that is not", { decodeTargetProtectedBy: [0, 1, 0] }],
  ["resolutions for other layers", { resolutions: [] }],
  ["a picture without width", { resolutions: [{ width: 0, height: 1 }] }],
  ["a template difference of 17", { templates: [{ ...L1T3.templates[0]!, fdiffs: [17] }] }],
])("AV1 RTP §A.8.3: does not write %s", (_, change) => {
  expect(() => dependencyDescriptorExtension({ ...first, structure: { ...L1T3, ...change } })).toThrow(InvalidArgumentError);
});

test("AV1 RTP §A.8.2: does not write what needs a structure without one, nor a difference above 4096", () => {
  const { structure: _, ...bare } = first;
  expect(() => dependencyDescriptorExtension({ ...bare, activeDecodeTargets: 1 })).toThrow(InvalidArgumentError);
  expect(() => dependencyDescriptorExtension({ ...bare, customFdiffs: [4097] })).toThrow(InvalidArgumentError);
});
