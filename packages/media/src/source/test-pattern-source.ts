/** Video that needs no camera, no file and no codec. */
import { type MediaSource, mediaSource, type TimedFrame } from "../frame.ts";
import { Vp8KeyFrameEncoder } from "../vp8/key-frame-encoder.ts";
import { drawTestPattern } from "../vp8/test-pattern.ts";

/** What to show. */
export interface TestPatternOptions {
  /** Pixels, 1 to 16383; default 640 by 480. Each needs some time: 640 by 480 half a millisecond of a processor per picture. */
  readonly width?: number;
  readonly height?: number;
  /** Pictures a second, above 0; default 30. */
  readonly frameRate?: number;
  /** Where it ends; default never. */
  readonly durationMs?: number;
}

/**
 * VP8 key frames of colour bars, a number that counts the frames and a block that wanders. The number stands in the top row too, as 16 squares of 16
 * pixels, high bit first, white for 1 (where the picture is at least 256 pixels wide): who reads it knows which frames arrived. Throws `RangeError`
 * for what cannot be.
 */
export function testPattern(options: TestPatternOptions = {}): MediaSource {
  const { width = 640, height = 480, frameRate = 30, durationMs = Number.POSITIVE_INFINITY } = options;
  if (!(frameRate > 0 && frameRate <= 1000)) throw new RangeError(`${frameRate} frames a second`);
  new Vp8KeyFrameEncoder(width, height); // throws now, not at the first frame
  return mediaSource("video/VP8", () => draw(width, height, frameRate, durationMs));
}

async function* draw(width: number, height: number, frameRate: number, durationMs: number): AsyncGenerator<TimedFrame, void, void> {
  const encoder = new Vp8KeyFrameEncoder(width, height);
  const mosaic = encoder.mosaic();
  for (let number = 0; ; number++) {
    const timeMs = (number * 1000) / frameRate;
    if (timeMs >= durationMs) return;
    drawTestPattern(mosaic, number);
    yield { kind: "video", mimeType: "video/VP8", data: encoder.encode(mosaic), timeMs, durationMs: 1000 / frameRate, keyframe: true };
  }
}
