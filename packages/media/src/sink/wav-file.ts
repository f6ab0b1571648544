/** WAV (RIFF, with WAVE_FORMAT_PCM): any audio, decoded to 16 bits. Written here, because mediabunny cannot write it to a stream. */
import { concatBytes } from "@purertc/core";
import type { AudioMimeType } from "../audio/audio-encoder.ts";
import { decodedTrack } from "./audio-track.ts";
import { type MediaOutput, openByteSink } from "./output-target.ts";
import type { RecordedTrack, RecordingFile } from "./recording-file.ts";

const HEADER_LENGTH = 44;

/** What streams say, whose length nobody knows, in both places; readers then read to the end. */
const UNKNOWN_LENGTH = 0xffff_ffff;

/** Opens a file. Beyond 4 GiB its length is told as unknown. */
export async function openWavFile(output: MediaOutput, [track]: readonly RecordedTrack[]): Promise<RecordingFile> {
  const sink = await openByteSink(output);
  let format: { readonly sampleRate: number; readonly channels: number } | undefined;
  let length = 0;
  const writer = await decodedTrack(track!.mimeType as AudioMimeType, async ({ samples, sampleRate, channels }) => {
    const octets = littleEndian(samples);
    length += octets.length;
    // In one piece with the first samples: a stream's reader can tell what it is at once.
    await sink.write(format === undefined ? concatBytes(writeHeader(sampleRate, channels, UNKNOWN_LENGTH), octets) : octets);
    format = { sampleRate, channels };
  });
  return {
    write: (_, frame) => writer.write(frame),
    fillUntil: (_, timeMs) => writer.fillUntil(timeMs),
    endTrack: async () => undefined,
    finish: async () => {
      await writer.end();
      const { sampleRate, channels } = format ?? { sampleRate: 8000, channels: 1 };
      if (format === undefined) await sink.write(writeHeader(sampleRate, channels, 0));
      else await sink.rewriteStart(writeHeader(sampleRate, channels, Math.min(length, UNKNOWN_LENGTH)));
      await sink.close();
    },
    cancel: async () => {
      await writer.end();
      await sink.close();
    },
  };
}

function littleEndian(samples: Int16Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * samples.length));
  for (let i = 0; i < samples.length; i++) view.setInt16(2 * i, samples[i]!, true);
  return new Uint8Array(view.buffer);
}

/** "RIFF", "WAVE", a "fmt " chunk of 16 octets, and the head of the "data" chunk. */
function writeHeader(sampleRate: number, channels: number, length: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  const name = (at: number, text: string): void =>
    bytes.set(
      [...text].map((character) => character.charCodeAt(0)),
      at,
    );
  name(0, "RIFF");
  view.setUint32(4, Math.min(length + HEADER_LENGTH - 8, UNKNOWN_LENGTH), true);
  name(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  name(36, "data");
  view.setUint32(40, length, true);
  return bytes;
}
