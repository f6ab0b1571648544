import { bytesFromHex, DerTag, derBitString, derElement, hexFromBytes } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bitLength, bytesFromInteger, integerFromBytes } from "./big-integer.ts";
import { DerReader, writeDerUnsigned } from "./der.ts";

test("X.690 §8.3: integers read back as they were written, minimally", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1n << 300n }), (value) => {
      const der = writeDerUnsigned(value);
      const reader = new DerReader(der);
      expect(reader.takeUnsigned()).toBe(value);
      expect(reader.atEnd).toBe(true);
      expect(der.length - 2).toBe(Math.floor(bitLength(value) / 8) + 1);
    }),
  );
});

test("X.690 §10.1: lengths are written in their shortest form, and read in no other", () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000]) {
    const der = derElement(DerTag.OCTET_STRING, new Uint8Array(length).fill(7));
    expect(new DerReader(der).take(DerTag.OCTET_STRING)?.length).toBe(length);
    expect(new DerReader(der.subarray(0, der.length - 1)).take(DerTag.OCTET_STRING)).toBeUndefined();
  }
  for (const wrong of ["0480", "04810100", "0482000100", "0483000001ff", "04840000000100", "04ff", "0481", "04", "048180"]) {
    expect(new DerReader(bytesFromHex(wrong)).take(DerTag.OCTET_STRING), wrong).toBeUndefined();
  }
  // Long forms around 128 bytes: right, and with needless zeros.
  const contents = "07".repeat(128);
  expect(new DerReader(bytesFromHex(`048180${contents}`)).take(DerTag.OCTET_STRING)?.length).toBe(128);
  for (const wrong of ["04820080", "0483000080", "048400000080"]) {
    expect(new DerReader(bytesFromHex(`${wrong}${contents}`)).take(DerTag.OCTET_STRING), wrong).toBeUndefined();
  }
});

test("X.690 §8.3.2: negative, padded and empty integers are refused, and nothing is skipped", () => {
  for (const wrong of ["0200", "0201ff", "020180", "02020001", "0202007f", "0203000080"]) {
    const reader = new DerReader(bytesFromHex(wrong));
    expect(reader.takeUnsigned(), wrong).toBeUndefined();
    expect(reader.nextTag).toBe(DerTag.INTEGER);
  }
  expect(new DerReader(bytesFromHex("02020080")).takeUnsigned()).toBe(128n);
});

test("X.690 §8.6: bit strings with unused bits, or without their first octet, are refused", () => {
  for (const wrong of ["0300", "030101", "03020108"]) expect(new DerReader(bytesFromHex(wrong)).takeBitString(), wrong).toBeUndefined();
  expect(new DerReader(derBitString(Uint8Array.of(1, 2))).takeBitString()).toEqual(Uint8Array.of(1, 2));
});

test("der: any bytes are walked without an exception", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const reader = new DerReader(bytes);
      for (let i = 0; i < 3; i++) {
        reader.enter(DerTag.SEQUENCE)?.takeUnsigned();
        reader.takeUnsigned();
        reader.takeBitString();
        if (reader.nextTag !== undefined) reader.take(reader.nextTag);
      }
    }),
  );
});

test("big-integer: bytes and integers are each other's reverse", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      expect(hexFromBytes(bytesFromInteger(integerFromBytes(bytes), bytes.length))).toBe(hexFromBytes(bytes));
    }),
  );
  expect(() => bytesFromInteger(256n, 1)).toThrow(RangeError);
  expect(() => bytesFromInteger(-1n, 1)).toThrow(RangeError);
  expect([0n, 1n, 2n, 255n, 256n, 1n << 521n].map(bitLength)).toEqual([0, 1, 2, 8, 9, 522]);
});
