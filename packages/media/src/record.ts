/** Recording and playing in one line each. */

import { type FrameDestination, type Played, type PlayOptions, playTracks } from "./play.ts";
import type { MediaOutput } from "./sink/output-target.ts";
import type { FrameOrigin, RecordableTrack } from "./sink/recordable-frame.ts";
import { Recorder, type RecorderOptions } from "./sink/recorder.ts";
import type { MediaInput } from "./source/media-input.ts";
import { type OpenMediaOptions, openMedia } from "./source/open-media.ts";

/** A `MediaStream`, or what has its tracks. */
export interface TrackCollection {
  getTracks(): Iterable<RecordableTrack>;
}

/**
 * Records a stream, a track or several into a file, whose extension says the format: `.webm`, `.mp4`, `.ogg`, `.wav`, `.ivf`, `.h264` or `.h265`. `stop()`
 * of what comes back ends it; it ends by itself when all tracks have. Throws as `Recorder` does.
 */
export function recordToFile(
  media: TrackCollection | RecordableTrack | FrameOrigin | Iterable<RecordableTrack | FrameOrigin>,
  output: MediaOutput,
  options?: RecorderOptions,
): Recorder {
  if ("getTracks" in media) return new Recorder(media.getTracks(), output, options);
  return new Recorder(Symbol.iterator in media ? media : [media], output, options);
}

/** Plays a file's tracks in step, each at its time, and resolves at the end. Rejects as `openMedia` and `play` do. */
export async function playFile(
  input: MediaInput,
  destinations: { readonly audio?: FrameDestination; readonly video?: FrameDestination },
  options: PlayOptions & OpenMediaOptions = {},
): Promise<{ readonly audio?: Played; readonly video?: Played }> {
  return await playTracks(await openMedia(input, options), destinations, options);
}
