/**
 * Audio made continuous: files of Ogg and WAV have no other time than what was written before, and players of the others click at every gap. What is missing
 * is filled, what is too much is left out, and every frame begins where the one before ended.
 */
import { createAudioDecoder } from "../audio/audio-decoder.ts";
import { type AudioMimeType, encodeAudio, type PcmBlock } from "../audio/audio-encoder.ts";
import { missingOpusPacket, opusPacketMs } from "../bitstream/opus.ts";
import type { TimedFrame } from "../frame.ts";
import { Mailbox } from "./mailbox.ts";
import type { RecordedFrame } from "./recording-file.ts";

/** What to do with what comes out: an Opus packet, or octets of 16-bit little-endian samples. */
export type WriteAudio = (data: Uint8Array, timeMs: number, durationMs: number) => Promise<void>;

/** One track on its way into a file. */
export interface AudioTrackWriter {
  write(frame: RecordedFrame): Promise<void>;
  /** Nothing came, and nothing before `timeMs` will: fills up to there, so that other tracks need not wait in memory. */
  fillUntil(timeMs: number): Promise<void>;
  /** Writes what is still inside, and frees memory outside JavaScript's. */
  end(): Promise<void>;
}

/** Longer gaps are not filled packet by packet: who paused for so long did so on purpose. */
const LONGEST_GAP_MS = 3_600_000;

/** Where the audio that was written ends, and what is to be done with a frame that comes at a time. */
class Continuity {
  endMs: number | undefined;

  /** Milliseconds to fill before the frame; undefined when it is to be left out. */
  gapBefore(timeMs: number, durationMs: number): number | undefined {
    this.endMs ??= timeMs;
    const gap = timeMs - this.endMs;
    if (gap < -1.5 * durationMs) return undefined;
    return gap >= durationMs / 2 && gap <= LONGEST_GAP_MS ? gap : 0;
  }
}

/** Opus as it is. */
export function opusPassThrough(write: WriteAudio): AudioTrackWriter {
  const continuity = new Continuity();
  let filler = missingOpusPacket(new Uint8Array(0));
  const append = async (data: Uint8Array, durationMs: number): Promise<void> => {
    await write(data, continuity.endMs!, durationMs);
    continuity.endMs! += durationMs;
  };
  const fill = async (gapMs: number): Promise<void> => {
    for (let count = Math.round(gapMs / filler.durationMs); count > 0; count--) await append(filler.data, filler.durationMs);
  };
  return {
    write: async ({ data, timeMs }) => {
      const durationMs = opusPacketMs(data);
      if (durationMs === undefined) return;
      const gap = continuity.gapBefore(timeMs, durationMs);
      if (gap === undefined) return;
      filler = missingOpusPacket(data);
      await fill(gap);
      await append(data, durationMs);
    },
    fillUntil: async (timeMs) => fill(continuity.gapBefore(timeMs, filler.durationMs) ?? 0),
    end: async () => undefined,
  };
}

/** Anything as 16-bit samples; the rate and channels are those of the codec's decoder. */
export async function decodedTrack(
  mimeType: AudioMimeType,
  write: (block: PcmBlock, timeMs: number) => Promise<void>,
): Promise<AudioTrackWriter> {
  const decoder = await createAudioDecoder(mimeType);
  const { sampleRate, channels } = decoder;
  const continuity = new Continuity();
  const append = async (samples: Int16Array): Promise<void> => {
    if (samples.length === 0) return;
    await write({ samples, sampleRate, channels }, continuity.endMs!);
    continuity.endMs! += (1000 * samples.length) / channels / sampleRate;
  };
  const fill = async (gapMs: number): Promise<void> => {
    for (let left = gapMs; left >= 1; left -= 1000) await append(decoder.conceal(Math.min(left, 1000))); // a second at a time: memory
  };
  return {
    write: async ({ data, timeMs }) => {
      const durationMs = mimeType === "audio/opus" ? opusPacketMs(data) : data.length / 8;
      if (durationMs === undefined) return;
      const gap = continuity.gapBefore(timeMs, durationMs);
      if (gap === undefined) return;
      await fill(gap);
      await append(decoder.decode(data));
    },
    fillUntil: async (timeMs) => fill(continuity.gapBefore(timeMs, 20) ?? 0),
    end: async () => decoder.close(),
  };
}

/** G.711 and G.722 as Opus. */
export async function transcodedTrack(mimeType: AudioMimeType, write: WriteAudio): Promise<AudioTrackWriter> {
  const blocks = new Mailbox<PcmBlock>();
  let startMs: number | undefined;
  const decoded = await decodedTrack(mimeType, async (block, timeMs) => {
    startMs ??= timeMs;
    await blocks.put(block);
  });
  const encoding = drain(encodeAudio(blocks, "audio/opus"), async ({ data, timeMs, durationMs }) => {
    await write(data, startMs! + timeMs, durationMs);
  });
  encoding.catch((error: unknown) => blocks.fail(error)); // told by the next put
  return {
    write: (frame) => decoded.write(frame),
    fillUntil: (timeMs) => decoded.fillUntil(timeMs),
    end: async () => {
      await decoded.end();
      blocks.end();
      await encoding;
    },
  };
}

async function drain(frames: AsyncIterable<TimedFrame>, write: (frame: TimedFrame) => Promise<void>): Promise<void> {
  for await (const frame of frames) await write(frame);
}
