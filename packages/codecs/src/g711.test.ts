import fc from "fast-check";
import { expect, test } from "vitest";
import { ALAW_SILENCE, decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw, MULAW_SILENCE } from "./g711.ts";

/**
 * The recommendation's tables, written from their text and not as shifts: decision values x(n) and quantized values y(n) of one polarity,
 * in units of 16-bit samples. Table 1: A-law, 13 bits. Table 2: mu-law, 14 bits.
 */
function positiveIntervals(first: number, firstCount: number, scale: number): { decision: number; value: number }[] {
  const widths: number[] = first === 1 ? [1] : [];
  let width = 2;
  while (widths.length < firstCount) widths.push(width);
  while (widths.length < 128) {
    width *= 2;
    for (let i = 0; i < 16; i++) widths.push(width);
  }
  let decision = 0;
  return widths.map((size, n) => {
    const value = first === 1 && n === 0 ? 0 : decision + size / 2;
    const interval = { decision: decision * scale, value: value * scale };
    decision += size;
    return interval;
  });
}

const ALAW = positiveIntervals(2, 32, 8); // 32 intervals of 2, 16 of 4, ... 16 of 128
const MULAW = positiveIntervals(1, 16, 4); // one of 1, 15 of 2, 16 of 4, ... 16 of 256

/** Tables 1 and 2, notes: the character signals. */
const alawOctet = (n: number, negative: boolean) => ((negative ? 0 : 0x80) | n) ^ 0x55;
const mulawOctet = (n: number, negative: boolean) => (negative ? 0x7f : 0xff) - n;

const everySample = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);

test.each([
  ["A-law, tables 1a and 1b", ALAW, alawOctet, encodeAlaw, decodeAlaw],
  ["mu-law, tables 2a and 2b", MULAW, mulawOctet, encodeMulaw, decodeMulaw],
] as const)("G.711 %s: each of the 65536 samples falls into its interval", (_, intervals, octet, encode, decode) => {
  const octets = new Uint8Array(65536);
  expect(encode(everySample, octets)).toBe(65536);
  let n = 0;
  const wrong: number[] = [];
  for (let magnitude = 0; magnitude < 32768; magnitude++) {
    while (n < 127 && magnitude >= intervals[n + 1]!.decision) n += 1;
    if (octets[32768 + magnitude] !== octet(n, false)) wrong.push(magnitude);
    if (octets[32767 - magnitude] !== octet(n, true)) wrong.push(-1 - magnitude);
  }
  expect(wrong).toEqual([]);
  const samples = new Int16Array(1);
  for (const [index, { value }] of intervals.entries()) {
    decode(Uint8Array.of(octet(index, false)), samples);
    expect(samples[0]).toBe(value);
    decode(Uint8Array.of(octet(index, true)), samples);
    expect(samples[0]).toBe(value === 0 ? 0 : -value);
  }
});

test.each([
  ["A-law", encodeAlaw, decodeAlaw],
  ["mu-law", encodeMulaw, decodeMulaw],
] as const)("G.711 %s: what was decoded encodes to the same octet and decodes to the same sample", (_, encode, decode) => {
  const octets = Uint8Array.from({ length: 256 }, (_, i) => i);
  const samples = new Int16Array(256);
  expect(decode(octets, samples)).toBe(256);
  const again = new Uint8Array(256);
  encode(samples, again);
  const changed = [...again].flatMap((octet, i) => (octet === i ? [] : [i]));
  expect(changed).toEqual(decode === decodeMulaw ? [0x7f] : []); // mu-law's negative zero is a zero like the other
  const twice = new Int16Array(256);
  decode(again, twice);
  expect(twice).toEqual(samples);
});

test("G.711: silence is the smallest positive value", () => {
  const out = new Uint8Array(1);
  encodeAlaw(Int16Array.of(0), out);
  expect(out[0]).toBe(ALAW_SILENCE);
  encodeMulaw(Int16Array.of(0), out);
  expect(out[0]).toBe(MULAW_SILENCE);
});

test("G.711: an output that is too short is refused before anything is written", () => {
  const octets = new Uint8Array(2);
  expect(() => encodeAlaw(new Int16Array(3).fill(1000), octets)).toThrow(expect.objectContaining({ code: "CODEC_OUTPUT_TOO_SMALL" }));
  expect([...octets]).toEqual([0, 0]);
  expect(() => decodeMulaw(new Uint8Array(3), new Int16Array(2))).toThrow(RangeError);
});

test("G.711: any octets decode and stay within the range; longer outputs keep their rest", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (octets) => {
      const out = new Int16Array(octets.length + 1).fill(77);
      expect(decodeAlaw(octets, out)).toBe(octets.length);
      expect(out[octets.length]).toBe(77);
    }),
  );
});
