import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MediaClock } from "../clock.ts";
import { type MediaMimeType, rtpClockRate, type TimedFrame } from "../frame.ts";
import { recordToFile } from "../record.ts";
import { openMedia } from "../source/open-media.ts";
import { Vp8KeyFrameEncoder } from "../vp8/key-frame-encoder.ts";
import type { FrameOrigin, RecordableFrame, RecordableMetadata } from "./recordable-frame.ts";
import { Recorder } from "./recorder.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "purertc-recorder-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A track whose frames the test pushes. */
class Track implements FrameOrigin {
  readonly readable: ReadableStream<RecordableFrame>;
  readonly mimeType: MediaMimeType;
  requests = 0;
  readonly #start: number;
  #controller!: ReadableStreamDefaultController<RecordableFrame>;

  constructor(mimeType: MediaMimeType, start = 0xffff_f000) {
    this.mimeType = mimeType;
    this.#start = start;
    this.readable = new ReadableStream<RecordableFrame>({
      start: (controller) => {
        this.#controller = controller;
      },
    });
  }

  requestKeyframe(): void {
    this.requests += 1;
  }

  /** A frame captured at `timeMs`, by default known to be. */
  push(data: Uint8Array, timeMs: number, metadata: RecordableMetadata = {}, knowsCapture = true): void {
    const timestamp = (this.#start + Math.round((timeMs * rtpClockRate(this.mimeType)) / 1000)) % 2 ** 32;
    const capture = knowsCapture ? { captureTime: 90_000 + timeMs } : {};
    const told = { mimeType: this.mimeType, receiveTime: 700 + timeMs, ...capture, ...metadata };
    this.#controller.enqueue({ data: Uint8Array.from(data).buffer, timestamp, getMetadata: () => told });
  }

  end(): void {
    this.#controller.close();
  }
}

/** A key frame of VP8 of this size, and something that looks like a delta frame. */
const key = (width = 64, height = 48): Uint8Array => {
  const encoder = new Vp8KeyFrameEncoder(width, height);
  return encoder.encode(encoder.mosaic());
};
const DELTA = Uint8Array.of(0x31, 1, 2, 3);
/** 20 ms of Opus: a CELT frame without content. */
const OPUS = Uint8Array.of(0xfc, 0xff, 0xfe);

/** The clock of a test stands still but for who waits. */
function stillClock(): MediaClock & { release(): void } {
  let release = (): void => undefined;
  const waiting = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { now: () => 0, waitUntil: () => waiting, release };
}

async function framesOf(path: string, kind: "audio" | "video"): Promise<TimedFrame[]> {
  const frames: TimedFrame[] = [];
  for await (const frame of (await openMedia(path))[kind] ?? []) frames.push(frame);
  return frames;
}

test("audio and video are in step by when they were captured, across the wrap of both timestamps", async () => {
  const [video, audio] = [new Track("video/VP8"), new Track("audio/opus", 0xffff_ffff)];
  const path = join(folder, "step.webm");
  const recorder = recordToFile([video, audio], path);
  for (let i = 0; i < 50; i++) audio.push(OPUS, i * 20);
  for (let i = 0; i < 25; i++) video.push(i === 0 ? key() : DELTA, 100 + i * 40, { receiveTime: 5000 + i * 40 }); // late by seconds
  audio.end();
  video.end();
  expect(await recorder.finished).toMatchObject({
    durationMs: 1060,
    tracks: [
      { kind: "video", mimeType: "video/VP8", frames: 25, dropped: 0 },
      { kind: "audio", mimeType: "audio/opus", frames: 50, dropped: 0 },
    ],
  });
  const { audio: heard, video: seen } = await openMedia(path);
  expect([heard?.mimeType, seen?.mimeType]).toEqual(["audio/opus", "video/VP8"]);
  const times = (await framesOf(path, "video")).map(({ timeMs }) => Math.round(timeMs));
  expect(times.slice(0, 4)).toEqual([100, 140, 180, 220]);
  expect((await framesOf(path, "audio")).map(({ timeMs }) => timeMs)).toEqual(Array.from({ length: 50 }, (_, i) => i * 20));
});

test("video begins with a key frame, goes on with one behind a loss, and both are asked for once a second", async () => {
  const track = new Track("video/VP8");
  const path = join(folder, "loss.ivf");
  const recorder = recordToFile(track, path);
  for (let i = 0; i < 3; i++) track.push(DELTA, i * 40);
  track.push(key(), 120);
  track.push(DELTA, 160);
  track.push(DELTA, 240, { afterLoss: true });
  track.push(DELTA, 280);
  track.push(key(), 320, { afterLoss: true });
  track.push(DELTA, 360);
  track.end();
  expect((await recorder.finished).tracks).toEqual([{ kind: "video", mimeType: "video/VP8", frames: 4, dropped: 5 }]);
  expect(track.requests).toBe(1);
  expect((await framesOf(path, "video")).map(({ timeMs, keyframe }) => [timeMs, keyframe])).toEqual([
    [0, true],
    [40, false],
    [200, true],
    [240, false],
  ]);
});

test("a resolution that changes is recorded as it comes", async () => {
  const track = new Track("video/VP8");
  const path = join(folder, "sizes.webm");
  const recorder = recordToFile(track, path);
  for (const [i, width] of [64, 128, 32].entries()) track.push(key(width), i * 40);
  track.end();
  expect((await recorder.finished).tracks[0]?.frames).toBe(3);
  expect((await framesOf(path, "video")).map(({ data }) => data[6])).toEqual([64, 128, 32]);
});

test("RFC 7845 §4.1: missing audio is filled with packets that say so, in Ogg where nothing else tells time", async () => {
  const track = new Track("audio/opus");
  const path = join(folder, "gap.ogg");
  const recorder = recordToFile(track, path);
  for (const i of [0, 1, 5, 6]) track.push(OPUS, i * 20);
  track.end();
  expect((await recorder.finished).tracks[0]?.frames).toBe(4);
  expect((await framesOf(path, "audio")).map(({ data }) => data.length)).toEqual([3, 3, 1, 1, 1, 3, 3]);
});

test("G.711 into WAV as samples, gaps as silence; into Ogg as Opus", async () => {
  const loud = new Uint8Array(160).fill(0x80); // the largest sample of mu-law
  for (const extension of ["wav", "ogg"]) {
    const track = new Track("audio/PCMU");
    const path = join(folder, `phone.${extension}`);
    const recorder = recordToFile(track, path);
    for (const i of [0, 1, 3, 4]) track.push(loud, i * 20);
    track.end();
    await recorder.finished;
    if (extension === "ogg") expect((await framesOf(path, "audio")).length).toBe(5);
    else {
      const file = await readFile(path);
      expect([file.length, file.readUInt32LE(4), file.readUInt32LE(40)]).toEqual([44 + 5 * 320, 36 + 5 * 320, 5 * 320]);
      expect([file.readInt16LE(44), file.readInt16LE(44 + 2 * 320 + 2), file.readInt16LE(44 + 3 * 320)]).toEqual([32_124, 0, 32_124]);
    }
  }
});

test("a pause is no time in the recording, and video goes on with a key frame that is asked for", async () => {
  let now = 0;
  const clock: MediaClock = { now: () => now, waitUntil: () => new Promise(() => undefined) };
  const track = new Track("video/VP8");
  const path = join(folder, "pause.ivf");
  const recorder = new Recorder([track], path, { clock });
  const taken = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
  track.push(key(), 0);
  await taken();
  recorder.pause();
  recorder.pause();
  track.push(DELTA, 1000);
  await taken();
  now = 2000;
  recorder.resume();
  track.push(DELTA, 2000);
  track.push(key(), 2040);
  track.end();
  expect((await recorder.finished).tracks[0]).toMatchObject({ frames: 2, dropped: 2 });
  expect(track.requests).toBe(1);
  expect((await framesOf(path, "video")).map(({ timeMs }) => timeMs)).toEqual([0, 40]);
});

test("a track that does not come is left out when patience ends; what it sends later is counted", async () => {
  const [audio, video] = [new Track("audio/opus"), new Track("video/VP8")];
  const clock = stillClock();
  const path = join(folder, "late.webm");
  const recorder = new Recorder([audio, video], path, { clock });
  audio.push(OPUS, 0);
  await new Promise((resolve) => setTimeout(resolve, 5));
  clock.release();
  await new Promise((resolve) => setTimeout(resolve, 20));
  video.push(key(), 100);
  audio.push(OPUS, 20);
  audio.end();
  video.end();
  expect((await recorder.finished).tracks).toEqual([
    { kind: "audio", mimeType: "audio/opus", frames: 2, dropped: 0 },
    { kind: "video", mimeType: undefined, frames: 0, dropped: 1 },
  ]);
});

test("a track that ends before the file begins is not waited for, then or later", async () => {
  const [audio, video, silent] = [new Track("audio/opus"), new Track("video/VP8"), new Track("audio/opus")];
  let written = 0;
  const output = new WritableStream<Uint8Array>({
    write: (piece) => {
      written += piece.length;
    },
  });
  const recorder = new Recorder([audio, video, silent], output, { clock: stillClock() });
  audio.push(OPUS, 0, {}, false);
  audio.end();
  silent.end();
  for (let i = 0; i < 100; i++) video.push(key(), i * 40);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(written).toBeGreaterThan(50 * key().length);
  expect((await recorder.stop()).tracks.map(({ frames }) => frames)).toEqual([1, 100, 0]);
});

test("an error while writing ends the recording with it", async () => {
  const track = new Track("video/VP8");
  const output = new WritableStream<Uint8Array>({
    write: () => {
      throw new Error("the disk is full");
    },
  });
  const recorder = new Recorder([track], output, { format: "ivf" });
  track.push(key(), 0);
  await expect(recorder.finished).rejects.toThrow("the disk is full");
  await expect(recorder.stop()).rejects.toThrow("the disk is full");
});

test("what waits for the beginning is bounded, whatever the size of its frames", async () => {
  for (const [size, count] of [
    [1200, 100],
    [1, 1000],
  ] as const) {
    const [audio, video] = [new Track("audio/opus"), new Track("video/VP8")];
    let written = 0;
    const output = new WritableStream<Uint8Array>({
      write: (piece) => {
        written += piece.length;
      },
    });
    const recorder = new Recorder([audio, video], output, { clock: stillClock(), maxWaitingOctets: 100_000 });
    const packet = new Uint8Array(size).fill(0xfc);
    for (let i = 0; i < count; i++) audio.push(packet, i * 20, {}, false);
    audio.end();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeGreaterThan(0); // the file has begun, without the track that never came
    await recorder.stop();
  }
});

test("stop ends it at once; without a frame there is no file", async () => {
  const track = new Track("video/VP8");
  const recorder = recordToFile(track, join(folder, "nothing.webm"));
  expect(await recorder.stop()).toEqual({ durationMs: 0, tracks: [{ kind: "video", mimeType: undefined, frames: 0, dropped: 0 }] });
  expect(await readdir(folder)).not.toContain("nothing.webm");
});

test("audio that falls silent does not make video wait in memory", async () => {
  const [audio, video] = [new Track("audio/opus"), new Track("video/VP8")];
  let written = 0;
  const output = new WritableStream<Uint8Array>({
    write: (piece) => {
      written += piece.length;
    },
  });
  const recorder = new Recorder([audio, video], output);
  audio.push(OPUS, 0);
  for (let i = 0; i < 1500; i++) video.push(key(), i * 40);
  video.push(key(), 60_000);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(written).toBeGreaterThan(1000 * key().length); // a minute, of which the last seconds may wait
  const { tracks } = await recorder.stop();
  expect(tracks.map(({ frames }) => frames)).toEqual([1, 1501]);
});

test("a codec that the format has not, and a second codec, are left out and counted", async () => {
  const track = new Track("video/VP8");
  const recorder = recordToFile(track, join(folder, "codecs.webm"));
  track.push(Uint8Array.of(0, 0, 0, 1, 0x65, 0x88), 0, { mimeType: "video/H264" });
  track.push(key(), 40);
  track.push(Uint8Array.of(0x82, 0x49, 0x83, 0x42, 0, 0x13, 0xf0, 0x0e, 0xf6), 80, { mimeType: "video/VP9" });
  track.push(Uint8Array.of(1), 80, { mimeType: "video/x-unheard-of" });
  track.push(DELTA, 120);
  track.end();
  expect((await recorder.finished).tracks[0]).toMatchObject({ mimeType: "video/VP8", frames: 2, dropped: 3 });
});

test("what cannot be recorded is refused at once; what cannot be written is told", async () => {
  const track = (): Track => new Track("video/VP8");
  expect(() => recordToFile([], join(folder, "a.webm"))).toThrow(TypeError);
  expect(() => recordToFile([track(), track()], join(folder, "a.ivf"))).toThrow(TypeError);
  expect(() => recordToFile(track(), join(folder, "a.avi"))).toThrow(RangeError);
  expect(() => recordToFile({ kind: "video" }, join(folder, "a.webm"))).toThrow(TypeError);
  const given = track();
  const recorder = recordToFile(given, join(folder, "no", "such", "folder.webm"));
  given.push(key(), 0);
  await expect(recorder.finished).rejects.toMatchObject({ code: "ENOENT" });
});
