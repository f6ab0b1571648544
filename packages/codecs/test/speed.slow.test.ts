/** How many seconds of audio a second of processor time does, printed; fails only when a codec could not serve ten calls. */
import {
  analyzeNoise,
  ComfortNoiseGenerator,
  DtmfDetector,
  decodeAlaw,
  encodeAlaw,
  G722Decoder,
  G722Encoder,
  Resampler,
} from "@purertc/codecs";
import { createOpusDecoder, createOpusEncoder } from "@purertc/codecs/opus";
import { expect, test } from "vitest";
import { speechLike } from "./measure.ts";

const SECONDS = 2;
const [narrow, wide, full] = [speechLike(8000, SECONDS, 1), speechLike(16_000, SECONDS, 1), speechLike(48_000, SECONDS, 1)];

/** Runs one pass over `SECONDS` of audio again and again: the best pass counts, the first ones warm up. */
function measure(name: string, pass: () => void): void {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 8; i++) {
    const start = process.cpuUsage(); // not the clock: others may want the processor too
    pass();
    best = Math.min(best, Math.max(1, process.cpuUsage(start).user) / 1000);
  }
  const ratio = (SECONDS * 1000) / best;
  console.log(`${name.padEnd(40)} ${Math.round(ratio).toLocaleString("en")} x real time`);
  expect(ratio, name).toBeGreaterThan(10);
}

/** Calls `each` with frames of 20 ms. */
function frames(samples: Int16Array, sampleRate: number, each: (frame: Int16Array) => void): void {
  const length = sampleRate / 50;
  for (let at = 0; at + length <= samples.length; at += length) each(samples.subarray(at, at + length));
}

test("G.711, G.722, resampling, DTMF, comfort noise", () => {
  const octets = new Uint8Array(960);
  const out = new Int16Array(960);
  measure("G.711 A-law encode", () => frames(narrow, 8000, (frame) => encodeAlaw(frame, octets)));
  measure("G.711 A-law decode", () => frames(narrow, 8000, () => decodeAlaw(octets.subarray(0, 160), out)));
  const encoder = new G722Encoder();
  measure("G.722 encode", () => frames(wide, 16_000, (frame) => encoder.encode(frame, octets)));
  const coded = new Uint8Array(wide.length / 2);
  new G722Encoder().encode(wide, coded);
  const decoder = new G722Decoder();
  measure("G.722 decode", () => {
    for (let at = 0; at < coded.length; at += 160) decoder.decode(coded.subarray(at, at + 160), out);
  });
  for (const [samples, inputRate, outputRate] of [
    [narrow, 8000, 48_000],
    [full, 48_000, 8000],
    [wide, 16_000, 48_000],
    [narrow, 8000, 16_000],
  ] as const) {
    const resampler = new Resampler({ inputRate, outputRate });
    measure(`resample ${inputRate} to ${outputRate}`, () => frames(samples, inputRate, (frame) => resampler.process(frame, out)));
  }
  const detector = new DtmfDetector();
  measure("DTMF detection", () => frames(narrow, 8000, (frame) => detector.process(frame, () => {})));
  const noise = new ComfortNoiseGenerator({ fill: (bytes) => void bytes.fill(7) });
  noise.update(analyzeNoise(narrow.subarray(0, 800)));
  measure("comfort noise", () => frames(narrow, 8000, (frame) => noise.fill(out.subarray(0, frame.length))));
});

test("Opus", async () => {
  const packet = new Uint8Array(1275);
  const out = new Int16Array(5760);
  for (const complexity of [5, 9, 10]) {
    const encoder = await createOpusEncoder({ complexity });
    measure(`Opus encode, mono, complexity ${complexity}`, () => frames(full, 48_000, (frame) => encoder.encode(frame, packet)));
    encoder.close();
  }
  const encoder = await createOpusEncoder();
  const packets: Uint8Array[] = [];
  frames(full, 48_000, (frame) => packets.push(packet.slice(0, encoder.encode(frame, packet))));
  const decoder = await createOpusDecoder();
  measure("Opus decode, mono", () => {
    for (const one of packets) decoder.decode(one, out);
  });
  encoder.close();
  decoder.close();
});
