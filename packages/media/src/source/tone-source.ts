/** Audio that needs no microphone and no file. */
import { type Tone, ToneGenerator } from "@purertc/codecs";
import type { OpusEncoderOptions } from "@purertc/codecs/opus";
import { type AudioMimeType, encodeAudio, FRAME_MS, type PcmBlock } from "../audio/audio-encoder.ts";
import { type MediaSource, mediaSource } from "../frame.ts";

/** What to play. */
export interface ToneOptions {
  /** Default `"audio/opus"`. The others need no WebAssembly. */
  readonly mimeType?: AudioMimeType;
  /** Default 440 Hz; `CALL_PROGRESS_TONES` of `@purertc/codecs` has others. */
  readonly hertz?: number;
  /** In dBov, at most -3.01; default -16. */
  readonly levelDbov?: number;
  /** Chords and cadences, instead of `hertz` and `levelDbov`. */
  readonly tone?: Tone;
  /** Where it ends; default never. */
  readonly durationMs?: number;
  /** Of the encoder. */
  readonly opus?: OpusEncoderOptions;
}

/** A tone in frames of 20 ms. Throws `InvalidArgumentError` for a tone that cannot be played. */
export function tone(options: ToneOptions = {}): MediaSource {
  const { mimeType = "audio/opus", hertz = 440, levelDbov = -16, durationMs = Number.POSITIVE_INFINITY, opus } = options;
  const played = options.tone ?? { components: [{ hertz, levelDbov }] };
  const sampleRate = mimeType === "audio/opus" ? 48_000 : mimeType === "audio/G722" ? 16_000 : 8000;
  new ToneGenerator(sampleRate, played); // throws now, not at the first frame
  return mediaSource(mimeType, () => encodeAudio(generate(new ToneGenerator(sampleRate, played), sampleRate, durationMs), mimeType, opus));
}

function* generate(generator: ToneGenerator, sampleRate: number, durationMs: number): Generator<PcmBlock, void, void> {
  const samples = new Int16Array((sampleRate * FRAME_MS) / 1000);
  for (let timeMs = 0; timeMs < durationMs; timeMs += FRAME_MS) {
    generator.fill(samples);
    yield { samples, sampleRate, channels: 1 };
  }
}
