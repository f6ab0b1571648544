/** Against FFmpeg's codecs, which are not ours and not the ITU's. Skipped, with a word about it, where there is no ffmpeg. */
import { spawnSync } from "node:child_process";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw, type G722BitRate, G722Decoder, G722Encoder } from "@purertc/codecs";
import { expect, test } from "vitest";
import { g722TestOctets, g722TestSignal } from "./g722-signal.ts";
import { speechLike } from "./measure.ts";

const present = spawnSync("ffmpeg", ["-version"]).status === 0;
if (!present) console.warn("SKIPPED: codecs against FFmpeg: there is no ffmpeg (Debian: apt-get install ffmpeg)");

function ffmpeg(input: Uint8Array, from: readonly string[], to: readonly string[]): Buffer {
  const { status, stdout, stderr } = spawnSync("ffmpeg", ["-v", "error", ...from, "-i", "pipe:0", ...to, "pipe:1"], {
    input,
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(String(stderr));
  return stdout;
}

const bytesOf = (samples: Int16Array) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
const samplesOf = (bytes: Buffer) => new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
const differences = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).filter((value, i) => value !== b[i]).length;
const raw = (rate: number) => ["-f", "s16le", "-ar", String(rate), "-ac", "1"];

const encoded = (signal: Int16Array) => {
  const octets = new Uint8Array(signal.length / 2);
  new G722Encoder().encode(signal, octets);
  return octets;
};

/** The first at half its level: at full level §3.1 clips the lower band to 15 bits, which the ITU's software does and FFmpeg does not. */
const signals = { "made to be hard": g722TestSignal().map((sample) => sample >> 1), "speech-like": speechLike(16_000, 20, 1) };

test.runIf(present).each(Object.entries(signals))("G.722, %s: FFmpeg encodes to the same octets", (_, signal) => {
  const octets = encoded(signal);
  const theirs = ffmpeg(bytesOf(signal), raw(16_000), ["-c:a", "g722", "-f", "g722"]);
  expect(theirs.length).toBeGreaterThanOrEqual(octets.length); // it fills up its last frame
  expect(differences(octets, theirs)).toBe(0);
});

test.runIf(present).each([
  [64_000, 8],
  [56_000, 7],
  [48_000, 6],
] satisfies [G722BitRate, number][])("G.722 at %i bit/s: FFmpeg decodes to the same samples", (bitRate, bits) => {
  const inputs = [g722TestOctets(), ...Object.values(signals).map(encoded)];
  for (const octets of inputs) {
    const samples = new Int16Array(2 * octets.length);
    new G722Decoder({ bitRate }).decode(octets, samples);
    const theirs = samplesOf(ffmpeg(octets, ["-bits_per_codeword", String(bits), "-f", "g722", "-c:a", "g722"], ["-f", "s16le"]));
    expect(theirs.length).toBe(samples.length);
    expect(differences(samples, theirs)).toBe(0);
  }
});

test.runIf(present).each([
  ["alaw", encodeAlaw, decodeAlaw],
  ["mulaw", encodeMulaw, decodeMulaw],
] as const)("G.711 %s: FFmpeg decodes alike, and encodes to the same or the next level", (law, encode, decode) => {
  const everyOctet = Uint8Array.from({ length: 256 }, (_, i) => i);
  const samples = new Int16Array(256);
  decode(everyOctet, samples);
  expect(differences(samples, samplesOf(ffmpeg(everyOctet, ["-f", law, "-ar", "8000", "-ac", "1"], ["-f", "s16le"])))).toBe(0);

  const everySample = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
  const ours = new Uint8Array(65536);
  encode(everySample, ours);
  const theirs = ffmpeg(bytesOf(everySample), raw(8000), ["-c:a", `pcm_${law}`, "-f", law]);
  // FFmpeg decides in the middle between two values; table 1's and 2's decision values are elsewhere where segments meet.
  const levels = [...new Set(samples)].sort((a, b) => a - b);
  const level = (octet: number) => levels.indexOf(samples[octet]!);
  const apart = ours.reduce((most, octet, i) => Math.max(most, Math.abs(level(octet) - level(theirs[i]!))), 0);
  expect(apart).toBe(1);
  expect(differences(ours, theirs)).toBeLessThan(1000);
});
