import { type G722BitRate, G722Decoder, G722Encoder } from "@purertc/codecs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { g722TestSignal } from "./g722-signal.ts";
import { decibels, power, signalToNoise, sine, speechLike } from "./measure.ts";

/** Delay of both filters, §5.3: 22 samples of 16 kHz, less the one that the pair is waited for. */
const DELAY = 22;

function through(samples: Int16Array, bitRate: G722BitRate = 64_000): Int16Array {
  const octets = new Uint8Array(samples.length / 2);
  new G722Encoder({ bitRate }).encode(samples, octets);
  const out = new Int16Array(samples.length);
  new G722Decoder({ bitRate }).decode(octets, out);
  return out;
}

test("G.722: speech-like signals keep their shape in every mode, each bit worth some dB", () => {
  const speech = speechLike(16_000, 2, 7);
  const [high, middle, low] = ([64_000, 56_000, 48_000] as const).map((rate) => signalToNoise(speech, through(speech, rate), DELAY));
  expect(high).toBeGreaterThan(20);
  expect(middle).toBeGreaterThan(17);
  expect(low).toBeGreaterThan(12);
  expect(high! - middle!).toBeGreaterThan(1);
  expect(middle! - low!).toBeGreaterThan(2);
});

test("G.722 §2.3, figure 1: tones from 50 to 7000 Hz come through at their level", () => {
  for (const hertz of [50, 100, 300, 1000, 2000, 3000, 3500, 4500, 5000, 6000, 6500, 7000]) {
    const tone = sine(hertz, 16_000, 8000, 10_000);
    const out = through(tone);
    expect(Math.abs(decibels(power(out, 1000) / power(tone, 1000))), `${hertz} Hz`).toBeLessThan(hertz < 4000 ? 0.6 : 1.5);
  }
});

test("G.722: a tone of the lower band is some 35 dB above what the coding adds", () => {
  for (const hertz of [300, 1000, 2000]) {
    const tone = sine(hertz, 16_000, 8000, 10_000);
    expect(signalToNoise(tone, through(tone), DELAY), `${hertz} Hz`).toBeGreaterThan(30);
  }
});

test("G.722: silence stays silence, and overload comes back from it", () => {
  expect(power(through(new Int16Array(1600)))).toBeLessThan(25);
  const loud = Int16Array.from({ length: 3200 }, (_, i) => (i < 1600 ? (i % 16 < 8 ? 32767 : -32768) : 0));
  expect(power(through(loud), 2800)).toBeLessThan(25);
});

test("G.722 §1.4.4: the bits of auxiliary data are zero, and what is put there does not change the audio", () => {
  const signal = g722TestSignal();
  const octets = new Uint8Array(signal.length / 2);
  new G722Encoder({ bitRate: 48_000 }).encode(signal, octets);
  expect(octets.every((octet) => (octet & 3) === 0)).toBe(true);
  const plain = new Int16Array(signal.length);
  new G722Decoder({ bitRate: 48_000 }).decode(octets, plain);
  const withData = new Int16Array(signal.length);
  new G722Decoder({ bitRate: 48_000 }).decode(
    octets.map((octet, i) => octet | (i & 3)),
    withData,
  );
  expect(withData.every((sample, i) => sample === plain[i])).toBe(true);
});

test("G.722: results do not depend on how the stream is cut, at odd places included", () => {
  const signal = g722TestSignal().subarray(0, 2400);
  const whole = new Uint8Array(1200);
  new G722Encoder().encode(signal, whole);
  const decodedWhole = new Int16Array(2400);
  new G722Decoder().decode(whole, decodedWhole);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 12 }), (cuts) => {
      const encoder = new G722Encoder();
      const decoder = new G722Decoder();
      const octets: number[] = [];
      const samples: number[] = [];
      const places = [...cuts.map((cut) => Math.min(2400, cut * 6)), 2400].sort((a, b) => a - b);
      let at = 0;
      for (const place of places) {
        const out = new Uint8Array((place - at + 1) >> 1);
        const piece = out.subarray(0, encoder.encode(signal.subarray(at, place), out));
        octets.push(...piece);
        const linear = new Int16Array(2 * piece.length);
        samples.push(...linear.subarray(0, decoder.decode(piece, linear)));
        at = place;
      }
      expect(octets).toEqual([...whole]);
      expect(samples).toEqual([...decodedWhole]);
    }),
    { numRuns: 40 },
  );
});

test("G.722: one sample at a time gives an octet at every second", () => {
  const signal = g722TestSignal().subarray(0, 301);
  const whole = new Uint8Array(150);
  expect(new G722Encoder().encode(signal, whole)).toBe(150);
  const encoder = new G722Encoder();
  const out = new Uint8Array(1);
  const octets: number[] = [];
  for (const sample of signal) if (encoder.encode(Int16Array.of(sample), out) === 1) octets.push(out[0]!);
  expect(octets).toEqual([...whole]);
});

test("G.722: an output that is too short is refused, and nothing of the stream is lost by it", () => {
  const signal = g722TestSignal().subarray(0, 320);
  const encoder = new G722Encoder();
  expect(() => encoder.encode(signal, new Uint8Array(159))).toThrow(expect.objectContaining({ code: "CODEC_OUTPUT_TOO_SMALL" }));
  const after = new Uint8Array(160);
  encoder.encode(signal, after);
  const fresh = new Uint8Array(160);
  new G722Encoder().encode(signal, fresh);
  expect(after).toEqual(fresh);
  expect(() => new G722Decoder().decode(fresh, new Int16Array(319))).toThrow(RangeError);
  expect(new G722Decoder().decode(new Uint8Array(0), new Int16Array(0))).toBe(0);
});

test("G.722: there are three bit rates", () => {
  const wrong = 32_000 as number as G722BitRate;
  expect(() => new G722Encoder({ bitRate: wrong })).toThrow(expect.objectContaining({ code: "G722_BIT_RATE" }));
});

test("G.722 hostile: any octets decode, and after a second of them the next call is soon right again", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 100, maxLength: 1000 }), (octets) => {
      const decoder = new G722Decoder();
      const out = new Int16Array(2 * octets.length);
      expect(decoder.decode(octets, out)).toBe(out.length);
      const tone = sine(1000, 16_000, 16_000, 8000);
      const coded = new Uint8Array(8000);
      new G722Encoder().encode(tone, coded);
      const heard = new Int16Array(16_000);
      decoder.decode(coded, heard);
      expect(Math.abs(decibels(power(heard, 12_000) / power(tone, 12_000)))).toBeLessThan(1);
    }),
    { numRuns: 15 },
  );
});
