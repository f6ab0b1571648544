/** Frames of a codec to linear audio. */
import { decodeAlaw, decodeMulaw, G722Decoder } from "@purertc/codecs";
import type { AudioMimeType } from "./audio-encoder.ts";

/** One direction of one stream. */
export interface AudioDecoder {
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Interleaved samples of a frame; empty for what is no frame. */
  decode(frame: Uint8Array): Int16Array;
  /** What is to be heard for `ms` where frames are missing: concealment where the codec has it, else silence. */
  conceal(ms: number): Int16Array;
  /** Frees memory outside JavaScript's. */
  close(): void;
}

/** Opus is decoded to two channels of 48 kHz, as RFC 7587 §4.4 says a receiver can; the others to what they have. */
export async function createAudioDecoder(mimeType: AudioMimeType): Promise<AudioDecoder> {
  if (mimeType === "audio/opus") return await createOpusTrackDecoder();
  const g722 = mimeType === "audio/G722" ? new G722Decoder() : undefined;
  const sampleRate = g722 === undefined ? 8000 : 16_000;
  return {
    sampleRate,
    channels: 1,
    decode: (frame) => {
      const samples = new Int16Array(frame.length * (sampleRate / 8000));
      if (g722 !== undefined) g722.decode(frame, samples);
      else if (mimeType === "audio/PCMU") decodeMulaw(frame, samples);
      else decodeAlaw(frame, samples);
      return samples;
    },
    conceal: (ms) => new Int16Array(Math.round((sampleRate * ms) / 1000)),
    close: () => undefined,
  };
}

/** Samples of two channels in the longest packet, 120 ms, and how long concealment makes sense before it is silence. */
const LONGEST_PACKET = 2 * 5760;
const LONGEST_CONCEALMENT_MS = 100;

async function createOpusTrackDecoder(): Promise<AudioDecoder> {
  const { createOpusDecoder } = await import("@purertc/codecs/opus"); // brings WebAssembly, so only when wanted
  const decoder = await createOpusDecoder({ sampleRate: 48_000, channels: 2 });
  const out = new Int16Array(LONGEST_PACKET);
  let lastMs = 20;
  const decode = (packet: Uint8Array | undefined): Int16Array => {
    const samples = decoder.decode(packet, out);
    return typeof samples === "number" ? out.slice(0, 2 * samples) : new Int16Array(0);
  };
  return {
    sampleRate: 48_000,
    channels: 2,
    decode: (frame) => {
      const samples = decode(frame);
      if (samples.length > 0) lastMs = samples.length / 96;
      return samples;
    },
    conceal: (ms) => {
      const samples = new Int16Array(2 * Math.round(48 * ms));
      for (let at = 0; at < samples.length && at < LONGEST_CONCEALMENT_MS * 96; at += lastMs * 96) {
        samples.set(decode(undefined).subarray(0, samples.length - at), at);
      }
      return samples;
    },
    close: () => decoder.close(),
  };
}
