import { InvalidArgumentError } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkAnyPayload, checkPayloadFormat, payloadsOf, receive, type SentPacket, streamOf } from "../../test/packet-stream.ts";
import { H264Depacketizer, H264Packetizer, isH264Keyframe } from "./h264.ts";

const annexB = (...units: (readonly number[])[]) => Uint8Array.from(units.flatMap((unit) => [0, 0, 0, 1, ...unit]));
/** Octets that cannot make a start code. */
const unit = fc
  .tuple(fc.nat(3), fc.integer({ min: 1, max: 23 }), fc.array(fc.integer({ min: 1, max: 255 }), { maxLength: 60 }))
  .map(([nri, type, rest]) => [(nri << 5) | type, ...rest]);
/** Delimiters and SPS come first, if at all (H.264 §7.4.1.2.3). */
const accessUnit = fc
  .array(unit, { minLength: 1, maxLength: 5 })
  .map(([first, ...rest]) => [first!, ...rest.filter(([octet]) => ![7, 9].includes(octet! & 0x1f))]);
const SPS = [0x67, 1, 2];
const PPS = [0x68, 3];
const IDR = [0x65, ...new Array(40).fill(7)];
const SLICE = [0x41, ...new Array(10).fill(8)];

function payloads(data: Uint8Array, max: number, mode: 0 | 1 = 1): Uint8Array[] {
  const packetizer = new H264Packetizer({ mode });
  packetizer.begin(data, max);
  return payloadsOf(packetizer, max);
}

test.each([
  ["with delimiters", [[0x09, 0xf0]]],
  ["without delimiters", []],
])("RFC 6184 §5: access units of encoders, %s, are whole or not there, whichever packets are lost", (_, delimiter) => {
  const slice = fc.integer({ min: 1, max: 30 }).map((length) => new Array(length).fill(7));
  const coded = fc.tuple(fc.boolean(), fc.array(slice, { minLength: 1, maxLength: 3 })).map(([key, slices]) => {
    const sets = key ? [SPS, PPS, [0x06, 5, 1]] : [];
    return [...delimiter, ...sets, ...slices.map((rest) => [key ? 0x65 : 0x41, ...rest])];
  });
  checkPayloadFormat({
    frame: coded,
    expected: (units) => annexB(...units),
    minRoom: 3,
    packetize: (units, max) => payloads(annexB(...units), max),
    depacketizer: () => new H264Depacketizer(),
    numRuns: 15,
  });
});

test("RFC 6184 §5: access units survive any MTU in mode 1, and any single loss is noticed", () => {
  checkPayloadFormat({
    frame: accessUnit,
    expected: (units) => annexB(...units),
    minRoom: 3,
    packetize: (units, max) => payloads(annexB(...units), max),
    depacketizer: () => new H264Depacketizer(),
  });
});

test("RFC 6184 §6.2: access units survive in mode 0, each NAL unit in a packet", () => {
  checkPayloadFormat({
    frame: accessUnit,
    expected: (units) => annexB(...units),
    minRoom: 61,
    packetize: (units, max) => {
      const parts = payloads(annexB(...units), max, 0);
      expect(parts.map((part) => [...part])).toEqual(units);
      return parts;
    },
    depacketizer: () => new H264Depacketizer(),
  });
  expect(() => payloads(annexB(IDR), 40, 0)).toThrow(InvalidArgumentError);
});

test("RFC 6184 §5.7.1: parameter sets and a slice share a STAP-A of the highest NRI", () => {
  const [stap, ...rest] = payloads(annexB([0x27, 1], [0x68, 3], [0x06, 5]), 100);
  expect([...stap!]).toEqual([0x78, 0, 2, 0x27, 1, 0, 2, 0x68, 3, 0, 2, 0x06, 5]);
  expect(rest).toEqual([]);
});

test("RFC 6184 §5.8: FU-A: the NAL unit's first octet is told by the two of each fragment", () => {
  const parts = payloads(annexB([0x65, 1, 2, 3, 4, 5]), 5);
  expect(parts.map((part) => [...part])).toEqual([
    [0x7c, 0x85, 1, 2, 3],
    [0x7c, 0x45, 4, 5],
  ]);
});

