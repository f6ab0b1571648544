/** Tracks into a file: waits for what a file must begin with, keeps the tracks in step, leaves out what could not be decoded. */
import { type MediaClock, machineClock } from "../clock.ts";
import { type MediaKind, type MediaMimeType, rtpClockRate } from "../frame.ts";
import { openRecordingFile } from "./open-recording-file.ts";
import type { MediaOutput } from "./output-target.ts";
import { type ArrivedFrame, type FrameOrigin, frameOrigin, type RecordableTrack, readFrame } from "./recordable-frame.ts";
import { accepts, formatOfPath, type RecordingFile, type RecordingFormat, SINGLE_TRACK_FORMATS } from "./recording-file.ts";
import { type FrameTimes, Timeline } from "./timeline.ts";
import { TrackIntake } from "./track-intake.ts";

/** How to record. */
export interface RecorderOptions {
  /** Default: what the path's extension says, and WebM for streams. */
  readonly format?: RecordingFormat;
  /**
   * How long the file waits, from the first frame on, for all tracks to come and to tell when they were captured (RTCP sender reports, which browsers send
   * within five seconds). Frames wait in memory meanwhile, so nothing is lost; a track that has not come by then is left out. Milliseconds, default 5000.
   */
  readonly startTimeoutMs?: number;
  /** What may wait for the beginning at most, in octets; beyond, the file begins with what there is. Default 32 MiB. */
  readonly maxWaitingOctets?: number;
  /** Default the machine's. */
  readonly clock?: MediaClock;
}

/** A track that was recorded. */
export interface RecordedTrackSummary {
  readonly kind: MediaKind;
  /** Undefined when nothing came. */
  readonly mimeType: MediaMimeType | undefined;
  /** In the file. */
  readonly frames: number;
  /** Left out: before a key frame or behind a loss, paused, in another codec than the first, or of a codec the format has not. */
  readonly dropped: number;
}

/** What was recorded. */
export interface Recorded {
  /** To the start of the last frame. */
  readonly durationMs: number;
  /** As they were given. */
  readonly tracks: readonly RecordedTrackSummary[];
}

/** Audio that is silent for longer than this, while video goes on, is filled up: the file is written in the order of time, and video would wait in memory. */
const SILENCE_MS = 5000;

/** One recording. Begins by itself when it is made, ends when all tracks have ended or with `stop`. */
export class Recorder {
  /** Resolves when the file is complete; rejects with the file system's or the stream's error. */
  readonly finished: Promise<Recorded>;
  readonly #output: MediaOutput;
  readonly #format: RecordingFormat;
  readonly #clock: MediaClock;
  readonly #startTimeoutMs: number;
  readonly #maxWaitingOctets: number;
  readonly #intakes: readonly TrackIntake[];
  /** Everything that is written, one after the other. */
  #writing: Promise<void> = Promise.resolve();
  #state: "waiting" | "recording" | "stopping" = "waiting";
  /** Ends the wait for the beginning. */
  #patience: AbortController | undefined;
  #file: RecordingFile | undefined;
  #timeline: Timeline | undefined;
  /** The tracks that are in the file, in its order. */
  #recorded: TrackIntake[] = [];
  #pausedAt: number | undefined;
  #pausedMs = 0;
  #durationMs = 0;

  /**
   * Throws `TypeError` when there is no track, more than the format takes, or one that cannot be read; `RangeError` when it cannot be told which format
   * is meant.
   */
  constructor(tracks: Iterable<RecordableTrack | FrameOrigin>, output: MediaOutput, options: RecorderOptions = {}) {
    const format = options.format ?? (output instanceof WritableStream ? "webm" : formatOfPath(String(output)));
    if (format === undefined) throw new RangeError(`which format is ${String(output)}?`);
    const given = [...tracks];
    if (given.length === 0) throw new TypeError("nothing to record");
    if (SINGLE_TRACK_FORMATS.includes(format) && given.length > 1) throw new TypeError(`${format} has one track, not ${given.length}`);
    this.#output = output;
    this.#format = format;
    this.#clock = options.clock ?? machineClock;
    this.#startTimeoutMs = options.startTimeoutMs ?? 5000;
    this.#maxWaitingOctets = options.maxWaitingOctets ?? 32 * 1024 * 1024;
    this.#intakes = given.map((track) => new TrackIntake(frameOrigin(track), "kind" in track ? track.kind : undefined));
    this.finished = this.#run();
    this.finished.catch(() => undefined); // told to whoever awaits it
  }

  /** Leaves out what comes from now on; the recording's time stands still. */
  pause(): void {
    this.#pausedAt ??= this.#clock.now();
  }

