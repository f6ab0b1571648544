/** One track on its way to the recorder: what of it can be recorded, and what was. */
import { type MediaKind, rtpClockRate } from "../frame.ts";
import type { ArrivedFrame, FrameOrigin, RecordableFrame } from "./recordable-frame.ts";
import type { RecordedTrackSummary } from "./recorder.ts";
import type { FrameTimes } from "./timeline.ts";

/** Key frames are asked for this often at most. */
const REQUEST_INTERVAL_MS = 1000;

/** About what a frame costs besides its octets. */
const FRAME_OVERHEAD = 200;

/** See the file's header. */
export class TrackIntake {
  /** Frames that came before the file began; see `wait`. */
  readonly waiting: ArrivedFrame[] = [];
  #waitingOctets = 0;
  #knowsCapture = false;
  readonly #origin: FrameOrigin;
  readonly #reader: ReadableStreamDefaultReader<RecordableFrame>;
  readonly #kind: string | undefined;
  #first: ArrivedFrame | undefined;
  #needsKeyframe = true;
  #requestedAt: number | undefined;
  #frames = 0;
  #dropped = 0;
  #writtenMs = 0;
  #excluded = false;
  #ended = false;

  /** Takes the origin's stream. `kind` as the track says, where it does. */
  constructor(origin: FrameOrigin, kind: string | undefined) {
    this.#origin = origin;
    this.#reader = origin.readable.getReader();
    this.#kind = kind;
  }

  /** The first frame that can be recorded; it tells what the track is. Only to be asked for once there is one. */
  get first(): ArrivedFrame {
    return this.#first!;
  }

  /** Time of the last frame in the file, or of what was filled in its stead. */
  get writtenMs(): number {
    return this.#writtenMs;
  }

  get summary(): RecordedTrackSummary {
    const kind: MediaKind = this.#first?.kind ?? (this.#kind === "audio" ? "audio" : "video");
    return { kind, mimeType: this.#first?.mimeType, frames: this.#frames, dropped: this.#dropped };
  }

  /** The next frame; undefined at the end, or when nobody wants more. */
  async next(): Promise<RecordableFrame | undefined> {
    const result = await this.#reader.read();
    return result.done ? undefined : result.value;
  }

  /** Wants no more. */
  cancel(): void {
    this.#reader.cancel().catch(() => undefined); // the stream had failed: `next` has told
  }

  /** Whether no more comes. */
  get ended(): boolean {
    return this.#ended;
  }

  /** No more comes. */
  end(): void {
    this.#ended = true;
  }

  /** The file has begun without this track. */
  exclude(): void {
    this.#excluded = true;
  }

  /** Whether a frame can be recorded: video from a key frame that tells its size on, as long as none is lost. Asks for key frames. */
  admits(frame: ArrivedFrame, now: number): boolean {
    if (this.#excluded || (this.#first !== undefined && frame.mimeType !== this.#first.mimeType)) {
      this.drop();
      return false;
    }
    if (frame.kind === "video") {
      const complete = frame.keyframe && frame.width !== undefined && frame.codec !== undefined;
      this.#needsKeyframe = complete ? false : this.#needsKeyframe || frame.afterLoss;
      if (this.#needsKeyframe) {
        this.drop();
        this.#requestKeyframe(now);
        return false;
      }
    }
    this.#first ??= frame;
    return true;
  }

  /** Counts a frame that is left out. */
  drop(): void {
    this.#dropped += 1;
  }

  /** Video goes on with a key frame only. */
  awaitKeyframe(): void {
    this.#needsKeyframe = true;
    this.#requestedAt = undefined;
  }

  /** Counts a frame in the file. */
  wrote(timeMs: number): void {
    this.#frames += 1;
    this.#writtenMs = Math.max(this.#writtenMs, timeMs);
  }

  /** The file was filled up to here. */
  filled(timeMs: number): void {
    this.#writtenMs = Math.max(this.#writtenMs, timeMs);
  }

  /** Keeps a frame until the file begins. */
  wait(frame: ArrivedFrame): void {
    this.waiting.push(frame);
    this.#waitingOctets += frame.data.length + FRAME_OVERHEAD;
    this.#knowsCapture ||= frame.capturedAt !== undefined;
  }

  /** What the frames that wait cost. */
  get waitingOctets(): number {
    return this.#waitingOctets;
  }

  /** Whether all is known that the file begins with. `alone`: nothing to be in step with. */
  isReady(alone: boolean): boolean {
    return this.#ended || (alone ? this.waiting.length > 0 : this.#knowsCapture);
  }

  /** Times of the first frame that waits; when it was captured may be known from a later one. */
  firstTimes(): FrameTimes {
    const first = this.waiting[0]!;
    const known = this.waiting.find(({ capturedAt }) => capturedAt !== undefined);
    if (known === undefined) return first;
    const sinceMs = (1000 * ((known.timestamp - first.timestamp) | 0)) / rtpClockRate(first.mimeType);
    return { timestamp: first.timestamp, arrivedAt: first.arrivedAt, capturedAt: known.capturedAt! - sinceMs };
  }

  #requestKeyframe(now: number): void {
    if (this.#requestedAt !== undefined && now - this.#requestedAt < REQUEST_INTERVAL_MS) return;
    this.#requestedAt = now;
    this.#origin.requestKeyframe?.();
  }
}
