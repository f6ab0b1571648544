import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type AnnexBCodec, AnnexBReader } from "./annex-b.ts";

const START = [0, 0, 0, 1];
/** NAL units of H.264: their types are the low five bits; the second octet of a slice begins with first_mb_in_slice. */
const AUD = [0x09, 0xf0];
const SPS = [0x67, 0x42, 0xe0, 0x1f];
const PPS = [0x68, 0xce];
const IDR = [0x65, 0x88, 1, 2, 3];
const IDR_REST = [0x65, 0x40, 4, 5];
const SLICE = [0x41, 0x9a, 6, 7];
const END = [0x0a];

function bytes(...units: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(units.flatMap((unit) => [...START, ...unit]));
}

function read(stream: Uint8Array, lengths: readonly number[], reader = new AnnexBReader("video/H264")): Uint8Array[] {
  const units: Uint8Array[] = [];
  const poll = (): void => {
    for (let unit = reader.poll(); unit !== undefined; unit = reader.poll()) units.push(unit);
  };
  for (let at = 0, i = 0; at < stream.length; i++) {
    const length = lengths[i % lengths.length]!;
    reader.push(stream.subarray(at, at + length));
    at += length;
    poll();
  }
  reader.end();
  poll();
  return units;
}

test("H.264 §7.4.1.2.3: access units begin at delimiters, parameter sets and first slices", () => {
  const stream = bytes(SPS, PPS, IDR, IDR_REST, SLICE, AUD, SLICE, SPS, PPS, IDR, END);
  expect(read(stream, [1000])).toEqual([bytes(SPS, PPS, IDR, IDR_REST), bytes(SLICE), bytes(AUD, SLICE), bytes(SPS, PPS, IDR, END)]);
});

test("H.264 annex B: short start codes, zeros before and after, and how the stream is cut do not matter", () => {
  const short = Uint8Array.of(0, 0, 1, ...SPS, 0, 0, 0, 1, ...PPS, 0, 0, 0, 0, 0, 1, ...IDR, 0, 0, 0, 1, ...SLICE, 0, 0);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (lengths) => {
      expect(read(short, lengths)).toEqual([bytes(SPS, PPS, IDR), bytes(SLICE)]);
    }),
  );
});

test("H.265 §7.4.2.4.4: access units begin at parameter sets and first slice segments", () => {
  const [vps, sps, first, rest, sei] = [
    [0x40, 1, 9],
    [0x42, 1, 9],
    [0x26, 1, 0x80, 9],
    [0x26, 1, 0x20, 9],
    [0x50, 1, 9],
  ] as const;
  const units = read(bytes(vps, sps, first, rest, sei, first), [7], new AnnexBReader("video/H265"));
  expect(units).toEqual([bytes(vps, sps, first, rest, sei), bytes(first)]); // a suffix SEI belongs to what is before it
});

test("annex B: what never ends is refused", () => {
  for (const stream of [bytes(IDR, new Array<number>(300).fill(5)), bytes(...new Array<readonly number[]>(100).fill(IDR_REST))]) {
    const reader = new AnnexBReader("video/H264", { maxAccessUnitLength: 200 });
    expect(read(stream, [20], reader)).toEqual([]);
    expect(reader.tooLarge).toBe(true);
  }
});

test("annex B: any octets are read to an end without a throw", () => {
  const octet = fc.oneof(fc.constant(0), fc.constant(1), fc.nat(255));
  const codec = fc.constantFrom<AnnexBCodec>("video/H264", "video/H265");
  fc.assert(
    fc.property(fc.array(octet, { maxLength: 100 }), fc.integer({ min: 1, max: 30 }), codec, (octets, length, mimeType) => {
      read(Uint8Array.from(octets), [length], new AnnexBReader(mimeType));
    }),
  );
});
