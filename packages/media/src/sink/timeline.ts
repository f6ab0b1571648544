/**
 * RTP timestamps of several tracks on one line of time. Each track counts in its own clock from a random start; what relates them is when frames were
 * captured, by the sender's reports (RFC 3550 §6.4.1), and before those are there, when they arrived.
 */

/** The times of a frame. */
export interface FrameTimes {
  /** RTP timestamp, 32 bits. */
  readonly timestamp: number;
  readonly arrivedAt: number;
  readonly capturedAt: number | undefined;
}

/**
 * Timestamps that run ahead of the clock, or fall behind it, by more than this are no pause but a new start, or nonsense. What senders' clocks and networks do
 * by and by is followed by a part of the difference each frame.
 */
const JUMP_MS = 3000;
const DRIFT_PART = 1 / 100;

/** How far a frame's time is moved towards where it should be: this much, or a part of the error when that is more. */
const SLEW_MS = 2;
const SLEW_PART = 1 / 50;

/** One track: unwraps timestamps, and holds where its zero lies. */
class TrackClock {
  readonly #clockRate: number;
  #first: FrameTimes | undefined;
  #last: FrameTimes | undefined;
  /** How far the timestamps are ahead of the clock, usually. */
  #driftMs = 0;
  /** Of the last frame, in milliseconds since the first. */
  #mediaMs = 0;
  /** On the common line, where `#mediaMs` is 0. */
  offsetMs = 0;
  /** `capturedAt` less `#mediaMs`, of the last frame that had one. */
  captureBase: number | undefined;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** Milliseconds since the first frame. */
  advance(frame: FrameTimes): number {
    if (this.#last !== undefined) {
      const ticks = (frame.timestamp - this.#last.timestamp) | 0; // modulo 2^32, to the nearer side
      const arrival = frame.arrivedAt - this.#last.arrivedAt;
      const media = (1000 * ticks) / this.#clockRate;
      const driftMs = this.#mediaMs + media - (frame.arrivedAt - this.#first!.arrivedAt);
      const jumps = Math.abs(driftMs - this.#driftMs) > JUMP_MS;
      this.#mediaMs += jumps ? Math.max(0, arrival) : media;
      if (!jumps) this.#driftMs += (driftMs - this.#driftMs) * DRIFT_PART;
    }
    this.#first ??= frame;
    this.#last = frame;
    if (frame.capturedAt !== undefined) this.captureBase = frame.capturedAt - this.#mediaMs;
    return this.#mediaMs;
  }
}

/** The common line of the tracks of one recording. */
export class Timeline {
  readonly #tracks: readonly TrackClock[];

  /** RTP clock rates of the tracks, in hertz. */
  constructor(clockRates: readonly number[]) {
    this.#tracks = clockRates.map((clockRate) => new TrackClock(clockRate));
  }

  /**
   * Lays zero at the earliest of the tracks' first frames. `first`: the first frame of each track. When all of them know when they were captured (or
   * there is one only), that relates them; otherwise their arrival, until the next frames know better.
   */
  begin(first: readonly FrameTimes[]): void {
    const captured = first.map(({ capturedAt }) => capturedAt);
    const known = captured.every((at) => at !== undefined);
    const starts = first.map((frame) => (known ? frame.capturedAt! : frame.arrivedAt));
    const origin = Math.min(...starts);
    for (const [index, track] of this.#tracks.entries()) track.offsetMs = starts[index]! - origin;
  }

  /** When a frame is presented, in milliseconds since zero. To be called once for each frame of a track, in their order. */
  time(index: number, frame: FrameTimes): number {
    const track = this.#tracks[index]!;
    const mediaMs = track.advance(frame);
    this.#slew(track);
    return mediaMs + track.offsetMs;
  }

  /** Moves a track towards where it is by the sender's clock, seen from the first track, which stays. */
  #slew(track: TrackClock): void {
    const reference = this.#tracks[0]!;
    if (track === reference || track.captureBase === undefined || reference.captureBase === undefined) return;
    const wanted = reference.offsetMs + track.captureBase - reference.captureBase;
    const error = wanted - track.offsetMs;
    const step = Math.max(SLEW_MS, Math.abs(error) * SLEW_PART);
    track.offsetMs += Math.max(-step, Math.min(step, error));
  }
}
