/** What this package writes, decoded by FFmpeg; what FFmpeg writes, read by this package. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type FrameOrigin,
  type MediaSource,
  type Mosaic,
  openAnnexB,
  openMedia,
  type RecordableFrame,
  recordToFile,
  rtpClockRate,
  testPattern,
  tone,
  Vp8KeyFrameEncoder,
  writeIvfFrame,
  writeIvfHeader,
} from "@purertc/media";
import { afterAll, expect, test } from "vitest";

const hasFfmpeg = ["ffmpeg", "ffprobe"].every((program) => spawnSync(program, ["-version"]).status === 0);
if (!hasFfmpeg) process.stderr.write("\n*** SKIPPED: ffmpeg is not installed: apt-get install ffmpeg ***\n\n");

const folder = mkdtempSync(join(tmpdir(), "purertc-media-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ffmpeg(...args: readonly string[]): void {
  execFileSync("ffmpeg", ["-v", "error", "-nostdin", "-y", ...args], { stdio: "inherit" });
}

/** Decodes everything; fails on the first complaint. Gives the number of frames of each stream. */
function decode(path: string): { readonly codec: string; readonly frames: number }[] {
  const { status, stderr } = spawnSync("ffmpeg", ["-v", "error", "-xerror", "-err_detect", "explode", "-i", path, "-f", "null", "-"]);
  expect([path, status, stderr.toString()]).toEqual([path, 0, ""]);
  const told = execFileSync("ffprobe", ["-v", "error", "-count_frames", "-show_streams", "-of", "json", path]).toString();
  const { streams } = JSON.parse(told) as { streams: { codec_name: string; nb_read_frames: string }[] };
  return streams.map((stream) => ({ codec: stream.codec_name, frames: Number(stream.nb_read_frames) }));
}

/** A source as a track would give it, with random-looking timestamps. */
function arriving(source: MediaSource): FrameOrigin {
  const frames = source[Symbol.asyncIterator]();
  return {
    readable: new ReadableStream<RecordableFrame>({
      pull: async (controller) => {
        const { done, value } = await frames.next();
        if (done === true) controller.close();
        else {
          const { data, timeMs, mimeType } = value;
          const timestamp = (4_294_000_000 + Math.round((timeMs * rtpClockRate(mimeType)) / 1000)) % 2 ** 32;
          const metadata = { mimeType, receiveTime: timeMs, captureTime: timeMs };
          controller.enqueue({ data: Uint8Array.from(data).buffer, timestamp, getMetadata: () => metadata });
        }
      },
    }),
  };
}

/** A picture of random colours, and what a decoder must make of it. */
function randomMosaic(encoder: Vp8KeyFrameEncoder, seed: number): Mosaic {
  const mosaic = encoder.mosaic();
  let state = seed;
  for (const plane of [mosaic.y, mosaic.u, mosaic.v]) {
    for (let i = 0; i < plane.length; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      // Runs of one colour, and jumps of all sizes.
      plane[i] = i > 0 && state >>> 31 === 1 ? plane[i - 1]! : (state >>> 16) & 0xff;
    }
  }
  return mosaic;
}

function pixels({ columns }: Mosaic, plane: Uint8Array, width: number, height: number, side: number): Uint8Array {
  return Uint8Array.from(
    { length: width * height },
    (_, i) => plane[Math.floor(i / width / side) * columns + Math.floor((i % width) / side)]!,
  );
}

test.skipIf(!hasFfmpeg).each([
  [320, 240],
  [333, 217],
  [16, 16],
  [1, 1],
  [640, 368],
])("RFC 6386: key frames of %i by %i are decoded to the very colours given", (width, height) => {
  const encoder = new Vp8KeyFrameEncoder(width, height);
  const [frames, wanted]: [Uint8Array[], Uint8Array[]] = [[], []];
  for (let number = 0; number < 12; number++) {
    const mosaic = randomMosaic(encoder, 1000 * width + number);
    frames.push(writeIvfFrame({ time: number, data: encoder.encode(mosaic) }));
    const [chromaWidth, chromaHeight] = [(width + 1) >> 1, (height + 1) >> 1];
    wanted.push(pixels(mosaic, mosaic.y, width, height, 16));
    for (const plane of [mosaic.u, mosaic.v]) wanted.push(pixels(mosaic, plane, chromaWidth, chromaHeight, 8));
  }
  const [ivf, raw] = [join(folder, "mosaic.ivf"), join(folder, "mosaic.yuv")];
  writeFileSync(ivf, Buffer.concat([writeIvfHeader({ fourcc: "VP80", width, height, rate: 30, scale: 1, length: 12 }), ...frames]));
  ffmpeg("-i", ivf, "-f", "rawvideo", "-pix_fmt", "yuv420p", raw);
  expect(readFileSync(raw).equals(Buffer.concat(wanted))).toBe(true);
});

