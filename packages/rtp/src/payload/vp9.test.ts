import { InvalidArgumentError, type Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkAnyPayload, checkPayloadFormat, payloadsOf, receive, type SentPacket, streamOf } from "../../test/packet-stream.ts";
import { isVp9Keyframe, Vp9Depacketizer, Vp9Packetizer } from "./vp9.ts";
import { parseVp9Descriptor, type Vp9Descriptor, vp9DescriptorBytes } from "./vp9-descriptor.ts";

const structure = fc.integer({ min: 1, max: 8 }).chain((spatialLayers) =>
  fc.record(
    {
      spatialLayers: fc.constant(spatialLayers),
      resolutions: fc.array(fc.record({ width: fc.nat(0xffff), height: fc.nat(0xffff) }), {
        minLength: spatialLayers,
        maxLength: spatialLayers,
      }),
      pictureGroup: fc.array(
        fc.record({ temporalId: fc.nat(7), switchingUpPoint: fc.boolean(), referenceDiffs: fc.array(fc.nat(255), { maxLength: 3 }) }),
        { maxLength: 6 },
      ),
    },
    { requiredKeys: ["spatialLayers"] },
  ),
);
const layer = fc.record({
  temporalId: fc.nat(7),
  switchingUpPoint: fc.boolean(),
  spatialId: fc.nat(7),
  interLayerDependency: fc.boolean(),
});
const optional = <T extends object>(present: fc.Arbitrary<T>) => fc.oneof(fc.constant({}), present);
const nonFlexible = fc
  .tuple(
    fc.record(
      {
        interPicturePredicted: fc.boolean(),
        pictureId: fc.nat(0x7fff),
        scalabilityStructure: structure,
        notReferenceForUpper: fc.constant(true),
      },
      { requiredKeys: ["interPicturePredicted"] },
    ),
    optional(fc.record({ layer, tl0PicIdx: fc.nat(255) })),
  )
  .map(([one, two]) => ({ ...one, ...two }));
const flexible = fc
  .tuple(
    fc.record(
      { pictureId: fc.nat(0x7fff), flexible: fc.constant(true), scalabilityStructure: structure, layer },
      { requiredKeys: ["pictureId", "flexible"] },
    ),
    fc.oneof(
      fc.constant({ interPicturePredicted: false }),
      fc.record({
        interPicturePredicted: fc.constant(true),
        referenceDiffs: fc.array(fc.integer({ min: 1, max: 127 }), { minLength: 1, maxLength: 3 }),
      }),
    ),
  )
  .map(([one, two]) => ({ ...one, ...two }));
const descriptors: fc.Arbitrary<Vp9Descriptor> = fc.oneof(nonFlexible, flexible);

const packetizer = new Vp9Packetizer();
function payloads(data: Uint8Array, max: number, descriptor: Vp9Descriptor): Uint8Array[] {
  packetizer.begin(data, max, descriptor);
  return payloadsOf(packetizer, max);
}
const base = (spatialId: number, interPicturePredicted = true): Vp9Descriptor => ({
  interPicturePredicted,
  pictureId: 7,
  layer: { temporalId: 0, switchingUpPoint: false, spatialId, interLayerDependency: spatialId > 0 },
  tl0PicIdx: 3,
});

test("RFC 9628 §4: pictures of one to three layers survive any MTU, and any single loss is noticed", () => {
  checkPayloadFormat({
    frame: fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 3 }),
    expected: (layers) => Uint8Array.from(layers.flatMap((data) => [...data])),
    minRoom: 7,
    packetize: (layers, max) => layers.flatMap((data, spatialId) => payloads(data, max, base(spatialId))),
    depacketizer: () => new Vp9Depacketizer(),
  });
});

