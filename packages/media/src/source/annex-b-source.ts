/** Video out of raw H.264 and H.265 streams, which know no times: each frame lasts as long as the caller says. */
import { type AnnexBCodec, AnnexBReader } from "../annex-b.ts";
import { inspectFrame } from "../bitstream/video-format.ts";
import { type MediaSource, mediaSource, type TimedFrame } from "../frame.ts";
import { MediaFormatError } from "../media-format-error.ts";
import { chunksOf, type MediaInput } from "./media-input.ts";

/** How to read. */
export interface AnnexBOptions {
  /** Default `"video/H264"`. */
  readonly mimeType?: AnnexBCodec;
  /** Frames a second, above 0; default 30. Times are right where no frame is shown before one that was decoded before it. */
  readonly frameRate?: number;
}

/** A file of annex B. Iterating throws `MediaFormatError` when a frame never ends, or when there is none at all. */
export function openAnnexB(input: MediaInput, options: AnnexBOptions = {}): MediaSource {
  const { mimeType = "video/H264", frameRate = 30 } = options;
  if (!(frameRate > 0 && frameRate <= 1000)) throw new RangeError(`${frameRate} frames a second`);
  return mediaSource(mimeType, () => frames(input, mimeType, 1000 / frameRate));
}

async function* frames(input: MediaInput, mimeType: AnnexBCodec, durationMs: number): AsyncGenerator<TimedFrame, void, void> {
  const reader = new AnnexBReader(mimeType);
  let count = 0;
  const frame = (data: Uint8Array): TimedFrame => {
    const { keyframe } = inspectFrame(mimeType, data);
    return { kind: "video", mimeType, data, timeMs: durationMs * count++, durationMs, keyframe };
  };
  for await (const chunk of chunksOf(input)) {
    reader.push(chunk);
    for (let unit = reader.poll(); unit !== undefined; unit = reader.poll()) yield frame(unit);
    if (reader.tooLarge) throw new MediaFormatError("too-large", "annex B: an access unit does not end");
  }
  reader.end();
  for (let unit = reader.poll(); unit !== undefined; unit = reader.poll()) yield frame(unit);
  if (count === 0) throw new MediaFormatError("malformed", "annex B: no picture");
}
