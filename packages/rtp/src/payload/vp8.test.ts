import { InvalidArgumentError, type Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkAnyPayload, checkPayloadFormat, payloadsOf, receive, streamOf } from "../../test/packet-stream.ts";
import { isVp8Keyframe, parseVp8Descriptor, Vp8Depacketizer, type Vp8Descriptor, Vp8Packetizer, vp8FrameSize } from "./vp8.ts";

const descriptors: fc.Arbitrary<Vp8Descriptor> = fc
  .record(
    {
      nonReference: fc.constant(true),
      pictureId: fc.nat(0x7fff),
      tl0PicIdx: fc.nat(255),
      layer: fc.record({ temporalId: fc.nat(3), layerSync: fc.boolean() }),
      keyIndex: fc.nat(31),
    },
    { requiredKeys: [] },
  )
  .map(({ layer, ...rest }) => ({ ...rest, ...layer }));

const packetizer = new Vp8Packetizer();
function payloads(data: Uint8Array, max: number, descriptor?: Vp8Descriptor): Uint8Array[] {
  packetizer.begin(data, max, descriptor);
  return payloadsOf(packetizer, max);
}

test("RFC 7741 §4: frames survive any MTU, and any single loss is noticed", () => {
  checkPayloadFormat({
    frame: fc.record({ data: fc.uint8Array({ minLength: 1, maxLength: 150 }), descriptor: descriptors }),
    expected: ({ data }) => data,
    minRoom: 7,
    packetize: ({ data, descriptor }, max) => payloads(data, max, descriptor),
    depacketizer: () => new Vp8Depacketizer(),
  });
});

test("RFC 7741 §4.2: the descriptor written is the descriptor read", () => {
  fc.assert(
    fc.property(descriptors, (descriptor) => {
      const [first] = payloads(new Uint8Array(4), 20, descriptor);
      const { length, startOfPartition, partitionIndex, ...parsed } = parseVp8Descriptor(first!) as Exclude<
        ReturnType<typeof parseVp8Descriptor>,
        Malformed
      >;
      expect(parsed).toEqual(descriptor);
      expect([startOfPartition, partitionIndex, first!.length - length]).toEqual([true, 0, 4]);
      const { frames } = receive(new Vp8Depacketizer(), streamOf([[first!]], 0));
      expect(frames[0]!.descriptor).toEqual(descriptor);
    }),
  );
});

test("RFC 7741 §4.2: octets of the descriptor", () => {
  expect([...payloads(Uint8Array.of(1), 9)[0]!]).toEqual([0x10, 1]);
  const all = { nonReference: true, pictureId: 0x1234, tl0PicIdx: 0xab, temporalId: 2, layerSync: true, keyIndex: 5 };
  expect([...payloads(Uint8Array.of(1), 9, all)[0]!]).toEqual([0xb0, 0xf0, 0x92, 0x34, 0xab, 0xa5, 1]);
  expect(parseVp8Descriptor(Uint8Array.of(0x90, 0x80, 0x11, 1))).toMatchObject({ pictureId: 0x11, length: 3 });
});

test("RFC 7741 §4.4: packets are as equal as can be, S only on the first", () => {
  const parts = payloads(new Uint8Array(100), 41);
  expect(parts.map(({ length }) => length)).toEqual([35, 34, 34]);
  expect(parts.map(([octet]) => octet)).toEqual([0x10, 0, 0]);
});

test("RFC 7741 §4.2: a descriptor that is cut, or nothing after it, is refused", () => {
  const whole = payloads(Uint8Array.of(1), 9, { pictureId: 0x1234, tl0PicIdx: 1, temporalId: 1, keyIndex: 1 })[0]!;
  for (let length = 1; length < whole.length; length++) {
    const payload = whole.subarray(0, length);
    expect(parseVp8Descriptor(payload)).toMatchObject({ reason: "truncated" });
    expect(receive(new Vp8Depacketizer(), streamOf([[payload]], 0)).refusals).toEqual(["malformed"]);
    expect(receive(new Vp8Depacketizer(), streamOf([[whole, payload]], 0))).toEqual({ frames: [], refusals: ["malformed"] });
  }
});

test("RFC 7741 §4.3: keyframes, and their size", () => {
  const keyframe = Uint8Array.of(0x10, 2, 0, 0x9d, 1, 0x2a, 0x80, 0x42, 0xe0, 0x01, 0);
  expect(vp8FrameSize(keyframe)).toEqual({ width: 640, height: 480 });
  expect([isVp8Keyframe(keyframe), isVp8Keyframe(keyframe.with(0, 0x11)), isVp8Keyframe(new Uint8Array(0))]).toEqual([true, false, false]);
  expect(vp8FrameSize(keyframe.with(0, 0x11))).toBeUndefined();
  expect(vp8FrameSize(keyframe.with(3, 0))).toBeUndefined();
  const { frames } = receive(new Vp8Depacketizer(), streamOf([payloads(keyframe, 9), payloads(keyframe.with(0, 0x11), 9)], 0));
  expect(frames.map((frame) => frame.keyframe)).toEqual([true, false]);
});

test("RFC 7741 §4: a frame that never ends is given up at its limit, and the next one is whole", () => {
  const depacketizer = new Vp8Depacketizer({ maxFrameLength: 100 });
  const bomb = streamOf([payloads(new Uint8Array(101), 31), payloads(new Uint8Array(100).fill(1), 31)], 0);
  const { frames, refusals } = receive(depacketizer, bomb);
  expect(refusals).toEqual(["too-long"]);
  expect(frames).toMatchObject([{ data: new Uint8Array(100).fill(1), afterLoss: true }]);
});

test("RFC 3550 §5.1: late packets and repeats are refused and change nothing; padding-only packets belong to no frame", () => {
  const [a, b, c] = payloads(new Uint8Array(90).fill(1), 31);
  const [one, two, three] = streamOf([[a!, b!, c!]], 10);
  expect(receive(new Vp8Depacketizer(), [one!, two!, one!, two!, three!])).toMatchObject({
    frames: [{ afterLoss: false }],
    refusals: ["late", "late"],
  });
  const probe = { ...two!, payload: new Uint8Array(0) };
  const after = [
    { ...two!, sequenceNumber: 12 },
    { ...three!, sequenceNumber: 13 },
  ];
  expect(receive(new Vp8Depacketizer(), [one!, probe, ...after])).toMatchObject({ frames: [{ data: { length: 90 } }], refusals: [] });
  expect(receive(new Vp8Depacketizer(), [one!, { ...probe, sequenceNumber: 10 }])).toMatchObject({ refusals: ["late"] });
  expect(receive(new Vp8Depacketizer(), [one!, { ...probe, sequenceNumber: 12 }, { ...two!, sequenceNumber: 13 }])).toMatchObject({
    frames: [],
    refusals: ["missing-start"],
  });
});

test("RFC 7741 §4: what cannot be sent is the caller's mistake", () => {
  expect(() => packetizer.begin(new Uint8Array(0), 100)).toThrow(InvalidArgumentError);
  for (const room of [1, 0, -5, Number.NaN]) expect(() => packetizer.begin(new Uint8Array(1), room)).toThrow(InvalidArgumentError);
});

test("RFC 7741 §4.2: any payload is used or refused", () => {
  checkAnyPayload(new Vp8Depacketizer({ maxFrameLength: 200 }), 200);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 30 }), (payload) => void expect(parseVp8Descriptor(payload)).toBeTypeOf("object")));
});
