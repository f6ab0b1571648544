/** Counts what a source gives, for https://w3c.github.io/webrtc-stats/#mediasourcestats-dict*. */
import { opusDurationAt } from "@purertc/rtp";
import type { EncodedFrame } from "../../engine/media/types.ts";
import { linearLevel } from "./rtc-encoded-audio-frame.ts";

/** What was counted of video. */
export interface VideoSourceCounts {
  readonly frames: number;
  /** Of the last second. */
  readonly framesPerSecond: number;
}

/** What was counted of audio. */
export interface AudioSourceCounts {
  /** 0 to 1, of the last frame that told it; absent before. */
  readonly audioLevel?: number;
  /** Squared levels times durations in seconds, as far as levels were told. */
  readonly totalAudioEnergy: number;
  /** Seconds. */
  readonly totalSamplesDuration: number;
}

/** See the file's header. `clock`: ms, monotonic. */
export class SourceMeter {
  readonly #clock: () => number;
  #frames = 0;
  /** When the frames of the last second came. */
  readonly #recent: number[] = [];
  #level: number | undefined;
  #energy = 0;
  #durationMs = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** A frame was given. */
  count(frame: EncodedFrame): void {
    if (frame.kind === "audio") this.#countSound(frame);
    else {
      this.#frames += 1;
      this.#forgetOld();
      if (this.#recent.length < MOST_FRAMES) this.#recent.push(this.#clock());
    }
  }

  get video(): VideoSourceCounts {
    this.#forgetOld();
    return { frames: this.#frames, framesPerSecond: this.#recent.length };
  }

  get audio(): AudioSourceCounts {
    const level = this.#level === undefined ? {} : { audioLevel: this.#level };
    return { ...level, totalAudioEnergy: this.#energy, totalSamplesDuration: this.#durationMs / 1000 };
  }

  #forgetOld(): void {
    const from = this.#clock() - 1000;
    while (this.#recent.length > 0 && this.#recent[0]! <= from) this.#recent.shift();
  }

  #countSound({ data, mimeType, audioLevel }: EncodedFrame): void {
    const durationMs = durationOf(data, mimeType);
    this.#durationMs += durationMs;
    if (audioLevel === undefined) return;
    this.#level = linearLevel(audioLevel.level);
    this.#energy += (this.#level ** 2 * durationMs) / 1000;
  }
}

/** In ms. G.722 too has eight octets to a millisecond; what is not known is taken for Opus, as senders do. */
function durationOf(data: Uint8Array, mimeType = "audio/opus"): number {
  return /\/(pcmu|pcma|g722)$/i.test(mimeType) ? data.length / 8 : opusDurationAt(data, 0, data.length) / 48;
}

/** No source has more in a second. */
const MOST_FRAMES = 1000;
