import { InvalidArgumentError } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkAnyPayload, checkPayloadFormat, payloadsOf, receive, streamOf } from "../../test/packet-stream.ts";
import { H265Depacketizer, H265Packetizer, isH265Keyframe } from "./h265.ts";

const annexB = (...units: (readonly number[])[]) => Uint8Array.from(units.flatMap((unit) => [0, 0, 0, 1, ...unit]));
const header = (type: number, layerId = 0, temporalId = 1) => [(type << 1) | (layerId >> 5), ((layerId & 0x1f) << 3) | temporalId];
const unit = fc
  .tuple(fc.nat(47), fc.nat(63), fc.integer({ min: 1, max: 7 }), fc.array(fc.integer({ min: 1, max: 255 }), { maxLength: 60 }))
  .map(([type, layerId, temporalId, rest]) => [...header(type, layerId, temporalId), ...rest]);
/** Delimiters, VPS and SPS come first, if at all (H.265 §7.4.2.4.4). */
const accessUnit = fc
  .array(unit, { minLength: 1, maxLength: 5 })
  .map(([first, ...rest]) => [first!, ...rest.filter(([octet]) => ![32, 33, 35].includes(octet! >> 1))]);
const VPS = [...header(32), 1];
const IDR = [...header(19), ...new Array(40).fill(7)];
const SLICE = [...header(1), ...new Array(10).fill(8)];

function payloads(data: Uint8Array, max: number): Uint8Array[] {
  const packetizer = new H265Packetizer();
  packetizer.begin(data, max);
  return payloadsOf(packetizer, max);
}

test.each([
  ["with delimiters", [[...header(35), 0x50]]],
  ["without delimiters", []],
])("RFC 7798 §4.4: access units of encoders, %s, are whole or not there, whichever packets are lost", (_, delimiter) => {
  const slice = fc.integer({ min: 1, max: 30 }).map((length) => new Array(length).fill(7));
  const coded = fc.tuple(fc.boolean(), fc.array(slice, { minLength: 1, maxLength: 3 })).map(([key, slices]) => {
    const sets = key ? [VPS, [...header(33), 2, 3], [...header(34), 4], [...header(39), 5]] : [];
    return [...delimiter, ...sets, ...slices.map((rest) => [...header(key ? 19 : 1), ...rest])];
  });
  checkPayloadFormat({
    frame: coded,
    expected: (units) => annexB(...units),
    minRoom: 4,
    packetize: (units, max) => payloads(annexB(...units), max),
    depacketizer: () => new H265Depacketizer(),
    numRuns: 15,
  });
});

test("RFC 7798 §4.4: access units survive any MTU, and any single loss is noticed", () => {
  checkPayloadFormat({
    frame: accessUnit,
    expected: (units) => annexB(...units),
    minRoom: 4,
    packetize: (units, max) => payloads(annexB(...units), max),
    depacketizer: () => new H265Depacketizer(),
  });
});

test("RFC 7798 §4.4.2: an aggregation packet has the lowest layer and temporal id", () => {
  const [packet, ...rest] = payloads(annexB([...header(33, 5, 3), 1], [...header(34, 2, 6), 2]), 100);
  expect([...packet!]).toEqual([...header(48, 2, 3), 0, 3, ...header(33, 5, 3), 1, 0, 3, ...header(34, 2, 6), 2]);
  expect(rest).toEqual([]);
});

test("RFC 7798 §4.4.3: fragmentation units keep layer and temporal id", () => {
  const parts = payloads(annexB([...header(19, 33, 2), 1, 2, 3, 4, 5]), 6);
  expect(parts.map((part) => [...part])).toEqual([
    [...header(49, 33, 2), 0x80 | 19, 1, 2, 3],
    [...header(49, 33, 2), 0x40 | 19, 4, 5],
  ]);
});

test("RFC 7798 §4: a keyframe is a random access picture, single, aggregated or fragmented", () => {
  for (const max of [200, 50, 42, 20, 6]) {
    const { frames } = receive(new H265Depacketizer(), streamOf([payloads(annexB(VPS, IDR), max), payloads(annexB(SLICE), max)], 0));
    expect(frames.map(({ keyframe }) => keyframe)).toEqual([true, false]);
  }
  expect([15, 16, 23, 24].map((type) => isH265Keyframe(annexB([...header(type), 1])))).toEqual([false, true, true, false]);
});

