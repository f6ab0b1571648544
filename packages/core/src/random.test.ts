import { expect, test } from "vitest";
import { ICE_CHARS, type RandomSource, randomBelow, randomBytes, randomString, randomU32 } from "./random.ts";

/** Gives the bytes of a list, then starts again. */
function scripted(...bytes: readonly number[]): RandomSource {
  let at = 0;
  return {
    fill: (out) => {
      for (let i = 0; i < out.length; i++) {
        out[i] = bytes[at % bytes.length]!;
        at += 1;
      }
    },
  };
}

/** A linear congruential generator; good enough to see a bias of one in three. */
function shuffled(): RandomSource {
  let state = 12_345;
  return {
    fill: (out) => {
      for (let i = 0; i < out.length; i++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        out[i] = state >>> 16;
      }
    },
  };
}

test("bytes and 32-bit numbers are what the source gave", () => {
  expect(randomBytes(scripted(1, 2, 3), 4)).toEqual(Uint8Array.of(1, 2, 3, 1));
  expect(randomBytes(scripted(1), 0)).toEqual(new Uint8Array(0));
  expect(randomU32(scripted(0xff, 0xfe, 0xfd, 0xfc))).toBe(0xfffe_fdfc);
});

test("randomBelow draws again where a remainder would be biased", () => {
  // 2^32 = 3 * 1431655765 + 1: the last value alone would make 0 likelier.
  expect(randomBelow(scripted(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2), 3)).toBe(2);
  expect(randomBelow(scripted(0xff, 0xff, 0xff, 0xfe), 3)).toBe(0xffff_fffe % 3);
  // 2^31 + 1 fits once: half of all draws are thrown away.
  expect(randomBelow(scripted(0x80, 0, 0, 1, 0x80, 0, 0, 0), 0x8000_0001)).toBe(0x8000_0000);
});

test("randomBelow covers its range evenly", () => {
  const random = shuffled();
  const counts = [0, 0, 0];
  for (let i = 0; i < 30_000; i++) counts[randomBelow(random, 3)]! += 1;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  expect(randomBelow(random, 1)).toBe(0);
  expect(randomBelow(scripted(0xff), 0x1_0000_0000)).toBe(0xffff_ffff);
});

test.each([0, -1, 1.5, Number.NaN, 0x1_0000_0001])("randomBelow(%d) is refused", (bound) => {
  expect(() => randomBelow(scripted(0), bound)).toThrow(RangeError);
});

test("RFC 8839 §5.4: ice-char is a letter, a digit, + or /: 64 in all", () => {
  expect(new Set(ICE_CHARS).size).toBe(64);
  expect(ICE_CHARS).toMatch(/^[A-Za-z0-9+/]*$/);
  const text = randomString(shuffled(), 10_000, ICE_CHARS);
  expect(text).toMatch(/^[A-Za-z0-9+/]{10000}$/);
  expect(new Set(text).size).toBe(64);
  expect(randomString(shuffled(), 0, ICE_CHARS)).toBe("");
});