test("RFC 9628 §4.2: the descriptor written is the descriptor read, with the structure on the first packet only", () => {
  fc.assert(
    fc.property(descriptors, (descriptor) => {
      const parts = payloads(new Uint8Array(30), vp9DescriptorBytes(descriptor, true).length + 11, descriptor);
      const parsed = parts.map((payload) => parseVp9Descriptor(payload) as Exclude<ReturnType<typeof parseVp9Descriptor>, Malformed>);
      const { startOfFrame, endOfFrame, length: _, ...first } = parsed[0]!;
      expect(first).toEqual(descriptor);
      expect([startOfFrame, endOfFrame]).toEqual([true, false]);
      expect(parsed.at(-1)).toMatchObject({ startOfFrame: false, endOfFrame: true });
      expect(parsed.slice(1).every(({ scalabilityStructure }) => scalabilityStructure === undefined)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("RFC 9628 §4.2: octets of the descriptor", () => {
  expect([...payloads(Uint8Array.of(9), 20, base(1))[0]!]).toEqual([0b1110_1100, 0x80, 7, 0b0000_0011, 3, 9]);
  const flexibleOne = { interPicturePredicted: true, pictureId: 1, flexible: true, referenceDiffs: [1, 5] };
  expect([...payloads(Uint8Array.of(9), 20, flexibleOne)[0]!]).toEqual([0b1101_1100, 0x80, 1, 3, 10, 9]);
  const scalabilityStructure = {
    spatialLayers: 2,
    resolutions: [
      { width: 1, height: 2 },
      { width: 3, height: 4 },
    ],
    pictureGroup: [{ temporalId: 1, switchingUpPoint: true, referenceDiffs: [9] }],
  };
  expect([...payloads(Uint8Array.of(9), 30, { interPicturePredicted: false, scalabilityStructure })[0]!]).toEqual([
    0b0000_1110, 0b0011_1000, 0, 1, 0, 2, 0, 3, 0, 4, 1, 0b0011_0100, 9, 9,
  ]);
  expect(parseVp9Descriptor(Uint8Array.of(0x80, 0x12, 0))).toMatchObject({ pictureId: 0x12 });
});

test("RFC 9628 §4.2: any cut descriptor, and a fourth reference, is refused", () => {
  fc.assert(
    fc.property(descriptors, fc.nat(), (descriptor, cut) => {
      const bytes = vp9DescriptorBytes(descriptor, true);
      expect(parseVp9Descriptor(bytes.subarray(0, cut % (bytes.length + 1)))).toMatchObject({ reason: "truncated" });
    }),
  );
  expect(parseVp9Descriptor(Uint8Array.of(0xd0, 1, 3, 3, 3, 2, 9))).toMatchObject({ reason: "bad-references" });
});

test("RFC 9628 §4.2: layers are told apart; a picture that refers to none before is a keyframe", () => {
  const picture = [...payloads(new Uint8Array(3).fill(1), 20, base(0, false)), ...payloads(new Uint8Array(5).fill(2), 20, base(1, false))];
  const { frames } = receive(new Vp9Depacketizer(), streamOf([picture, payloads(new Uint8Array(1), 20, base(0))], 0));
  expect(frames).toMatchObject([
    {
      keyframe: true,
      layers: [
        { at: 0, length: 3, descriptor: base(0, false) },
        { at: 3, length: 5, descriptor: base(1, false) },
      ],
    },
    { keyframe: false, layers: [{ at: 0, length: 1 }] },
  ]);
});

test("RFC 9628 §4.2: a sender that leaves P clear makes no keyframes of frames that are none", () => {
  const frames = [0b1000_0010, 0b1000_0110, 0b1000_1000].map((head) => Uint8Array.of(head, 0x49, 0x83, 0x42));
  const packets = streamOf(
    frames.map((frame) => payloads(frame, 9, { interPicturePredicted: false })),
    0,
  );
  expect(receive(new Vp9Depacketizer(), packets).frames.map(({ keyframe }) => keyframe)).toEqual([true, false, false]);
});

test("RFC 9628 §4.2: where a forwarder took the lowest layer away, frames come out all the same", () => {
  const { frames, refusals } = receive(
    new Vp9Depacketizer(),
    streamOf(
      [1, 2, 3].map((n) => payloads(new Uint8Array(n), 9, base(2))),
      0,
    ),
  );
  expect([frames.length, refusals]).toEqual([3, []]);
});

test.each<[string, (a: Uint8Array[]) => Uint8Array[]]>([
  ["a layer frame that begins inside another", ([a, b]) => [a!, b!.with(0, b![0]! | 0x08), b!]],
  ["a layer frame that does not begin", ([a, b, c]) => [a!, b!, c!, c!]],
  ["a marker inside a layer frame", ([a, b]) => [a!, b!]],
  ["a descriptor that is cut", ([a, b]) => [a!, b!.subarray(0, 2)]],
])("RFC 9628 §4.2: refuses %s", (_, spoil) => {
  const good = payloads(new Uint8Array(12), 9, base(0));
  expect(good.length).toBe(3);
  const { frames, refusals } = receive(new Vp9Depacketizer(), streamOf([spoil(good)], 0));
  expect(frames).toEqual([]);
  expect(refusals[0]).toBe("malformed");
});

test("RFC 9628 §4: a picture has at most 8 layer frames, and no more octets than the limit", () => {
  const layers = (count: number) => Array.from({ length: count }, (_, i) => payloads(new Uint8Array(2), 9, base(i % 8))[0]!);
  expect(receive(new Vp9Depacketizer(), streamOf([layers(8)], 0))).toMatchObject({ frames: [{ layers: { length: 8 } }], refusals: [] });
  expect(receive(new Vp9Depacketizer(), streamOf([layers(9)], 0))).toMatchObject({ frames: [], refusals: ["malformed"] });
  expect(receive(new Vp9Depacketizer({ maxFrameLength: 9 }), streamOf([layers(5)], 0))).toMatchObject({
    frames: [],
    refusals: ["too-long"],
  });
});

test("RFC 9628 §4: frames end where the timestamp changes, but not inside a layer frame", () => {
  const [a, b] = payloads(new Uint8Array(8), 9, base(0));
  const packets = streamOf([[a!], [a!, b!]], 0, false).map((packet, i): SentPacket => ({ ...packet, marker: i === 2 }));
  expect(receive(new Vp9Depacketizer(), packets)).toMatchObject({ frames: [{ data: { length: 8 }, afterLoss: true }] });
});

test("VP9 §6.2: keyframes by their uncompressed header", () => {
  expect([0x80, 0x84, 0x88, 0x40, 0xb0, 0xb4].map((octet) => isVp9Keyframe(Uint8Array.of(octet, 0x49)))).toEqual([
    true,
    false,
    false,
    false,
    true,
    false,
  ]);
  expect(isVp9Keyframe(new Uint8Array(0))).toBe(false);
});

test("RFC 9628 §4.2: what cannot be said is the caller's mistake", () => {
  const bad = (descriptor: Vp9Descriptor) =>
    expect(() => packetizer.begin(new Uint8Array(1), 100, descriptor)).toThrow(InvalidArgumentError);
  bad({ interPicturePredicted: false, flexible: true });
  bad({ interPicturePredicted: true, flexible: true, pictureId: 1 });
  bad({ interPicturePredicted: true, flexible: true, pictureId: 1, referenceDiffs: [1, 2, 3, 4] });
  bad({ interPicturePredicted: false, scalabilityStructure: { spatialLayers: 9 } });
  bad({ interPicturePredicted: false, scalabilityStructure: { spatialLayers: 1, resolutions: [] } });
  bad({
    interPicturePredicted: false,
    scalabilityStructure: { spatialLayers: 1, pictureGroup: [{ temporalId: 0, switchingUpPoint: false, referenceDiffs: [1, 2, 3, 4] }] },
  });
  expect(() => packetizer.begin(new Uint8Array(1), 5, base(0))).toThrow(InvalidArgumentError);
  expect(() => packetizer.begin(new Uint8Array(0), 50, base(0))).toThrow(InvalidArgumentError);
});

test("RFC 9628 §4.2: any payload is used or refused", () => {
  checkAnyPayload(new Vp9Depacketizer({ maxFrameLength: 200 }), 200);
});
