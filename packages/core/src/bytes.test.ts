import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  bytesFromHex,
  concatBytes,
  copyBytes,
  equalBytes,
  hexFromBytes,
  readU16,
  readU24,
  readU32,
  readU48,
  readU64,
  writeU16,
  writeU24,
  writeU32,
  writeU48,
  writeU64,
} from "./bytes.ts";

const bytes = fc.uint8Array({ maxLength: 40 });

test("reads agree with DataView, at every offset of every view", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 32 }), fc.nat(7), (whole, start) => {
      const view = whole.subarray(start);
      const data = new DataView(view.buffer, view.byteOffset, view.byteLength);
      for (let at = 0; at + 8 <= view.length; at++) {
        expect(readU16(view, at)).toBe(data.getUint16(at));
        expect(readU24(view, at)).toBe(data.getUint32(at) >>> 8);
        expect(readU32(view, at)).toBe(data.getUint32(at));
        expect(readU48(view, at)).toBe(Number(data.getBigUint64(at) >> 16n));
        expect(readU64(view, at)).toBe(data.getBigUint64(at));
      }
    }),
  );
});

test("writes agree with DataView and touch nothing else", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(4), (value, at) => {
      const expected = (size: number): Uint8Array => {
        const out = new Uint8Array(16).fill(0xaa);
        for (let i = 0; i < size; i++) out[at + i] = Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn);
        return out;
      };
      const written = (write: (out: Uint8Array) => void): Uint8Array => {
        const out = new Uint8Array(16).fill(0xaa);
        write(out);
        return out;
      };
      expect(written((out) => writeU16(out, at, Number(value & 0xffffn)))).toEqual(expected(2));
      expect(written((out) => writeU24(out, at, Number(value & 0xff_ffffn)))).toEqual(expected(3));
      expect(written((out) => writeU32(out, at, Number(value & 0xffff_ffffn)))).toEqual(expected(4));
      expect(written((out) => writeU48(out, at, Number(value & 0xffff_ffff_ffffn)))).toEqual(expected(6));
      expect(written((out) => writeU64(out, at, value))).toEqual(expected(8));
    }),
  );
});

test("what is written is read, at the ends of the ranges", () => {
  const out = new Uint8Array(8);
  for (const value of [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
    writeU32(out, 0, value);
    expect(readU32(out, 0)).toBe(value);
  }
  for (const value of [0, 0xffff_ffff, 0x1_0000_0000, 2 ** 47, 2 ** 48 - 1]) {
    writeU48(out, 0, value);
    expect(readU48(out, 0)).toBe(value);
  }
});

test("bytes beyond the end read as zero", () => {
  const one = Uint8Array.of(0xff);
  expect(readU16(one, 0)).toBe(0xff00);
  expect(readU24(one, 0)).toBe(0xff_0000);
  expect(readU32(one, 0)).toBe(0xff00_0000);
  expect(readU48(one, 0)).toBe(0xff00_0000_0000);
  expect(readU64(one, 1)).toBe(0n);
});

test("concatBytes joins in order into a new array", () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 5 }), (parts) => {
      expect([...concatBytes(...parts)]).toEqual(parts.flatMap((part) => [...part]));
    }),
  );
});

test("copyBytes copies, also out of a Node Buffer, whose slice would be a view", () => {
  const buffer = Buffer.from([1, 2, 3]);
  const copy = copyBytes(buffer.subarray(1));
  buffer.fill(9);
  expect(copy).toEqual(Uint8Array.of(2, 3));
  expect(copy.buffer.byteLength).toBe(2);
});

test("equalBytes compares contents", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(equalBytes(a, b)).toBe(Buffer.from(a).equals(b));
      expect(equalBytes(a, copyBytes(a))).toBe(true);
    }),
  );
});

test("hexadecimal agrees with Buffer, both ways and in either case", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const text = hexFromBytes(value);
      expect(text).toBe(Buffer.from(value).toString("hex"));
      expect(bytesFromHex(text)).toEqual(value);
      expect(bytesFromHex(text.toUpperCase())).toEqual(value);
    }),
  );
});

test.each(["0", "abc", "0g", "0x", " 00", "00\n", "é0"])("%j is not hexadecimal", (text) => {
  expect(() => bytesFromHex(text)).toThrow(SyntaxError);
});
