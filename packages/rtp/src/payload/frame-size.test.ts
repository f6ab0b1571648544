import fc from "fast-check";
import { expect, test } from "vitest";
import { av1FrameSize, h264FrameSize, vp9FrameSize } from "./frame-size.ts";

const octets = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));

/** The first octets of frames of x264, libvpx and libaom, as ffmpeg makes them of its test picture. */
const cases = [
  ["H.264 high", h264FrameSize, 640, 360, "0000000167640016acd940a02ff970110000030001000003000a0f162d960000000168ebe3cb22c0"],
  ["H.264 high, cropped", h264FrameSize, 1920, 1080, "0000000167640028acd940780227e5c044000003000400000300283c60c6580000000168ebe3cb22c0"],
  ["H.264 baseline, cropped", h264FrameSize, 322, 242, "000000016742c00cd90150878888c044000003000400000300283c50a9200000000168cb83cb20"],
  ["H.264 4:4:4, cropped", h264FrameSize, 322, 242, "0000000167f4000c919b282a10f1f1f808800000030080000005078a14cb0000000168ebe3c44844"],
  ["H.264 interlaced", h264FrameSize, 1920, 1080, "0000000167640028acd94078044fde022000000300200000030143e2c5b2c00000000168fba3cb22c0"],
  ["VP9", vp9FrameSize, 640, 360, "824983420027f016760438241c184a1007a07fdd"],
  ["VP9, odd", vp9FrameSize, 322, 242, "824983420014100f160438241c184a000b607fd9"],
  ["AV1", av1FrameSize, 640, 360, "12000a0b0000000cc4ff6736be40103200"],
  ["AV1, odd", av1FrameSize, 322, 242, "12000a0b000000043d07c4daf900403200"],
] as const;

test.each(cases)("H.264 §7.3.2.1.1, VP9 §6.2, AV1 §5.5.1: %s tells its size", (_, size, width, height, hex) => {
  expect(size(octets(hex))).toEqual({ width, height });
});

test("frames without a size have none, and nothing makes the readers throw or run on", () => {
  expect(vp9FrameSize(octets("86498342"))).toBeUndefined(); // not a key frame
  expect(h264FrameSize(octets("0000000141e0"))).toBeUndefined();
  expect(av1FrameSize(octets("1200"))).toBeUndefined();
  for (const [, size, , , hex] of cases) {
    const whole = octets(hex);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, octet, length) => {
        const damaged = whole.slice(0, length);
        if (at < length) damaged[at] = octet;
        const found = size(damaged);
        expect(found === undefined || (found.width > 0 && found.height > 0)).toBe(true);
      }),
    );
  }
});