test("H.264 annex B: start codes of three or more octets and trailing zeros are no part of a NAL unit", () => {
  const bytes = Uint8Array.of(0, 0, 1, ...SPS, 0, 0, 0, 0, 1, ...PPS, 0, 0, 0, 0, 1, 0, 0, 1, ...SLICE, 0, 0);
  expect(receive(new H264Depacketizer(), streamOf([payloads(bytes, 30)], 0)).frames[0]!.data).toEqual(annexB(SPS, PPS, SLICE));
  expect(() => payloads(Uint8Array.of(0, 0, 1), 30)).toThrow(InvalidArgumentError);
  expect(() => payloads(Uint8Array.of(1, 2, 3, 4), 30)).toThrow(InvalidArgumentError);
  expect(payloads(Uint8Array.of(0, 0, 1, 0x41, 9, 0, 0, 1), 30)).toEqual([Uint8Array.of(0x41, 9)]);
  expect(() => payloads(annexB([0x1c, 1]), 30)).toThrow(InvalidArgumentError);
  expect(() => payloads(annexB([0x00, 1]), 30)).toThrow(InvalidArgumentError);
  expect(() => payloads(annexB(SLICE), 2)).toThrow(InvalidArgumentError);
});

test("RFC 6184 §5: a keyframe is an IDR picture, single, aggregated or fragmented", () => {
  for (const max of [200, 50, 43, 20, 5]) {
    const { frames } = receive(new H264Depacketizer(), streamOf([payloads(annexB(SPS, PPS, IDR), max), payloads(annexB(SLICE), max)], 0));
    expect(frames.map(({ keyframe }) => keyframe)).toEqual([true, false]);
  }
  expect([isH264Keyframe(annexB(SPS, PPS, IDR)), isH264Keyframe(annexB(SPS, PPS, SLICE))]).toEqual([true, false]);
});

test.each<[string, number[][], string]>([
  ["STAP-B", [[25, 0, 0, 0, 1, 1]], "unsupported"],
  ["MTAP16", [[26, 0, 0, 0, 1, 1]], "unsupported"],
  ["MTAP24", [[27, 0, 0, 0, 1, 1]], "unsupported"],
  ["FU-B", [[29, 0x81, 0, 0, 1]], "unsupported"],
  ["type 0", [[0, 1]], "malformed"],
  ["type 31", [[31, 1]], "malformed"],
  ["an empty STAP-A", [[24]], "malformed"],
  ["a STAP-A with an empty NAL unit", [[24, 0, 0]], "malformed"],
  ["a STAP-A whose NAL unit is longer than it", [[24, 0, 3, 1, 1]], "malformed"],
  ["a STAP-A with half a length", [[24, 0, 1, 1, 0]], "malformed"],
  ["a STAP-A in a STAP-A", [[24, 0, 4, 24, 0, 1, 1]], "malformed"],
  ["a FU-A without its second octet", [[0x41, 1], [28]], "malformed"],
  ["a FU-A that starts and ends", [[28, 0xc1, 1]], "malformed"],
  ["a FU-A of a FU-A", [[28, 0x9c, 1]], "malformed"],
  [
    "a FU-A that changes its type",
    [
      [28, 0x81, 1],
      [28, 0x45, 1],
    ],
    "malformed",
  ],
  [
    "a FU-A that starts within another",
    [
      [28, 0x81, 1],
      [28, 0x81, 1],
    ],
    "malformed",
  ],
  [
    "a NAL unit within a FU-A",
    [
      [28, 0x81, 1],
      [0x41, 1],
      [28, 0x41, 1],
    ],
    "malformed",
  ],
  ["a marker on an open FU-A", [[28, 0x81, 1]], "malformed"],
  [
    "a FU-A that goes on where none is open",
    [
      [0x41, 1],
      [28, 0x01, 1],
    ],
    "malformed",
  ],
])("RFC 6184 §5.4 to §5.8: refuses %s", (_, list, reason) => {
  const { frames, refusals } = receive(new H264Depacketizer(), streamOf([list.map((octets) => Uint8Array.from(octets))], 0));
  expect(frames).toEqual([]);
  expect(refusals[0]).toBe(reason);
});

