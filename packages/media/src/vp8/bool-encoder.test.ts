import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BoolEncoder } from "./bool-encoder.ts";

/** The decoder of RFC 6386 §7.3, in its plainest form. */
function decode(bytes: Uint8Array, probabilities: readonly number[]): boolean[] {
  let [value, range, at, shifted] = [((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0), 255, 2, 0];
  return probabilities.map((probability) => {
    const split = 1 + (((range - 1) * probability) >> 8);
    const bit = value >= split << 8;
    if (bit) value -= split << 8;
    range = bit ? range - split : split;
    for (; range < 128; range *= 2) {
      value <<= 1;
      if (++shifted === 8) {
        value |= bytes[at++] ?? 0;
        shifted = 0;
      }
    }
    return bit;
  });
}

function expectRoundTrip(encoder: BoolEncoder, given: readonly (readonly [bit: boolean, probability: number])[]): void {
  for (const [bit, probability] of given) encoder.writeBool(bit, probability);
  const probabilities = given.map(([, probability]) => probability);
  expect(decode(encoder.finish(), probabilities)).toEqual(given.map(([bit]) => bit));
}

const bits = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 255 })), { maxLength: 300 });

test("RFC 6386 §7.3: what is written is decoded, also by an encoder that was used before", () => {
  const encoder = new BoolEncoder();
  fc.assert(
    fc.property(bits, (given) => {
      encoder.reset();
      expectRoundTrip(encoder, given);
    }),
  );
});

test("RFC 6386 §7.3: carries run through octets of 255, and memory grows", () => {
  const encoder = new BoolEncoder();
  const given = Array.from({ length: 40_000 }, (_, i) => [i % 17 !== 0, i % 2 === 0 ? 1 : 255] as const);
  expectRoundTrip(encoder, given);
});

test("RFC 6386 §8: literals are bits at even odds, high bit first", () => {
  const encoder = new BoolEncoder();
  encoder.writeLiteral(0b1011, 4);
  expect(decode(encoder.finish(), [128, 128, 128, 128])).toEqual([true, false, true, true]);
});
