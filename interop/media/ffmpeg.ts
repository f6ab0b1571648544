/** FFmpeg as a judge of files, and as a maker of some. */
import { spawn, spawnSync } from "node:child_process";
import { skipLoudly } from "../missing.ts";

/** Whether both programs are there; when not, it is said loudly once, and a failure with `REQUIRE_FFMPEG=1`. */
export function hasFfmpeg(): boolean {
  const there = ["ffmpeg", "ffprobe"].every((program) => spawnSync(program, ["-version"]).status === 0);
  if (there) return true;
  skipLoudly("ffmpeg is not installed (Debian: apt-get install ffmpeg)", "REQUIRE_FFMPEG");
  return false;
}

/** Runs FFmpeg; resolves with what it said, rejects when it failed. */
export async function ffmpeg(...args: readonly string[]): Promise<string> {
  return await run("ffmpeg", ["-hide_banner", "-nostdin", "-y", ...args]);
}

/** A stream of a file as ffprobe tells it. */
export interface ProbedStream {
  readonly codec_type: "audio" | "video";
  readonly codec_name: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_rate?: string;
  readonly channels?: number;
  /** Decoded, every one. */
  readonly nb_read_frames: string;
  readonly start_time?: string;
}

/** What is in a file. */
export interface Probed {
  readonly streams: readonly ProbedStream[];
  /** Seconds. */
  readonly duration: number;
}

/** Decodes every frame of a file; rejects when the decoder finds anything wrong at all. */
export async function decodeAll(path: string): Promise<Probed> {
  const complaints = await ffmpeg("-v", "warning", "-xerror", "-err_detect", "explode", "-i", path, "-f", "null", "-");
  // A raw PCM layout is guessed, and frames of variable rate meet a muxer that counts in frames: neither is about the file.
  const real = complaints
    .split("\n")
    .filter((line) => line !== "" && !/Guessed Channel Layout|non monotonically increasing dts to muxer|repeated/.test(line));
  if (real.length > 0) throw new Error(`${path}: ${real.join("; ")}`);
  const told = await run("ffprobe", ["-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", path]);
  const { streams, format } = JSON.parse(told) as { streams: ProbedStream[]; format: { duration?: string } };
  return { streams, duration: Number(format.duration ?? Number.NaN) };
}

function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    child.once("error", reject);
    child.once("exit", (code) => {
      if (code === 0) resolve(program === "ffmpeg" ? errors : output);
      else reject(new Error(`${program} ${args.join(" ")}: ${errors}`));
    });
  });
}