test("RFC 6184 §5.8: fragments may be empty", () => {
  const list = [
    [0x7c, 0x85],
    [0x7c, 0x05, 1],
    [0x7c, 0x45],
  ];
  const { frames } = receive(new H264Depacketizer(), streamOf([list.map((octets) => Uint8Array.from(octets))], 0));
  expect(frames.map(({ data }) => data)).toEqual([annexB([0x65, 1])]);
});

test("RFC 6184 §5.8: a fragment that never ends is given up at its limit", () => {
  const bomb = [Uint8Array.of(0x7c, 0x85, 1), ...new Array(50).fill(Uint8Array.of(0x7c, 0x05, ...new Array(10).fill(1)))];
  const { frames, refusals } = receive(new H264Depacketizer({ maxFrameLength: 100 }), streamOf([bomb, payloads(annexB(SLICE), 30)], 0));
  expect(refusals[0]).toBe("too-long");
  expect(new Set(refusals.slice(1))).toEqual(new Set(["missing-start"]));
  expect(frames).toMatchObject([{ data: annexB(SLICE), afterLoss: true }]);
});

test("H.264 §7.4.1.2.3: after a loss, an access unit that begins with a delimiter or an SPS is taken at once; any other may lack its first NAL units", () => {
  const lossy = (second: Uint8Array): number[] => {
    const packets = streamOf([payloads(annexB(SLICE), 30), payloads(annexB(SLICE), 30), [second], payloads(annexB(SLICE), 30)], 0);
    return receive(
      new H264Depacketizer(),
      packets.filter(({ frame }) => frame !== 1),
    ).frames.map(({ timestamp }) => ((timestamp - 0xffff_f000) | 0) / 3000);
  };
  expect(lossy(Uint8Array.of(0x09, 0xf0))).toEqual([0, 2, 3]);
  expect(lossy(Uint8Array.from(SPS))).toEqual([0, 2, 3]);
  expect(lossy(payloads(annexB(SPS, PPS), 30)[0]!)).toEqual([0, 2, 3]);
  expect(lossy(Uint8Array.from(SLICE))).toEqual([0, 3]);
  // Where delimiters begin access units, what begins with an SPS has lost its delimiter.
  const delimited = [[0x09, 0xf0], SPS, SLICE];
  const packets = streamOf(
    [0, 1, 2].map(() => payloads(annexB(...delimited), 7)),
    0,
  );
  const { frames } = receive(
    new H264Depacketizer(),
    packets.filter(({ payload, frame }) => frame !== 1 || (payload[0]! & 0x1f) !== 9),
  );
  expect(frames.map(({ data }) => data.length)).toEqual([annexB(...delimited).length, annexB(...delimited).length]);
});

test("RFC 3550 §5.1: one packet missing after one without a marker was the end of that frame", () => {
  const two = payloads(annexB([0x65, ...new Array(30).fill(1)]), 20);
  const packets: SentPacket[] = streamOf([payloads(annexB(SLICE), 30), two, payloads(annexB(SLICE), 30)], 0);
  const { frames } = receive(
    new H264Depacketizer(),
    packets.filter((_, i) => i !== two.length),
  );
  expect(frames).toMatchObject([{ afterLoss: false }, { data: annexB(SLICE), afterLoss: true }]);
});

test("RFC 6184 §5.4: any payload is used or refused", () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.tuple(fc.constantFrom(24, 28, 1, 5), fc.uint8Array({ maxLength: 20 })).map(([type, rest]) => Uint8Array.of(type, ...rest)),
  );
  checkAnyPayload(new H264Depacketizer({ maxFrameLength: 200 }), 200, payload);
});
