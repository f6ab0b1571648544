/** What recorders write to, and which format does what. */
import type { MediaKind, MediaMimeType } from "../frame.ts";

/** Formats of recordings. */
export type RecordingFormat = "webm" | "mp4" | "ogg" | "wav" | "ivf" | "h264" | "h265";

/** A frame with its time in the recording. */
export interface RecordedFrame {
  readonly data: Uint8Array;
  /** From the start of the recording, increasing within a track. */
  readonly timeMs: number;
  readonly keyframe: boolean;
}

/** A track, as its first frame tells it. */
export interface RecordedTrack {
  readonly kind: MediaKind;
  readonly mimeType: MediaMimeType;
  /** Of video: as in RFC 6381, and pixels. */
  readonly codec: string | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly rotation: 0 | 90 | 180 | 270;
}

/** An open file. */
export interface RecordingFile {
  /** Resolves when more can be taken. Frames of a track come in order, the first one of video is a key frame. */
  write(track: number, frame: RecordedFrame): Promise<void>;
  /** No frame of this track before `timeMs` will come: audio is filled up. */
  fillUntil(track: number, timeMs: number): Promise<void>;
  /** No more of this track. */
  endTrack(track: number): Promise<void>;
  /** Completes and closes it. */
  finish(): Promise<void>;
  /** Closes it as it is, after an error. */
  cancel(): Promise<void>;
}

const EXTENSIONS: Readonly<Record<string, RecordingFormat>> = {
  webm: "webm",
  mp4: "mp4",
  m4a: "mp4",
  ogg: "ogg",
  opus: "ogg",
  oga: "ogg",
  wav: "wav",
  ivf: "ivf",
  h264: "h264",
  "264": "h264",
  h265: "h265",
  "265": "h265",
};

/** By a path's extension; undefined when it tells none. */
export function formatOfPath(path: string): RecordingFormat | undefined {
  return EXTENSIONS[path.slice(path.lastIndexOf(".") + 1).toLowerCase()];
}

const VIDEO: Readonly<Record<RecordingFormat, readonly MediaMimeType[]>> = {
  webm: ["video/VP8", "video/VP9", "video/AV1"],
  mp4: ["video/H264", "video/H265", "video/VP9", "video/AV1", "video/VP8"],
  ogg: [],
  wav: [],
  ivf: ["video/VP8", "video/VP9", "video/AV1"],
  h264: ["video/H264"],
  h265: ["video/H265"],
};

const AUDIO_FORMATS: readonly RecordingFormat[] = ["webm", "mp4", "ogg", "wav"];

/** Formats for one track only. */
export const SINGLE_TRACK_FORMATS: readonly RecordingFormat[] = ["ogg", "wav", "ivf", "h264", "h265"];

/** Whether a format takes a codec. All audio goes where audio goes: what a format does not have is encoded as Opus, or decoded for WAV. */
export function accepts(format: RecordingFormat, mimeType: MediaMimeType): boolean {
  return mimeType.startsWith("audio/") ? AUDIO_FORMATS.includes(format) : VIDEO[format].includes(mimeType);
}
