import * as fc from "fast-check";
import { expect, test } from "vitest";
import { stringFromUtf8, utf8FromString, utf8Length } from "./text.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Any UTF-16, unpaired surrogates included. */
const anyText = fc
  .array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff }), fc.nat(0x7f)))
  .map((units) => String.fromCharCode(...units));

/** Bytes that are nearly UTF-8: lead bytes, continuation bytes and the values at the edges of both. */
const nearlyUtf8 = fc
  .array(
    fc.constantFrom(
      0x00,
      0x41,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc0,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xe1,
      0xec,
      0xed,
      0xee,
      0xef,
      0xf0,
      0xf1,
      0xf3,
      0xf4,
      0xf5,
      0xff,
    ),
    {
      maxLength: 24,
    },
  )
  .map((bytes) => Uint8Array.from(bytes));

test("RFC 3629 §3: encoding agrees with TextEncoder for any string", () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: "binary" })), (text) => {
      const bytes = utf8FromString(text);
      expect(bytes).toEqual(encoder.encode(text));
      expect(utf8Length(text)).toBe(bytes.length);
    }),
  );
});

test("RFC 3629 §3: decoding agrees with TextDecoder for any bytes", () => {
  fc.assert(
    fc.property(fc.oneof(nearlyUtf8, fc.uint8Array()), (bytes) => {
      expect(stringFromUtf8(bytes)).toBe(decoder.decode(bytes));
    }),
    { numRuns: 2000 },
  );
});

test("RFC 3629 §4: decoding agrees with TextDecoder for all sequences of a lead byte and two more", () => {
  const bytes = new Uint8Array(3);
  for (let lead = 0x7f; lead <= 0xff; lead++) {
    for (const second of [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]) {
      for (const third of [0x41, 0x80, 0xbf, 0xe2]) {
        bytes.set([lead, second, third]);
        expect(stringFromUtf8(bytes)).toBe(decoder.decode(bytes));
      }
    }
  }
});

test("RFC 3629 §3: what is well-formed survives both ways, at the edges of every length", () => {
  for (const point of [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xffff, 0x1_0000, 0x10_ffff]) {
    const text = `a${String.fromCodePoint(point)}z`;
    expect(stringFromUtf8(utf8FromString(text))).toBe(text);
  }
});

test("RFC 3629 §6: a leading byte order mark is kept", () => {
  expect(stringFromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe("\ufeffA");
});

test("long texts do not overflow the stack, and are cut nowhere", () => {
  const text = `${"x".repeat(4095)}\u{1f600}`.repeat(50);
  expect(stringFromUtf8(utf8FromString(text))).toBe(text);
  const long = "é".repeat(1_000_000);
  expect(stringFromUtf8(utf8FromString(long))).toBe(long);
});
