/** Linear audio to frames of a codec, 20 ms each: what telephony and browsers send. */
import { encodeAlaw, encodeMulaw, G722Encoder, Resampler } from "@purertc/codecs";
import type { OpusEncoderOptions, OpusSampleRate } from "@purertc/codecs/opus";
import type { TimedFrame } from "../frame.ts";

/** Audio codecs. */
export type AudioMimeType = "audio/opus" | "audio/PCMU" | "audio/PCMA" | "audio/G722";

/** Samples of one time, 16 bits, interleaved when there are two channels, left first. */
export interface PcmBlock {
  readonly samples: Int16Array;
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
}

/** Milliseconds in a frame. */
export const FRAME_MS = 20;

interface FrameEncoder {
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  encode(samples: Int16Array): Uint8Array;
  close(): void;
}

/** Cuts and encodes; rates and channels are converted where the codec has others. The last frame is filled up with silence. */
export async function* encodeAudio(
  blocks: AsyncIterable<PcmBlock> | Iterable<PcmBlock>,
  mimeType: AudioMimeType,
  opus: OpusEncoderOptions = {},
): AsyncGenerator<TimedFrame, void, void> {
  let encoder: FrameEncoder | undefined;
  let converter: Converter | undefined;
  let number = 0;
  const frame = (samples: Int16Array): TimedFrame => {
    const timeMs = FRAME_MS * number++;
    return { kind: "audio", mimeType, data: encoder!.encode(samples), timeMs, durationMs: FRAME_MS, keyframe: true };
  };
  try {
    for await (const block of blocks) {
      encoder ??= await createFrameEncoder(mimeType, block, opus);
      converter ??= new Converter(block, encoder.sampleRate, encoder.channels);
      converter.push(block.samples);
      for (let samples = converter.poll(); samples !== undefined; samples = converter.poll()) yield frame(samples);
    }
    converter?.end();
    for (let samples = converter?.poll(); samples !== undefined; samples = converter?.poll()) yield frame(samples);
  } finally {
    encoder?.close();
  }
}

const OPUS_RATES: readonly number[] = [8000, 12_000, 16_000, 24_000, 48_000];

async function createFrameEncoder(
  mimeType: AudioMimeType,
  { sampleRate, channels }: PcmBlock,
  options: OpusEncoderOptions,
): Promise<FrameEncoder> {
  const sized = (rate: number, octets: number, encode: (samples: Int16Array, out: Uint8Array) => number): FrameEncoder => ({
    sampleRate: rate,
    channels: 1,
    encode: (samples) => {
      const out = new Uint8Array(octets);
      return out.subarray(0, encode(samples, out));
    },
    close: () => undefined,
  });
  if (mimeType === "audio/PCMU") return sized(8000, 160, encodeMulaw);
  if (mimeType === "audio/PCMA") return sized(8000, 160, encodeAlaw);
  if (mimeType === "audio/G722") {
    const encoder = new G722Encoder();
    return sized(16_000, 160, (samples, out) => encoder.encode(samples, out));
  }
  const { createOpusEncoder } = await import("@purertc/codecs/opus"); // brings WebAssembly, so only when wanted
  const rate = OPUS_RATES.includes(sampleRate) ? (sampleRate as OpusSampleRate) : 48_000;
  const encoder = await createOpusEncoder({ application: "audio", sampleRate: rate, channels: channels >= 2 ? 2 : 1, ...options });
  const out = new Uint8Array(1275);
  return {
    sampleRate: encoder.sampleRate,
    channels: encoder.channels,
    encode: (samples) => out.slice(0, encoder.encode(samples, out)),
    close: () => encoder.close(),
  };
}

/** To other channels and another rate, and into frames. */
class Converter {
  readonly #from: number;
  readonly #to: 1 | 2;
  readonly #resamplers: readonly Resampler[] | undefined;
  readonly #frame: Int16Array;
  #filled = 0;
  /** Interleaved, converted, not yet in a frame. */
  #waiting: Int16Array = new Int16Array(0);
  #at = 0;

  constructor(block: PcmBlock, sampleRate: number, channels: 1 | 2) {
    this.#from = block.channels;
    this.#to = channels;
    if (block.sampleRate !== sampleRate) {
      this.#resamplers = Array.from({ length: channels }, () => new Resampler({ inputRate: block.sampleRate, outputRate: sampleRate }));
    }
    this.#frame = new Int16Array(((sampleRate * FRAME_MS) / 1000) * channels);
  }

  push(samples: Int16Array): void {
    this.#waiting = this.#convert(this.#mix(samples));
    this.#at = 0;
  }

  /** A whole frame, valid until the next call. */
  poll(): Int16Array | undefined {
    const part = this.#waiting.subarray(this.#at, this.#at + this.#frame.length - this.#filled);
    this.#frame.set(part, this.#filled);
    this.#filled += part.length;
    this.#at += part.length;
    if (this.#filled < this.#frame.length) return undefined;
    this.#filled = 0;
    return this.#frame;
  }

  /** Pushes out what the filters hold, and fills the last frame. */
  end(): void {
    const [resampler] = this.#resamplers ?? [];
    if (resampler !== undefined) this.push(new Int16Array(resampler.latencyInputSamples * this.#from));
    this.poll();
    if (this.#filled === 0) return;
    this.#waiting = new Int16Array(this.#frame.length - this.#filled);
    this.#at = 0;
  }

  #mix(samples: Int16Array): Int16Array {
    if (this.#from === this.#to) return samples;
    const count = Math.floor(samples.length / this.#from);
    const mixed = new Int16Array(count * this.#to);
    for (let i = 0; i < count; i++) {
      if (this.#to === 1) {
        let sum = 0;
        for (let channel = 0; channel < this.#from; channel++) sum += samples[i * this.#from + channel]!;
        mixed[i] = Math.round(sum / this.#from);
      } else {
        // One channel to both, or the front two of many.
        mixed[2 * i] = samples[i * this.#from]!;
        mixed[2 * i + 1] = samples[i * this.#from + Math.min(1, this.#from - 1)]!;
      }
    }
    return mixed;
  }

  #convert(samples: Int16Array): Int16Array {
    if (this.#resamplers === undefined) return samples;
    const perChannel = samples.length / this.#to;
    const planes = this.#resamplers.map((resampler, channel) => {
      const plane = Int16Array.from({ length: perChannel }, (_, i) => samples[i * this.#to + channel]!);
      const out = new Int16Array(resampler.outputLength(perChannel));
      resampler.process(plane, out);
      return out;
    });
    if (this.#to === 1) return planes[0]!;
    return Int16Array.from({ length: 2 * planes[0]!.length }, (_, i) => planes[i % 2]![i >> 1]!);
  }
}
