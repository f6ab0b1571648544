import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes, hexFromBytes } from "./bytes.ts";
import {
  DerTag,
  derBitString,
  derElement,
  derElementAt,
  derObjectIdentifier,
  derSequence,
  derTime,
  derUnsignedInteger,
  derUtf8String,
} from "./der.ts";
import { Malformed } from "./malformed.ts";

test("X.690 §8.1: what is written is found again, with its tag and its contents, behind and before anything", () => {
  const contents = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(127, 128, 255, 256, 65_535, 65_536).map((n) => new Uint8Array(n)),
  );
  fc.assert(
    fc.property(fc.nat(0xff), contents, fc.uint8Array({ maxLength: 5 }), (tag, content, around) => {
      fc.pre((tag & 0x1f) !== 0x1f);
      const element = derElement(tag, content);
      const bytes = concatBytes(around, element, around);
      const end = around.length + element.length;
      expect(derElementAt(bytes, around.length, bytes.length)).toEqual({ tag, start: end - content.length, end });
      expect(derElementAt(bytes, around.length, end - 1)).toBeInstanceOf(Malformed);
    }),
  );
});

test("X.690 §8.1: no bytes throw, and what is found lies within the limit", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.nat(14), (bytes, at) => {
      const found = derElementAt(bytes, at, bytes.length);
      if (!(found instanceof Malformed)) expect(found.end).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

test.each([
  [[0x30], "truncated"],
  [[0x1f, 0x01, 0x00], "bad-tag"],
  [[0x30, 0x80, 0x00, 0x00], "bad-length"],
  [[0x30, 0x85, 0, 0, 0, 0, 0], "bad-length"],
  [[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], "truncated"],
  [[0x30, 0x82, 0x01], "truncated"],
])("X.690 §8.1.2, §8.1.3: %j is no element: %s", (bytes, reason) => {
  expect(derElementAt(Uint8Array.from(bytes), 0, bytes.length)).toMatchObject({ reason });
});

test("X.690 §8.3, §8.6, §8.19, §8.14: integers that stay positive, bit strings, object identifiers, sequences", () => {
  expect(hexFromBytes(derUnsignedInteger(Uint8Array.of(0, 0, 0x7f)))).toBe("02017f");
  expect(hexFromBytes(derUnsignedInteger(Uint8Array.of(0x80)))).toBe("02020080");
  expect(hexFromBytes(derUnsignedInteger(Uint8Array.of(0)))).toBe("020100");
  expect(hexFromBytes(derBitString(Uint8Array.of(1, 2)))).toBe("0303000102");
  expect(hexFromBytes(derObjectIdentifier("1.2.840.113549.1.1.11"))).toBe("06092a864886f70d01010b");
  expect(hexFromBytes(derObjectIdentifier("2.5.4.3"))).toBe("0603550403");
  expect(hexFromBytes(derSequence(derUtf8String("é"), derElement(DerTag.NULL)))).toBe("30060c02c3a90500");
});

test("RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050, leap days and month ends right", () => {
  const text = (unixMs: number): string => Buffer.from(derTime(unixMs)).subarray(2).toString("latin1");
  expect(text(Date.UTC(1999, 11, 31, 23, 59, 59))).toBe("991231235959Z");
  expect(text(Date.UTC(2000, 1, 29))).toBe("000229000000Z");
  expect(text(Date.UTC(2049, 11, 31, 23, 59, 59, 999))).toBe("491231235959Z");
  expect(text(Date.UTC(2050, 0, 1))).toBe("20500101000000Z");
  expect(text(Date.UTC(2100, 1, 28, 1, 2, 3))).toBe("21000228010203Z");
  for (let day = 0; day < 60_000; day += 17) {
    const at = day * 86_400_000 + 12_345_000;
    const iso = new Date(at).toISOString().replace(/[-:T]|\.000/g, "");
    expect(text(at)).toBe(at < Date.UTC(2050, 0, 1) ? iso.slice(2) : iso);
  }
});
