/** WebM, MP4 and Ogg, which mediabunny writes. */
import { open } from "node:fs/promises";
import * as mediabunny from "mediabunny";
import type { AudioMimeType } from "../audio/audio-encoder.ts";
import { OPUS_SAMPLE_RATE, opusHead } from "../bitstream/opus.ts";
import type { MediaMimeType } from "../frame.ts";
import { pathOf } from "../source/media-input.ts";
import { type AudioTrackWriter, opusPassThrough, transcodedTrack } from "./audio-track.ts";
import { containerOutput } from "./container-output.ts";
import { isSeekable, type MediaOutput } from "./output-target.ts";
import type { RecordedFrame, RecordedTrack, RecordingFile } from "./recording-file.ts";

/** Opens a file of one of these formats. */
export async function openContainerFile(
  format: "webm" | "mp4" | "ogg",
  output: MediaOutput,
  tracks: readonly RecordedTrack[],
): Promise<RecordingFile> {
  if (isSeekable(output)) await (await open(pathOf(output), "w")).close(); // a path that cannot be written is told now, not when the file ends
  const file = new mediabunny.Output({ format: outputFormat(format, output), target: containerOutput(output) });
  const opened = await Promise.all(tracks.map((track) => (track.kind === "video" ? videoTrack(file, track) : audioTrack(file, track))));
  await file.start();
  return {
    write: (track, frame) => opened[track]!.write(frame),
    fillUntil: (track, timeMs) => opened[track]!.fillUntil(timeMs),
    endTrack: (track) => opened[track]!.end(),
    finish: async () => {
      for (const track of opened) await track.end();
      await file.finalize();
    },
    cancel: () => file.cancel(),
  };
}

function outputFormat(format: "webm" | "mp4" | "ogg", output: MediaOutput): mediabunny.OutputFormat {
  const appendOnly = !isSeekable(output);
  if (format === "webm") return new mediabunny.WebMOutputFormat({ appendOnly });
  if (format === "mp4") return new mediabunny.Mp4OutputFormat({ fastStart: appendOnly ? "fragmented" : false });
  return new mediabunny.OggOutputFormat();
}

type OpenTrack = AudioTrackWriter;

const VIDEO_CODECS: Readonly<Partial<Record<MediaMimeType, mediabunny.VideoCodec>>> = {
  "video/VP8": "vp8",
  "video/VP9": "vp9",
  "video/AV1": "av1",
  "video/H264": "avc",
  "video/H265": "hevc",
};

/** Times of video are rounded to this, so that they increase in every format: WebM counts milliseconds. */
const SMALLEST_STEP_MS = 1;

/** How long the last frame lasts when there was only one. */
const ONE_FRAME_MS = 33;

function videoTrack(file: mediabunny.Output, { mimeType, codec, width, height, rotation }: RecordedTrack): OpenTrack {
  const source = new mediabunny.EncodedVideoPacketSource(VIDEO_CODECS[mimeType]!);
  file.addVideoTrack(source, { rotation });
  const decoderConfig = { codec: codec!, codedWidth: width!, codedHeight: height! };
  let pending: { readonly frame: RecordedFrame; readonly timeMs: number } | undefined;
  let lastMs = ONE_FRAME_MS;
  const flush = async (until: number | undefined): Promise<void> => {
    if (pending === undefined) return;
    const { frame, timeMs } = pending;
    if (until !== undefined) lastMs = until - timeMs;
    const packet = new mediabunny.EncodedPacket(frame.data, frame.keyframe ? "key" : "delta", timeMs / 1000, lastMs / 1000);
    pending = undefined;
    await source.add(packet, { decoderConfig });
  };
  return {
    write: async (frame) => {
      // One frame late: how long a frame lasts is told by the next.
      const timeMs = pending === undefined ? frame.timeMs : Math.max(frame.timeMs, pending.timeMs + SMALLEST_STEP_MS);
      await flush(timeMs);
      pending = { frame, timeMs };
    },
    fillUntil: async () => undefined,
    end: async () => {
      await flush(undefined);
      source.close();
    },
  };
}

async function audioTrack(file: mediabunny.Output, track: RecordedTrack): Promise<OpenTrack> {
  const mimeType = track.mimeType as AudioMimeType; // of a track of audio
  const source = new mediabunny.EncodedAudioPacketSource("opus");
  file.addAudioTrack(source);
  const add = (data: Uint8Array, timeMs: number, durationMs: number): Promise<void> =>
    source.add(new mediabunny.EncodedPacket(data, "key", timeMs / 1000, durationMs / 1000), { decoderConfig: OPUS_CONFIG });
  const writer = mimeType === "audio/opus" ? opusPassThrough(add) : await transcodedTrack(mimeType, add);
  return {
    ...writer,
    end: async () => {
      await writer.end();
      source.close();
    },
  };
}

/** Two channels: a decoder makes them of any packet (RFC 7587 §4.4), and the next one may have them. */
const OPUS_CONFIG = { codec: "opus", sampleRate: OPUS_SAMPLE_RATE, numberOfChannels: 2, description: opusHead(2) };
