import fc from "fast-check";
import { expect, test } from "vitest";
import { BitReader, BitWriter } from "./bits.ts";
import { leb128End, leb128Length, readLeb128, writeLeb128 } from "./leb128.ts";

test("AV1 RTP §A.8.2: f(n) reads what was written, high bits first", () => {
  const numbers = fc.array(fc.integer({ min: 1, max: 32 }).chain((bits) => fc.tuple(fc.nat(2 ** bits - 1), fc.constant(bits))));
  fc.assert(
    fc.property(numbers, (list) => {
      const writer = new BitWriter();
      for (const [value, bits] of list) writer.write(value, bits);
      const reader = new BitReader(writer.bytes());
      for (const [value, bits] of list) expect(reader.read(bits)).toBe(value);
      expect(reader.overrun).toBe(false);
    }),
  );
  const writer = new BitWriter();
  writer.write(1, 1);
  writer.write(2, 3);
  expect([...writer.bytes()]).toEqual([0b1010_0000]);
});

test("AV1 RTP §A.8.2: ns(5) is the table of the specification", () => {
  const encoded = [0, 1, 2, 3, 4].map((value) => {
    const writer = new BitWriter();
    writer.writeNonSymmetric(value, 5);
    writer.flag(true); // marks the end
    return (writer.bytes()[0]! >>> 0).toString(2).padStart(8, "0").replace(/10*$/, "");
  });
  expect(encoded).toEqual(["00", "01", "10", "110", "111"]);
});

test("AV1 RTP §A.8.2: ns(n) reads what was written, for every n and value", () => {
  for (let count = 1; count <= 33; count++) {
    for (let value = 0; value < count; value++) {
      const writer = new BitWriter();
      writer.writeNonSymmetric(value, count);
      expect(new BitReader(writer.bytes()).readNonSymmetric(count)).toBe(value);
    }
  }
});

test("H.264 §9.1: the first Exp-Golomb codes", () => {
  const reader = new BitReader(Uint8Array.of(0b1_010_011_0, 0b0100_0010, 0b1_0000000));
  expect([reader.readExpGolomb(), reader.readExpGolomb(), reader.readExpGolomb(), reader.readExpGolomb(), reader.readExpGolomb()]).toEqual([
    0, 1, 2, 3, 4,
  ]);
});

test("bits past the end are zeros, and told", () => {
  const reader = new BitReader(Uint8Array.of(0xff), 0, 1);
  expect(reader.read(12)).toBe(0xff0);
  expect(reader.overrun).toBe(true);
  expect(new BitReader(Uint8Array.of(0, 0)).readExpGolomb()).toBeLessThan(2 ** 33);
});

test("AV1 §4.10.5: leb128 of 32 bits, shortest form", () => {
  const out = new Uint8Array(8);
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), (value) => {
      const end = writeLeb128(out, 1, value);
      expect(end - 1).toBe(leb128Length(value));
      expect(leb128End(out, 1, end)).toBe(end);
      expect(readLeb128(out, 1)).toBe(value);
      expect(leb128End(out, 1, end - 1)).toBe(-1);
    }),
  );
});

test("AV1 §4.10.5: leb128 may be longer than needed, up to 8 octets, but not beyond 32 bits", () => {
  const padded = Uint8Array.of(0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00);
  expect(leb128End(padded, 0, 8)).toBe(8);
  expect(readLeb128(padded, 0)).toBe(5);
  expect(leb128End(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0), 0, 9)).toBe(-1);
  expect(leb128End(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f), 0, 5)).toBe(5);
  expect(leb128End(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x10), 0, 5)).toBe(-1);
  expect(leb128End(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x01), 0, 6)).toBe(-1);
});