test.skipIf(!hasFfmpeg).each(["webm", "mp4"])("a test pattern and a tone into %s", async (extension) => {
  const path = join(folder, `pattern.${extension}`);
  const sources = [testPattern({ durationMs: 3000 }), tone({ durationMs: 3000 })];
  await recordToFile(sources.map(arriving), path).finished;
  expect(decode(path).sort((a, b) => a.frames - b.frames)).toEqual([
    { codec: "vp8", frames: 90 },
    { codec: "opus", frames: 150 },
  ]);
});

/** What FFmpeg makes, how it is read, and into what it is recorded again. */
const FILES = [
  ["vp8.webm", ["-c:v", "libvpx"], ["webm", "mp4", "ivf"]],
  ["vp9.ivf", ["-c:v", "libvpx-vp9", "-deadline", "realtime"], ["webm", "mp4", "ivf"]],
  ["av1.mp4", ["-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8"], ["webm", "mp4", "ivf"]],
  ["h264.mp4", ["-c:v", "libx264", "-bf", "0"], ["mp4", "h264"]],
  ["h264.mkv", ["-c:v", "libx264", "-bf", "0"], ["mp4", "h264"]],
  ["h265.mp4", ["-c:v", "libx265", "-x265-params", "log-level=0:bframes=0"], ["mp4", "h265"]],
] as const;

test.skipIf(!hasFfmpeg).each(FILES)("%s of FFmpeg, read and recorded again", async (name, codec, formats) => {
  const path = join(folder, name);
  ffmpeg("-f", "lavfi", "-i", "testsrc=d=2:s=192x128:r=25", "-pix_fmt", "yuv420p", "-g", "20", ...codec, path);
  for (const format of formats) {
    const { video } = await openMedia(path);
    const copy = join(folder, `copy-of-${name}.${format}`);
    const { tracks } = await recordToFile(arriving(video!), copy).finished;
    expect(tracks[0]).toMatchObject({ frames: 50, dropped: 0 });
    expect(decode(copy)[0]?.frames).toBe(50);
    if (format === "h265") expect((await count(openAnnexB(copy, { mimeType: "video/H265" }))).frames).toBe(50);
    else expect((await count((await openMedia(copy, { frameRate: 25 })).video)).frames).toBe(50);
  }
});

test.skipIf(!hasFfmpeg)("Ogg, WAV and linear audio in other files, read and recorded again", async () => {
  const sine = ["-f", "lavfi", "-i", "sine=d=2"];
  const files: readonly (readonly [string, ...string[]])[] = [
    ["a.ogg", "-c:a", "libopus"],
    ["a.webm", "-c:a", "libopus", "-ac", "2"],
    ["a.wav", "-ar", "44100", "-ac", "2"],
    ["u.wav", "-ar", "8000", "-c:a", "pcm_mulaw"],
    ["s24.wav", "-c:a", "pcm_s24le"],
    ["f32.mkv", "-c:a", "pcm_f32le"],
    ["be.mov", "-c:a", "pcm_s16be"],
  ];
  for (const [name, ...options] of files) {
    const path = join(folder, name);
    ffmpeg(...sine, ...options, path);
    const { audio } = await openMedia(path);
    const copy = join(folder, `copy-of-${name}.ogg`);
    await recordToFile(arriving(audio!), copy).finished;
    const { frames, endMs } = await count((await openMedia(copy)).audio);
    expect([name, decode(copy)[0]?.codec]).toEqual([name, "opus"]);
    expect(frames).toBeGreaterThanOrEqual(100);
    expect(Math.abs(endMs - 2000)).toBeLessThan(60);
  }
});

async function count(source: MediaSource | undefined): Promise<{ frames: number; endMs: number }> {
  let [frames, endMs] = [0, 0];
  for await (const { timeMs, durationMs } of source ?? []) {
    frames += 1;
    endMs = timeMs + durationMs;
  }
  return { frames, endMs };
}
