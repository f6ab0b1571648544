import { Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { VectorReader, VectorWriter } from "./vector.ts";

const bytes = (most: number) => fc.uint8Array({ maxLength: most });

test("RFC 5246 §4.3: what is written is read again, at any size", () => {
  fc.assert(
    fc.property(fc.nat(0xff), fc.nat(0xffff), fc.nat(0xff_ffff), fc.nat(), bytes(255), bytes(3000), bytes(3000), (a, b, c, d, e, f, g) => {
      const written = new VectorWriter().u8(a).u16(b).u24(c).u32(d).vector8(e).vector16(f).vector24(g).finish();
      const reader = new VectorReader(written);
      const read = [reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.vector8(), reader.vector16(), reader.vector24()];
      expect(reader.finish(read)).toEqual([a, b, c, d, e, f, g]);
    }),
  );
});

test("the first fault sticks, and nothing is read after it", () => {
  const reader = new VectorReader(new Uint8Array([5, 1, 2]));
  expect([reader.vector8(), reader.u8(), reader.u32(), reader.more]).toEqual([new Uint8Array(0), 0, 0, false]);
  expect(reader.finish("value")).toEqual(new Malformed("truncated", 3));
});

test("RFC 5246 §4.3: lengths out of bounds, odd lists and unread bytes are faults", () => {
  const fault = (input: readonly number[], read: (reader: VectorReader) => unknown) => {
    const reader = new VectorReader(Uint8Array.from(input));
    read(reader);
    return reader.finish(undefined)?.reason;
  };
  expect(fault([1, 1], (reader) => reader.vector8(2))).toBe("bad-length");
  expect(fault([3, 1, 2, 3], (reader) => reader.vector8(0, 2))).toBe("bad-length");
  expect(fault([0, 3, 1, 2, 3], (reader) => reader.numbers16())).toBe("bad-length");
  expect(fault([0, 0], (reader) => reader.numbers16())).toBe("bad-length");
  expect(fault([1, 2], (reader) => reader.u8())).toBe("trailing-bytes");
});

test("writers write the length they are told", () => {
  expect([...new VectorWriter().vector8(new Uint8Array(1), 200).vector16(new Uint8Array(1), 0x1234).finish()]).toEqual([
    200, 0, 0x12, 0x34, 0,
  ]);
});