  /** Goes on; video at the next key frame, which is asked for. */
  resume(): void {
    if (this.#pausedAt === undefined) return;
    this.#pausedMs += this.#clock.now() - this.#pausedAt;
    this.#pausedAt = undefined;
    for (const intake of this.#intakes) intake.awaitKeyframe();
  }

  /** Ends the recording; resolves when the file is complete. A recording without a single frame leaves no file. */
  async stop(): Promise<Recorded> {
    this.#patience?.abort();
    for (const intake of this.#intakes) intake.cancel();
    return await this.finished;
  }

  async #run(): Promise<Recorded> {
    try {
      await Promise.all(this.#intakes.map((intake) => this.#read(intake)));
      await this.#enqueue(() => this.#begin());
      await this.#file?.finish();
    } catch (error) {
      for (const intake of this.#intakes) intake.cancel();
      await this.#file?.cancel().catch(() => undefined); // the first error is the one to tell
      throw error;
    } finally {
      this.#state = "stopping";
      this.#patience?.abort();
    }
    return { durationMs: this.#durationMs, tracks: this.#intakes.map((intake) => intake.summary) };
  }

  async #read(intake: TrackIntake): Promise<void> {
    for (let frame = await intake.next(); frame !== undefined; frame = await intake.next()) {
      const arrived = readFrame(frame, this.#clock.now());
      if (arrived === undefined || this.#pausedAt !== undefined || !accepts(this.#format, arrived.mimeType)) intake.drop();
      else if (intake.admits(arrived, this.#clock.now())) await this.#enqueue(() => this.#arrive(intake, arrived));
    }
    await this.#enqueue(async () => {
      intake.end();
      const index = this.#recorded.indexOf(intake);
      if (index >= 0) await this.#file?.endTrack(index);
      else await this.#beginWhenReady(); // nobody waits for this one any more
    });
  }

  /** One thing at a time; the reader waits, so that a slow disk makes the track's own queue drop whole frames rather than fill memory. */
  #enqueue(step: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(step);
    return this.#writing;
  }

  async #arrive(intake: TrackIntake, frame: ArrivedFrame): Promise<void> {
    if (this.#file !== undefined) {
      await this.#write(intake, frame);
      return;
    }
    intake.wait(frame);
    await this.#beginWhenReady();
  }

  async #beginWhenReady(): Promise<void> {
    const octets = this.#intakes.reduce((sum, { waitingOctets }) => sum + waitingOctets, 0);
    const alone = this.#intakes.length === 1;
    if (octets > this.#maxWaitingOctets || this.#intakes.every((intake) => intake.isReady(alone))) await this.#begin();
    else if (octets > 0) this.#startPatience();
  }

  #startPatience(): void {
    if (this.#patience !== undefined) return;
    this.#patience = new AbortController();
    const { signal } = this.#patience;
    const until = this.#clock.now() + this.#startTimeoutMs;
    void this.#clock.waitUntil(until, signal).then(() => {
      if (!signal.aborted) this.#enqueue(() => this.#begin()).catch(() => undefined); // the readers' next step tells
    });
  }

  /** Opens the file with the tracks that have come, audio first: it sets the pace. */
  async #begin(): Promise<void> {
    if (this.#state !== "waiting") return;
    this.#state = "recording";
    this.#patience?.abort();
    const come = this.#intakes.filter(({ waiting }) => waiting.length > 0);
    for (const intake of this.#intakes) if (!come.includes(intake)) intake.exclude();
    if (come.length === 0) return;
    this.#recorded = come.sort((a, b) => Number(b.first.kind === "audio") - Number(a.first.kind === "audio"));
    this.#timeline = new Timeline(this.#recorded.map(({ first }) => rtpClockRate(first.mimeType)));
    this.#timeline.begin(this.#recorded.map((intake) => intake.firstTimes()));
    this.#file = await openRecordingFile(
      this.#format,
      this.#output,
      this.#recorded.map(({ first }) => first),
    );
    // In the order of arrival, as later frames come.
    const all = this.#recorded.flatMap((intake) => intake.waiting.map((frame) => ({ intake, frame })));
    all.sort((a, b) => a.frame.arrivedAt - b.frame.arrivedAt);
    for (const intake of this.#recorded) intake.waiting.length = 0;
    for (const { intake, frame } of all) await this.#write(intake, frame);
    for (const [index, { ended }] of this.#recorded.entries()) if (ended) await this.#file.endTrack(index);
  }

  async #write(intake: TrackIntake, frame: ArrivedFrame): Promise<void> {
    const index = this.#recorded.indexOf(intake);
    if (index < 0 || this.#file === undefined) {
      intake.drop();
      return;
    }
    const times: FrameTimes = frame;
    const timeMs = Math.max(0, this.#timeline!.time(index, times) - this.#pausedMs);
    this.#durationMs = Math.max(this.#durationMs, timeMs);
    intake.wrote(timeMs);
    await this.#file.write(index, { data: frame.data, timeMs, keyframe: frame.keyframe });
    if (frame.kind === "video") await this.#fillSilence(timeMs);
  }

  async #fillSilence(timeMs: number): Promise<void> {
    for (const [index, intake] of this.#recorded.entries()) {
      const silent = intake.first.kind === "audio" && timeMs - intake.writtenMs > SILENCE_MS;
      if (!silent) continue;
      const until = timeMs - SILENCE_MS / 2;
      await this.#file?.fillUntil(index, until);
      intake.filled(until);
    }
  }
}
