import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { inspectFrame } from "../bitstream/video-format.ts";
import { Vp8KeyFrameEncoder } from "./key-frame-encoder.ts";
import { BAR_CODE_BITS, drawTestPattern } from "./test-pattern.ts";

test("RFC 6386 §9.1: a key frame that is shown, with its size and the first partition's length", () => {
  const encoder = new Vp8KeyFrameEncoder(333, 217);
  const mosaic = encoder.mosaic();
  expect([mosaic.columns, mosaic.rows, mosaic.y.length]).toEqual([21, 14, 294]);
  const frame = encoder.encode(mosaic);
  expect(inspectFrame("video/VP8", frame)).toEqual({ keyframe: true, codec: "vp8", width: 333, height: 217 });
  expect(frame[0]! & 0x1f).toBe(0x10);
  const firstPartition = (frame[0]! | (frame[1]! << 8) | (frame[2]! << 16)) >> 5;
  expect(firstPartition).toBeLessThan(frame.length - 10);
});

test("a frame that FFmpeg decodes to the very colours given stays what it is (test/ffmpeg.slow.test.ts decodes many)", () => {
  const encoder = new Vp8KeyFrameEncoder(320, 240);
  const mosaic = encoder.mosaic();
  drawTestPattern(mosaic, 12_345);
  const first = encoder.encode(mosaic);
  expect(createHash("sha256").update(first).digest("hex").slice(0, 16)).toBe("ee0913d65baa1213");
  expect(encoder.encode(mosaic)).toEqual(first);
});

test("sides that VP8 has not are refused", () => {
  for (const side of [0, -1, 1.5, 16_384, Number.NaN]) expect(() => new Vp8KeyFrameEncoder(side, 16)).toThrow(RangeError);
});

test("the test pattern's top row is the number in black and white", () => {
  const mosaic = new Vp8KeyFrameEncoder(16 * BAR_CODE_BITS, 64).mosaic();
  drawTestPattern(mosaic, 0xa5c3);
  const bits = [...mosaic.y.subarray(0, BAR_CODE_BITS)].map((y) => (y > 128 ? "1" : "0")).join("");
  expect(Number.parseInt(bits, 2)).toBe(0xa5c3);
});

test("the test pattern fits pictures of any size", () => {
  for (const [width, height] of [
    [1, 1],
    [16, 200],
    [200, 16],
    [100, 100],
    [1920, 1080],
  ] as const) {
    const mosaic = new Vp8KeyFrameEncoder(width, height).mosaic();
    for (let number = 0; number < 200; number += 7) drawTestPattern(mosaic, number);
    expect(mosaic.y.length).toBe(mosaic.columns * mosaic.rows);
  }
});
