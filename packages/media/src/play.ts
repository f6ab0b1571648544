/** Sources into tracks at the pace of a clock. */
import { type MediaClock, machineClock } from "./clock.ts";
import { type MediaMimeType, type MediaSource, rtpClockRate, type TimedFrame } from "./frame.ts";

/** What an `EncodedTrackGenerator` of purertc takes. */
export interface EncodedFrameInit {
  readonly data: Uint8Array;
  /** In the codec's RTP clock, modulo 2^32, from 0. */
  readonly timestamp: number;
  readonly type: "key" | "delta";
  readonly mimeType: MediaMimeType;
}

/** Where frames go: an `EncodedTrackGenerator`, or anything with such a stream. */
export interface FrameDestination {
  readonly writable: WritableStream<EncodedFrameInit>;
}

/** How to play. */
export interface PlayOptions {
  /** Stops; the promise then resolves as it does at the end. */
  readonly signal?: AbortSignal;
  /** Begins again at the end, until `signal`; streams cannot. */
  readonly loop?: boolean;
  /** Writes frames as fast as they are taken when false; default true: each at its time. */
  readonly realtime?: boolean;
  /** Default the machine's. */
  readonly clock?: MediaClock;
  /** The clock's time that is 0 of the source, so that several sources are in step; default when the first frame is at hand. */
  readonly startAt?: number;
}

/** What was played. */
export interface Played {
  readonly frames: number;
  /** Frames of a source that fell behind the clock and were left out, with those that need them. */
  readonly skipped: number;
  /** To the end of the last frame. */
  readonly durationMs: number;
}

/** Frames later than this are not worth sending. */
const LATE_MS = 1000;

/**
 * Plays a source into a track, each frame at its time; resolves at the end. Rejects with what the source throws, or the stream it writes to, which stays
 * open in either case. A destination that does not keep up makes frames late; beyond a second video goes on at the next key frame and audio at the next
 * frame that is in time.
 */
export async function play(source: MediaSource, destination: FrameDestination, options: PlayOptions = {}): Promise<Played> {
  const writer = destination.writable.getWriter();
  const player = new Player(writer, options);
  try {
    do {
      const before = player.played.frames;
      await player.playOnce(source);
      if (player.played.frames === before) break; // nothing there: looping would never pause
    } while (options.loop === true && options.signal?.aborted !== true);
    return player.played;
  } finally {
    writer.releaseLock();
  }
}

/** Plays the tracks of a file in step. Tracks without a destination are left out. */
export async function playTracks(
  tracks: { readonly audio?: MediaSource; readonly video?: MediaSource },
  destinations: { readonly audio?: FrameDestination; readonly video?: FrameDestination },
  options: PlayOptions = {},
): Promise<{ readonly audio?: Played; readonly video?: Played }> {
  const startAt = options.startAt ?? (options.clock ?? machineClock).now();
  const both = { ...options, startAt };
  const one = (kind: "audio" | "video"): Promise<Played> | undefined => {
    const [source, destination] = [tracks[kind], destinations[kind]];
    return source === undefined || destination === undefined ? undefined : play(source, destination, both);
  };
  const [audio, video] = await Promise.all([one("audio"), one("video")]);
  return { ...(audio === undefined ? {} : { audio }), ...(video === undefined ? {} : { video }) };
}

class Player {
  readonly #writer: WritableStreamDefaultWriter<EncodedFrameInit>;
  readonly #options: PlayOptions;
  readonly #clock: MediaClock;
  #startAt: number | undefined;
  /** What earlier rounds of a loop took. */
  #offsetMs = 0;
  #endMs = 0;
  #frames = 0;
  #skipped = 0;
  #needsKeyframe = false;

  constructor(writer: WritableStreamDefaultWriter<EncodedFrameInit>, options: PlayOptions) {
    this.#writer = writer;
    this.#options = options;
    this.#clock = options.clock ?? machineClock;
    this.#startAt = options.startAt;
  }

  get played(): Played {
    return { frames: this.#frames, skipped: this.#skipped, durationMs: this.#endMs };
  }

  async playOnce(source: MediaSource): Promise<void> {
    const { signal } = this.#options;
    this.#offsetMs = this.#endMs;
    for await (const frame of source) {
      await this.#playFrame(frame);
      if (signal?.aborted === true) return;
    }
  }

  async #playFrame(frame: TimedFrame): Promise<void> {
    const { signal, realtime = true } = this.#options;
    const timeMs = this.#offsetMs + frame.timeMs;
    if (realtime) {
      this.#startAt ??= this.#clock.now() - timeMs;
      const at = this.#startAt + timeMs;
      await this.#clock.waitUntil(at, signal);
      if (signal?.aborted === true) return;
      if (this.#skips(frame, this.#clock.now() - at)) return;
    }
    await this.#writer.ready;
    if (signal?.aborted === true) return;
    const timestamp = Math.round((timeMs * rtpClockRate(frame.mimeType)) / 1000) % 2 ** 32;
    await this.#writer.write({ data: frame.data, timestamp, type: frame.keyframe ? "key" : "delta", mimeType: frame.mimeType });
    this.#frames += 1;
    this.#endMs = Math.max(this.#endMs, timeMs + frame.durationMs);
  }

  #skips(frame: TimedFrame, lateMs: number): boolean {
    const needed = this.#needsKeyframe && !frame.keyframe;
    if (lateMs <= LATE_MS && !needed) {
      this.#needsKeyframe = false;
      return false;
    }
    this.#needsKeyframe = frame.kind === "video";
    this.#skipped += 1;
    this.#endMs = Math.max(this.#endMs, this.#offsetMs + frame.timeMs + frame.durationMs);
    return true;
  }
}
