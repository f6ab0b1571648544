import { expect, test } from "vitest";
import { isKeyframe } from "./keyframe.ts";

test("RFC 6386 §9.1: the first bit of a VP8 frame tells; the mime type's case does not matter", () => {
  expect(isKeyframe("video/VP8", Uint8Array.of(0x10, 0, 0))).toBe(true);
  expect(isKeyframe("video/vp8", Uint8Array.of(0x11, 0, 0))).toBe(false);
});

test.each(["video/VP8", "video/VP9", "video/H264", "video/H265", "video/AV1"])("an empty frame of %s is no key frame", (mimeType) => {
  expect(isKeyframe(mimeType, new Uint8Array())).toBe(false);
});

test.each([undefined, "audio/opus", "video/x-unknown"])("of %s nothing is said", (mimeType) => {
  expect(isKeyframe(mimeType, Uint8Array.of(0))).toBe(undefined);
});
