import { InvalidArgumentError } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkAnyPayload, checkPayloadFormat, payloadsOf, receive, streamOf } from "../../test/packet-stream.ts";
import { Av1Depacketizer, Av1Packetizer } from "./av1.ts";
import { isAv1Keyframe } from "./obu.ts";

interface Obu {
  readonly type: number;
  readonly layer?: number;
  readonly payload: readonly number[];
}
const leb128 = (value: number): number[] => (value < 128 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >> 7)]);
const unitOf = (obus: readonly Obu[]) =>
  Uint8Array.from(
    obus.flatMap(({ type, layer, payload }) => [
      (type << 3) | (layer === undefined ? 0 : 4) | 2,
      ...(layer === undefined ? [] : [layer << 3]),
      ...leb128(payload.length),
      ...payload,
    ]),
  );
const obu: fc.Arbitrary<Obu> = fc
  .record({
    type: fc.constantFrom(1, 3, 4, 5, 6, 7, 15),
    layer: fc.option(fc.nat(3), { nil: undefined }),
    payload: fc.array(fc.nat(255), { maxLength: 150 }),
  })
  .map(({ layer, ...rest }) => ({ ...rest, ...(layer === undefined ? {} : { layer }) }));
const SEQUENCE: Obu = { type: 1, payload: [0, 0, 1] };
const KEY: Obu = { type: 6, payload: [0x10, ...new Array(30).fill(5)] };
const DELTA: Obu = { type: 6, payload: [0x30, 9, 9] };
const DELIMITER: Obu = { type: 2, payload: [] };

function payloads(data: Uint8Array, max: number): Uint8Array[] {
  const packetizer = new Av1Packetizer();
  packetizer.begin(data, max);
  return payloadsOf(packetizer, max);
}

test("AV1 RTP §4.4: temporal units survive any MTU, and any single loss is noticed", () => {
  checkPayloadFormat({
    frame: fc.array(obu, { minLength: 1, maxLength: 6 }),
    expected: unitOf,
    minRoom: 2,
    packetize: (obus, max) => payloads(unitOf(obus), max),
    depacketizer: () => new Av1Depacketizer(),
    numRuns: 80,
  });
});

test("AV1 RTP §4.4: large packets too", () => {
  fc.assert(
    fc.property(fc.array(obu, { minLength: 1, maxLength: 20 }), fc.integer({ min: 100, max: 1200 }), (obus, max) => {
      const { frames } = receive(new Av1Depacketizer(), streamOf([payloads(unitOf(obus), max)], 0));
      expect(frames[0]!.data).toEqual(unitOf(obus));
    }),
  );
});

test("AV1 RTP §4.4: Z, Y, W and N", () => {
  const heads = payloads(unitOf([SEQUENCE, KEY]), 25).map(([octet]) => octet);
  expect(heads).toEqual([0b0110_1000, 0b1001_0000]);
  expect([...payloads(unitOf([DELTA]), 20)[0]!]).toEqual([0x10, 0x30, 0x30, 9, 9]); // has_size_field cleared, no length
  expect([...payloads(unitOf([SEQUENCE, DELTA]), 20)[0]!]).toEqual([0x28, 4, 0x08, 0, 0, 1, 0x30, 0x30, 9, 9]);
  const four = payloads(unitOf([SEQUENCE, DELTA, DELTA, DELTA]), 40);
  expect(four.map((payload) => [...payload])).toEqual([
    [0x08, 4, 8, 0, 0, 1, 4, 0x30, 0x30, 9, 9, 4, 0x30, 0x30, 9, 9, 4, 0x30, 0x30, 9, 9],
  ]);
});

test("AV1 RTP §5: temporal delimiters and tile lists are neither sent nor handed out", () => {
  const tileList: Obu = { type: 8, payload: [1, 2] };
  expect(payloads(unitOf([DELIMITER, SEQUENCE, tileList, KEY]), 100)).toEqual(payloads(unitOf([SEQUENCE, KEY]), 100));
  const payload = Uint8Array.of(0x30, 1, 0x10, 3, 0x40, 1, 2, 0x30, 0x30);
  expect(receive(new Av1Depacketizer(), streamOf([[payload]], 0)).frames[0]!.data).toEqual(unitOf([{ type: 6, payload: [0x30] }]));
  expect(() => payloads(unitOf([DELIMITER]), 100)).toThrow(InvalidArgumentError);
});

test("AV1 RTP §5: OBUs of different layers do not share a packet", () => {
  const layered = [0, 1].map((layer): Obu => ({ type: 6, layer, payload: [0x30, 1] }));
  expect(payloads(unitOf([SEQUENCE, ...layered]), 100).length).toBe(2);
  expect(payloads(unitOf([SEQUENCE, layered[0]!, layered[0]!]), 100).length).toBe(1);
  expect(payloads(unitOf([layered[0]!, SEQUENCE, layered[1]!]), 100).length).toBe(2);
});

test("AV1 §5.3: the last OBU may lack its size, in a unit and in an element", () => {
  const bare = Uint8Array.of(0x30, 0x30, 9, 9);
  expect(payloads(bare, 20)).toEqual(payloads(unitOf([DELTA]), 20));
  const sized = Uint8Array.of(0x10, 0x32, 3, 0x30, 9, 9);
  expect(receive(new Av1Depacketizer(), streamOf([[sized]], 0)).frames[0]!.data).toEqual(unitOf([DELTA]));
});

