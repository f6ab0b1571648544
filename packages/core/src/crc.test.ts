import * as fc from "fast-check";
import { expect, test } from "vitest";
import { crc32, crc32c, crc32cZeroing } from "./crc.ts";

/** One bit at a time, as the definition has it. */
function slow(reflectedPolynomial: number, bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ reflectedPolynomial : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** Long enough for several steps of 16 bytes read as words, with every alignment and remainder. */
const bytes = fc.uint8Array({ maxLength: 200 });

test("RFC 8489 §14.7, RFC 9260 appendix A: both CRCs agree with the definition, at every length", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      expect(crc32(value)).toBe(slow(0xedb8_8320, value));
      expect(crc32c(value)).toBe(slow(0x82f6_3b78, value));
    }),
  );
});

test("a part of an array, and a view into a buffer, are the bytes in them", () => {
  fc.assert(
    fc.property(bytes, fc.nat(200), fc.nat(200), (value, x, y) => {
      const from = Math.min(x, y, value.length);
      const to = Math.min(Math.max(x, y), value.length);
      const part = value.slice(from, to);
      expect(crc32(value, from, to)).toBe(crc32(part));
      expect(crc32c(value, from, to)).toBe(crc32c(part));
      expect(crc32c(value.subarray(from, to))).toBe(crc32c(part));
    }),
  );
});

test("RFC 9260 §6.8: the checksum field is read as zero and left in place", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 200 }), fc.nat(), (packet, choice) => {
      const at = choice % (packet.length - 3);
      const zeroed = Uint8Array.from(packet).fill(0, at, at + 4);
      const before = Uint8Array.from(packet);
      expect(crc32cZeroing(packet, 0, packet.length, at)).toBe(crc32c(zeroed));
      expect(packet).toEqual(before);
    }),
  );
});

test("every alignment of long arrays, whose middle is read as words", () => {
  const whole = Uint8Array.from({ length: 300 }, (_, i) => i * 151);
  for (let start = 0; start < 8; start++) {
    const view = whole.subarray(start);
    for (let from = 0; from < 8; from++) {
      for (let to = 250; to < 280; to++) expect(crc32c(view, from, to)).toBe(slow(0x82f6_3b78, view.subarray(from, to)));
    }
  }
});

test("every single bit error in a packet is found", () => {
  const packet = Uint8Array.from({ length: 64 }, (_, i) => i * 37);
  const right = crc32c(packet);
  for (let bit = 0; bit < 512; bit++) {
    packet[bit >> 3]! ^= 1 << (bit & 7);
    expect(crc32c(packet)).not.toBe(right);
    packet[bit >> 3]! ^= 1 << (bit & 7);
  }
});
