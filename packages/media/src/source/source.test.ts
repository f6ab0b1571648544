import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeAlaw, decodeMulaw, G722Decoder } from "@purertc/codecs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { encodeAudio } from "../audio/audio-encoder.ts";
import { pcmSamples } from "../audio/pcm-samples.ts";
import type { MediaSource, TimedFrame } from "../frame.ts";
import { writeIvfFrame, writeIvfHeader } from "../ivf.ts";
import { MediaFormatError } from "../media-format-error.ts";
import type { MediaInput } from "./media-input.ts";
import { openMedia } from "./open-media.ts";
import { testPattern } from "./test-pattern-source.ts";
import { tone } from "./tone-source.ts";

async function all(source: MediaSource | undefined): Promise<TimedFrame[]> {
  const frames: TimedFrame[] = [];
  for await (const frame of source ?? []) frames.push(frame);
  return frames;
}

/** A WAV file of 16-bit samples. */
function wav(samples: Int16Array, sampleRate: number, channels: number): Uint8Array {
  const file = Buffer.alloc(44 + 2 * samples.length);
  file.write("RIFF");
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * channels * 2, 28);
  file.writeUInt16LE(channels * 2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(2 * samples.length, 40);
  for (const [i, sample] of samples.entries()) file.writeInt16LE(sample, 44 + 2 * i);
  return new Uint8Array(file);
}

/** How much of a signal is a sine wave of `hertz`: 1 is all of it. */
function shareOf(hertz: number, samples: Int16Array, sampleRate: number): number {
  let [sine, cosine, energy] = [0, 0, 0];
  for (const [i, sample] of samples.entries()) {
    sine += sample * Math.sin((2 * Math.PI * hertz * i) / sampleRate);
    cosine += sample * Math.cos((2 * Math.PI * hertz * i) / sampleRate);
    energy += sample * sample;
  }
  return (2 * (sine * sine + cosine * cosine)) / samples.length / energy;
}

test("the test pattern: key frames at their times, until its end", async () => {
  const frames = await all(testPattern({ width: 320, height: 240, frameRate: 25, durationMs: 200 }));
  expect(frames.map(({ timeMs }) => timeMs)).toEqual([0, 40, 80, 120, 160]);
  expect(frames.every(({ keyframe, mimeType }) => keyframe && mimeType === "video/VP8")).toBe(true);
  expect(() => testPattern({ width: 0 })).toThrow(RangeError);
  expect(() => testPattern({ frameRate: 0 })).toThrow(RangeError);
});

test.each(["audio/PCMU", "audio/PCMA", "audio/G722"] as const)("a tone in %s is that tone", async (mimeType) => {
  const frames = await all(tone({ mimeType, hertz: 500, durationMs: 400 }));
  expect(frames.map(({ timeMs }) => timeMs)).toEqual(Array.from({ length: 20 }, (_, i) => 20 * i));
  expect(frames.every(({ data }) => data.length === 160)).toBe(true);
  const octets = Uint8Array.from(frames.flatMap(({ data }) => [...data]));
  const samples = new Int16Array(octets.length * (mimeType === "audio/G722" ? 2 : 1));
  if (mimeType === "audio/G722") new G722Decoder().decode(octets, samples);
  else (mimeType === "audio/PCMU" ? decodeMulaw : decodeAlaw)(octets, samples);
  expect(shareOf(500, samples, mimeType === "audio/G722" ? 16_000 : 8000)).toBeGreaterThan(0.95);
});

test("a tone in Opus is packets of 20 ms", async () => {
  const frames = await all(tone({ durationMs: 100 }));
  expect(frames.length).toBe(5);
  expect(frames.every(({ data, durationMs }) => data.length > 3 && durationMs === 20)).toBe(true);
});

test("a source begins again with each iteration", async () => {
  const source = tone({ mimeType: "audio/PCMU", durationMs: 60 });
  expect(await all(source)).toEqual(await all(source));
});

test("WAV: other rates and channels become the codec's, and the end is not lost", async () => {
  const samples = new Int16Array(2 * 44_100).map((_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 1000 * (i >> 1)) / 44_100)));
  const frames = await all((await openMedia(wav(samples, 44_100, 2), { audio: "audio/PCMU" })).audio);
  expect(frames.length).toBe(51); // a second, and the filter's delay
  const decoded = new Int16Array(50 * 160);
  decodeMulaw(Uint8Array.from(frames.slice(0, 50).flatMap(({ data }) => [...data])), decoded);
  expect(shareOf(1000, decoded.subarray(160, 7840), 8000)).toBeGreaterThan(0.95);
});