test("AV1 §5.9.2: a keyframe has a sequence header and a first frame of type KEY_FRAME", () => {
  expect(isAv1Keyframe(unitOf([DELIMITER, SEQUENCE, KEY]))).toBe(true);
  expect(isAv1Keyframe(unitOf([SEQUENCE, DELTA]))).toBe(false);
  expect(isAv1Keyframe(unitOf([KEY]))).toBe(false);
  expect(isAv1Keyframe(unitOf([SEQUENCE, { type: 3, payload: [0x80] }]))).toBe(false); // show_existing_frame
  expect(
    isAv1Keyframe(
      unitOf([
        { type: 1, payload: [0x18] },
        { type: 6, payload: [0xff] },
      ]),
    ),
  ).toBe(true); // reduced_still_picture_header
  expect(isAv1Keyframe(unitOf([SEQUENCE, { type: 6, payload: [] }]))).toBe(false);
  expect(isAv1Keyframe(Uint8Array.of(0x80))).toBe(false);
  for (const max of [100, 30, 8, 2]) {
    const { frames } = receive(
      new Av1Depacketizer(),
      streamOf([payloads(unitOf([SEQUENCE, KEY]), max), payloads(unitOf([DELTA]), max)], 0),
    );
    expect(frames.map(({ keyframe }) => keyframe)).toEqual([true, false]);
  }
});

test.each<[string, number[][]]>([
  ["an aggregation header alone", [[0x10]]],
  ["a length beyond the payload", [[0x00, 9, 0x30]]],
  ["a length that does not end", [[0x00, 0x80]]],
  ["fewer elements than W says", [[0x20, 2, 0x30, 0x30]]],
  ["an empty element", [[0x00, 0]]],
  ["the forbidden bit", [[0x10, 0xb0, 1]]],
  ["an extension that is cut", [[0x10, 0x34]]],
  ["a size field that is wrong", [[0x10, 0x32, 4, 1, 2, 3]]],
  ["a size field that does not end", [[0x10, 0x32, 0x80]]],
  [
    "an OBU that should continue and does not",
    [
      [0x50, 0x30, 1],
      [0x10, 0x30, 1],
    ],
  ],
  [
    "an OBU that continues where none is open",
    [
      [0x10, 0x30, 1],
      [0x90, 1],
    ],
  ],
  [
    "a new sequence that continues",
    [
      [0x50, 0x30, 1],
      [0x98, 1],
    ],
  ],
  ["a marker on an open OBU", [[0x50, 0x30, 1]]],
])("AV1 RTP §4.4, §4.5: refuses %s", (_, list) => {
  const { frames, refusals } = receive(new Av1Depacketizer(), streamOf([list.map((octets) => Uint8Array.from(octets))], 0));
  expect(frames).toEqual([]);
  expect(refusals[0]).toBe("malformed");
});

test("AV1 RTP §4.5: an OBU, or a unit, that never ends is given up at its limit", () => {
  const small = () => new Av1Depacketizer({ maxFrameLength: 100 });
  const open = [Uint8Array.of(0x50, 0x30, 1), ...new Array(40).fill(Uint8Array.of(0xd0, 1, 2, 3, 4, 5))];
  const after = payloads(unitOf([DELTA]), 30);
  const one = receive(small(), streamOf([open, after], 0));
  expect([one.refusals[0], one.frames.length, one.frames[0]!.afterLoss]).toEqual(["too-long", 1, true]);
  const many = receive(small(), streamOf([new Array(40).fill(Uint8Array.of(0x10, 0x30, 1, 2)), after], 0));
  expect([many.refusals[0], many.frames.length]).toEqual(["too-long", 1]);
});

test("AV1 RTP §4.4: a unit of very many frames costs time in proportion to its octets", () => {
  const elements = new Array(400).fill([2, 0x30, 0x30]).flat();
  const payload = Uint8Array.of(0, ...elements);
  const packets = streamOf([new Array(100).fill(payload)], 0);
  const before = process.cpuUsage();
  receive(new Av1Depacketizer(), packets);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(1000);
});

test("AV1 RTP §4.4: N starts a unit even after a loss", () => {
  const packets = streamOf([payloads(unitOf([DELTA]), 30), payloads(unitOf([DELTA]), 30), payloads(unitOf([SEQUENCE, KEY]), 100)], 0);
  const { frames } = receive(
    new Av1Depacketizer(),
    packets.filter(({ frame }) => frame !== 1),
  );
  expect(frames.map(({ keyframe, afterLoss }) => [keyframe, afterLoss])).toEqual([
    [false, false],
    [true, true],
  ]);
});

test("AV1 §5.3: what is no temporal unit is the caller's mistake", () => {
  for (const bad of [[], [0x80], [0x32], [0x32, 5, 1], [0x34], [0x32, 0x80]])
    expect(() => payloads(Uint8Array.from(bad), 30)).toThrow(InvalidArgumentError);
  expect(() => payloads(unitOf([DELTA]), 1)).toThrow(InvalidArgumentError);
});

test("AV1 RTP §4.4: any payload is used or refused", () => {
  checkAnyPayload(new Av1Depacketizer({ maxFrameLength: 200 }), 200);
});