test.each<[string, number[][], string]>([
  ["a PACI without its second word", [[...header(50), 0, 0].slice(0, 3)], "malformed"],
  ["a PACI with more header extension than octets", [[...header(50), 19 << 1, 3 << 4, 1, 2]], "malformed"],
  ["a PACI in another", [[...header(50), 50 << 1, 0, 1, 2]], "malformed"],
  ["a PACI of an empty aggregation packet", [[...header(50), 48 << 1, 0]], "malformed"],
  ["type 51", [[...header(51), 1]], "malformed"],
  ["a NAL unit of one octet", [[2]], "malformed"],
  ["an empty aggregation packet", [header(48)], "malformed"],
  ["an aggregation packet with an empty NAL unit", [[...header(48), 0, 0]], "malformed"],
  ["an aggregation packet with a NAL unit of one octet", [[...header(48), 0, 1, 2]], "malformed"],
  ["an aggregation packet whose NAL unit is longer than it", [[...header(48), 0, 9, 2, 1]], "malformed"],
  ["an aggregation packet with half a length", [[...header(48), 0, 2, 2, 1, 0]], "malformed"],
  ["an aggregation packet in another", [[...header(48), 0, 2, ...header(48)]], "malformed"],
  [
    "an empty fragmentation unit",
    [
      [...header(49), 0x81, 1],
      [...header(49), 0x41],
    ],
    "malformed",
  ],
  ["a fragmentation unit that starts and ends", [[...header(49), 0xc1, 1]], "malformed"],
  ["a fragment of an aggregation packet", [[...header(49), 0x80 | 48, 1]], "malformed"],
  [
    "a fragment that changes its type",
    [
      [...header(49), 0x81, 1],
      [...header(49), 0x42, 1],
    ],
    "malformed",
  ],
  [
    "a fragment that starts within another",
    [
      [...header(49), 0x81, 1],
      [...header(49), 0x81, 1],
    ],
    "malformed",
  ],
  [
    "a NAL unit within a fragment",
    [
      [...header(49), 0x81, 1],
      [2, 1],
      [...header(49), 0x41, 1],
    ],
    "malformed",
  ],
  ["a marker on an open fragment", [[...header(49), 0x81, 1]], "malformed"],
])("RFC 7798 §4.4: refuses %s", (_, list, reason) => {
  const { frames, refusals } = receive(new H265Depacketizer(), streamOf([list.map((octets) => Uint8Array.from(octets))], 0));
  expect(frames).toEqual([]);
  expect(refusals[0]).toBe(reason);
});

test("RFC 7798 §4.4.4: PACI packets carry NAL units, aggregation packets and fragmentation units, whatever their header extension", () => {
  /** Octets of `payload` behind A, cType, PHSsize and F0, with as much header extension. */
  const wrapped = (payload: Uint8Array, extension: number): Uint8Array =>
    Uint8Array.of(
      (50 << 1) | (payload[0]! & 1),
      payload[1]!,
      (payload[0]! & 0xfe) | (extension >> 4),
      ((extension & 15) << 4) | 0x08,
      ...new Array(extension).fill(0xee),
      ...payload.subarray(2),
    );
  for (const extension of [0, 3, 16, 31]) {
    for (const max of [200, 20, 6]) {
      const units = [
        [...header(32, 33, 2), 1],
        [...header(19, 33, 2), ...new Array(40).fill(7)],
      ];
      units[0]![0]! |= 0x80; // F
      const packets = payloads(annexB(...units), max).map((payload) => wrapped(payload, extension));
      const { frames, refusals } = receive(new H265Depacketizer(), streamOf([packets], 0));
      expect(refusals).toEqual([]);
      expect(frames).toMatchObject([{ data: annexB(...units), keyframe: true }]);
    }
  }
});

test("RFC 7798 §4.4.3: a fragment that never ends is given up at its limit", () => {
  const bomb = [Uint8Array.of(...header(49), 0x81, 1), ...new Array(50).fill(Uint8Array.of(...header(49), 0x01, ...new Array(10).fill(1)))];
  const { frames, refusals } = receive(new H265Depacketizer({ maxFrameLength: 100 }), streamOf([bomb, payloads(annexB(SLICE), 30)], 0));
  expect(refusals[0]).toBe("too-long");
  expect(frames).toMatchObject([{ data: annexB(SLICE), afterLoss: true }]);
});

test("H.265 §7.4.2.4.4: after a loss, an access unit that begins with a delimiter or a VPS is taken at once; any other may lack its first NAL units", () => {
  const lossy = (second: Uint8Array): number[] => {
    const packets = streamOf([payloads(annexB(SLICE), 30), payloads(annexB(SLICE), 30), [second], payloads(annexB(SLICE), 30)], 0);
    return receive(
      new H265Depacketizer(),
      packets.filter(({ frame }) => frame !== 1),
    ).frames.map(({ timestamp }) => ((timestamp - 0xffff_f000) | 0) / 3000);
  };
  for (const type of [32, 35]) expect(lossy(Uint8Array.of(...header(type), 1))).toEqual([0, 2, 3]);
  expect(lossy(payloads(annexB(VPS, SLICE), 30)[0]!)).toEqual([0, 2, 3]);
  expect(lossy(Uint8Array.from(SLICE))).toEqual([0, 3]);
  expect(lossy(Uint8Array.of(...header(33), 1))).toEqual([0, 3]);
});

test("RFC 7798 §4: what cannot be sent is the caller's mistake", () => {
  expect(() => payloads(annexB([...header(48), 1]), 30)).toThrow(InvalidArgumentError);
  expect(() => payloads(annexB([2]), 30)).toThrow(InvalidArgumentError);
  expect(() => payloads(new Uint8Array(0), 30)).toThrow(InvalidArgumentError);
  expect(() => payloads(annexB(SLICE), 3)).toThrow(InvalidArgumentError);
});

test("RFC 7798 §4.4: any payload is used or refused", () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc
      .tuple(fc.constantFrom(48, 49, 50, 1, 19), fc.uint8Array({ maxLength: 20 }))
      .map(([type, rest]) => Uint8Array.of(type << 1, 1, ...rest)),
  );
  checkAnyPayload(new H265Depacketizer({ maxFrameLength: 200 }), 200, payload);
});