test("linear audio is cut into frames however it comes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(400), { minLength: 1, maxLength: 8 }), async (lengths) => {
      const total = lengths.reduce((sum, length) => sum + length, 0);
      const blocks = lengths.map((length) => ({ samples: new Int16Array(length), sampleRate: 8000, channels: 1 }));
      let frames = 0;
      for await (const { data } of encodeAudio(blocks, "audio/PCMA")) {
        expect(data.length).toBe(160);
        frames += 1;
      }
      expect(frames).toBe(Math.ceil(total / 160));
    }),
    { numRuns: 40 },
  );
});

test("linear formats are read as 16 bits", () => {
  const bytes = (...octets: readonly number[]): Uint8Array => Uint8Array.from(octets);
  expect([...pcmSamples("pcm-s16", bytes(0x34, 0x12, 0xff, 0xff))!]).toEqual([0x1234, -1]);
  expect([...pcmSamples("pcm-s16be", bytes(0x12, 0x34))!]).toEqual([0x1234]);
  expect([...pcmSamples("pcm-s24", bytes(0x56, 0x34, 0x12))!]).toEqual([0x1234]);
  expect([...pcmSamples("pcm-u8", bytes(0, 128, 255))!]).toEqual([-32_768, 0, 32_512]);
  const floats = new Uint8Array(Float32Array.of(0.5, -2, Number.NaN).buffer);
  expect([...pcmSamples("pcm-f32", floats)!]).toEqual([16_384, -32_768, 0]);
  expect(pcmSamples("aac", bytes(1))).toBeUndefined();
});

/** The same bytes in all the ways they can come. */
async function inputs(bytes: Uint8Array, folder: string): Promise<MediaInput[]> {
  const path = join(folder, "file");
  await writeFile(path, bytes);
  async function* pieces(): AsyncGenerator<Uint8Array, void, void> {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  }
  return [
    path,
    new URL(`file://${path}`),
    bytes,
    new Blob([Uint8Array.from(bytes)]),
    new Blob([Uint8Array.from(bytes)]).stream(),
    pieces(),
  ];
}

test("IVF from a path, a URL, bytes, a Blob and two kinds of streams", async () => {
  const folder = await mkdtemp(join(tmpdir(), "purertc-source-"));
  const pattern = await all(testPattern({ width: 16, height: 16, durationMs: 100 }));
  const header = writeIvfHeader({ fourcc: "VP80", width: 16, height: 16, rate: 30, scale: 1, length: 3 });
  const file = Buffer.concat([header, ...pattern.map(({ data }, time) => writeIvfFrame({ time: time + 5, data }))]);
  for (const input of await inputs(new Uint8Array(file), folder)) {
    const frames = await all((await openMedia(input)).video);
    expect(frames.map(({ timeMs }) => Math.round(timeMs))).toEqual([0, 33, 67]);
    expect(frames.map(({ durationMs }) => Math.round(durationMs))).toEqual([33, 33, 33]);
    expect(frames.map(({ data }) => data)).toEqual(pattern.map(({ data }) => data));
  }
  await rm(folder, { recursive: true });
});

test("what is cut off is read as far as it goes, then told", async () => {
  const header = writeIvfHeader({ fourcc: "VP80", width: 16, height: 16, rate: 30, scale: 1, length: 3 });
  const frame = writeIvfFrame({ time: 0, data: Uint8Array.of(0x31, 1, 2) });
  const { video } = await openMedia(Uint8Array.of(...header, ...frame, ...frame.subarray(0, 13)));
  const read: TimedFrame[] = [];
  const reading = (async () => {
    for await (const each of video!) read.push(each);
  })();
  await expect(reading).rejects.toMatchObject({ name: "MediaFormatError", code: "truncated" });
  expect(read.length).toBe(1);
});

test("what is no media at all is told: nothing else is ever thrown for what is read", async () => {
  const beginnings = ["", "DKIF", "RIFF....WAVEfmt ", "OggS", "\x1aE\xdf\xa3", "\0\0\0\x20ftypisom", "\0\0\0\x01\x67", "\xff\xfb"];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 120 }), async (beginning, rest) => {
      try {
        const tracks = await openMedia(Uint8Array.of(...Buffer.from(beginning, "latin1"), ...rest));
        await all(tracks.audio);
        await all(tracks.video);
      } catch (error) {
        expect(error).toBeInstanceOf(MediaFormatError);
      }
    }),
    { numRuns: 150 },
  );
  await expect(openMedia(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: "unknown-format" });
});

test("a file that is not there is the file system's error", async () => {
  await expect(openMedia("/no/such/file.webm")).rejects.toMatchObject({ code: "ENOENT" });
});
