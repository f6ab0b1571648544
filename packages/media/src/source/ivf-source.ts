/** Video out of IVF files. */
import { withoutDelimiters } from "../bitstream/av1.ts";
import { inspectFrame } from "../bitstream/video-format.ts";
import { type MediaMimeType, type MediaSource, mediaSource, type TimedFrame } from "../frame.ts";
import { IVF_HEADER_LENGTH, IvfReader, parseIvfHeader } from "../ivf.ts";
import { MediaFormatError } from "../media-format-error.ts";
import { chunksOf, type MediaInput, peek } from "./media-input.ts";

const CODECS: Readonly<Record<string, MediaMimeType>> = { VP80: "video/VP8", VP90: "video/VP9", AV01: "video/AV1", H264: "video/H264" };

/** Opens a file; rejects with `MediaFormatError` when it is no IVF with a codec of WebRTC. Iterating throws the same for what comes later. */
export async function openIvf(input: MediaInput): Promise<MediaSource> {
  const peeked = await peek(input, IVF_HEADER_LENGTH);
  const header = parseIvfHeader(peeked.head);
  if (typeof header === "string") throw new MediaFormatError(header === "not-ivf" ? "unknown-format" : "malformed", `IVF: ${header}`);
  const mimeType = CODECS[header.fourcc];
  if (mimeType === undefined) throw new MediaFormatError("unsupported-codec", `IVF: codec ${JSON.stringify(header.fourcc)}`);
  return mediaSource(mimeType, () => frames(peeked.input, mimeType, (1000 * header.scale) / header.rate));
}

async function* frames(input: MediaInput, mimeType: MediaMimeType, unitMs: number): AsyncGenerator<TimedFrame, void, void> {
  const reader = new IvfReader();
  let first: number | undefined;
  let pending: TimedFrame | undefined;
  for await (const chunk of chunksOf(input)) {
    reader.push(chunk);
    for (let frame = reader.poll(); frame !== undefined; frame = reader.poll()) {
      const data = mimeType === "video/AV1" ? withoutDelimiters(frame.data) : frame.data;
      if (data.length === 0) continue; // a frame that the encoder dropped
      first ??= frame.time;
      const timeMs = Math.max(0, (frame.time - first) * unitMs);
      // One frame late: how long a frame lasts is told by the next.
      if (pending !== undefined) yield { ...pending, durationMs: Math.max(0, timeMs - pending.timeMs) };
      const { keyframe } = inspectFrame(mimeType, data);
      pending = {
        kind: "video",
        mimeType,
        data,
        timeMs,
        durationMs: pending === undefined ? 0 : Math.max(0, timeMs - pending.timeMs),
        keyframe,
      };
    }
    if (reader.problem !== undefined) break;
  }
  reader.end();
  if (pending !== undefined) yield pending; // as long as the one before
  if (reader.problem !== undefined) throw new MediaFormatError(CODES[reader.problem], `IVF: ${reader.problem}`);
}

const CODES = { "not-ivf": "unknown-format", "bad-header": "malformed", "frame-too-large": "too-large", truncated: "truncated" } as const;
