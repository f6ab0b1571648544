import { bytesFromHex, hexFromBytes } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseChannelData, writeChannelData } from "./channel-data.ts";

test("RFC 8656 §12.4: header, data, and padding on streams", () => {
  const out = new Uint8Array(12).fill(0xee);
  const message = { channel: 0x4001, data: bytesFromHex("0102030405") };
  expect(writeChannelData(out, message)).toBe(9);
  expect(hexFromBytes(out.subarray(0, 10))).toBe("40010005" + "0102030405" + "ee");
  expect(writeChannelData(out, message, { padded: true })).toBe(12);
  expect(hexFromBytes(out)).toBe("40010005" + "0102030405000000");
  expect(writeChannelData(out, message, { length: 9 })).toBe(9);
  expect(hexFromBytes(out.subarray(0, 4))).toBe("40010009");
  expect(() => writeChannelData(new Uint8Array(8), message)).toThrow("too small");
});

test("RFC 8656 §12: reserved channels and missing data are refused", () => {
  expect(parseChannelData(bytesFromHex("400100"))).toMatchObject({ reason: "truncated" });
  expect(parseChannelData(bytesFromHex("40010002aa"))).toMatchObject({ reason: "truncated", offset: 2 });
  expect(parseChannelData(bytesFromHex("3fff0000"))).toMatchObject({ reason: "bad-channel-number" });
  expect(parseChannelData(bytesFromHex("50000000"))).toMatchObject({ reason: "bad-channel-number" });
});

test("RFC 8656 §12.4: parse(write(x)) is x; any bytes are a message or Malformed", () => {
  const message = fc.record({ channel: fc.integer({ min: 0x4000, max: 0x4fff }), data: fc.uint8Array({ maxLength: 40 }) });
  fc.assert(
    fc.property(message, fc.boolean(), (value, padded) => {
      const out = new Uint8Array(60);
      expect(parseChannelData(out.subarray(0, writeChannelData(out, value, { padded })))).toEqual(value);
    }),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseChannelData(bytes)));
});
