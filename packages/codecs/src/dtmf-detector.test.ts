import fc from "fast-check";
import { expect, test } from "vitest";
import { noiseSource, speechLike } from "../test/measure.ts";
import { DTMF_DIGITS, DtmfGenerator, type DtmfOptions, dtmfTone } from "./dtmf.ts";
import { DtmfDetector, type DtmfDetectorEvent, type DtmfDetectorOptions } from "./dtmf-detector.ts";

function detect(samples: Int16Array, options: DtmfDetectorOptions = {}, chunk = 160): DtmfDetectorEvent[] {
  const detector = new DtmfDetector(options);
  const events: DtmfDetectorEvent[] = [];
  for (let at = 0; at < samples.length; at += chunk) detector.process(samples.subarray(at, at + chunk), (event) => events.push(event));
  return events;
}

const pressed = (events: readonly DtmfDetectorEvent[]) =>
  events
    .filter(({ type }) => type === "start")
    .map(({ digit }) => digit)
    .join("");

function dialled(digits: string, onMs: number, offMs: number, options: DtmfOptions = {}): Int16Array {
  const generator = new DtmfGenerator(options);
  generator.press(digits, onMs, offMs);
  const out = new Int16Array(((options.sampleRate ?? 8000) / 1000) * ((onMs + offMs) * digits.length + 100));
  generator.fill(out);
  return out;
}

/** Two sine waves of any frequency and level, from sample 800 on, a second of silence around them. */
function pair(low: number, high: number, onMs: number, lowDbov = -14, highDbov = -14, start = 800): Int16Array {
  const amplitude = (dbov: number) => 32768 * Math.SQRT2 * 10 ** (dbov / 20);
  return Int16Array.from({ length: 4000 }, (_, i) => {
    if (i < start || i >= start + onMs * 8) return 0;
    const time = (2 * Math.PI * (i - start)) / 8000;
    return Math.round(amplitude(lowDbov) * Math.sin(low * time) + amplitude(highDbov) * Math.sin(high * time));
  });
}

function withNoise(samples: Int16Array, snrDb: number, seed: number, signalDbov = -9.9): Int16Array {
  const random = noiseSource(seed);
  const amplitude = 32768 * 10 ** ((signalDbov - snrDb) / 20) * Math.sqrt(3);
  return samples.map((sample) => Math.max(-32768, Math.min(32767, Math.round(sample + amplitude * random()))));
}

const ALL = DTMF_DIGITS.join("");

test.each([8000, 16_000, 24_000, 48_000])("all sixteen digits at %i samples per second, with start, end and duration", (sampleRate) => {
  const events = detect(dialled(ALL, 60, 60, { sampleRate }), { sampleRate });
  expect(pressed(events)).toBe(ALL);
  expect(events.length).toBe(32);
  const perMs = sampleRate / 1000;
  for (const [i, event] of events.entries()) {
    const digit = i >> 1;
    expect(event.type).toBe(i % 2 === 0 ? "start" : "end");
    const truth = digit * 120 + (i % 2 === 0 ? 0 : 60);
    expect(Math.abs(event.at / perMs - truth)).toBeLessThan(11);
    if (event.type === "end") expect(Math.abs(event.duration / perMs - 60)).toBeLessThan(12);
  }
});

test("Q.24 §2.3: 40 ms of tone and 40 ms of pause are enough, at any place against the looks", () => {
  for (let shift = 0; shift < 40; shift += 7) {
    const line = dialled("1159D0", 40, 40);
    const shifted = new Int16Array(line.length + shift);
    shifted.set(line, shift);
    expect(pressed(detect(shifted)), `shift ${shift}`).toBe("1159D0");
  }
});

test("Q.24 §2.3: tones of less than 20 ms are none; a break of 10 ms does not part a digit", () => {
  for (let start = 800; start < 840; start += 5) {
    expect(detect(pair(770, 1336, 20, -14, -14, start)), `start ${start}`).toEqual([]);
    const broken = pair(770, 1336, 120, -14, -14, start).fill(0, start + 400, start + 480);
    expect(pressed(detect(broken)), `break, start ${start}`).toBe("5");
  }
});

test("Q.24 §2.2: 1.5 % off is accepted, 3.5 % off is refused, for either tone", () => {
  for (const digit of DTMF_DIGITS) {
    const [low, high] = dtmfTone(digit);
    for (const [lowOff, highOff, expected] of [
      [1.015, 1.015, digit],
      [0.985, 1.015, digit],
      [1.018, 0.982, digit],
      [1.035, 1, ""],
      [0.965, 1, ""],
      [1, 1.035, ""],
      [1, 0.965, ""],
    ] as const) {
      const events = detect(pair(low.hertz * lowOff, high.hertz * highOff, 100));
      expect(pressed(events), `${digit} with ${lowOff} and ${highOff}`).toBe(expected);
    }
  }
});

test("Q.24 §2.4: 8 dB of twist either way are accepted, 12 dB are not; options say otherwise", () => {
  for (const digit of ["1", "D", "7", "3"] as const) {
    const [low, high] = dtmfTone(digit);
    expect(pressed(detect(pair(low.hertz, high.hertz, 60, -12, -20 + 0.2)))).toBe(digit);
    expect(pressed(detect(pair(low.hertz, high.hertz, 60, -20 + 0.2, -12)))).toBe(digit);
    expect(detect(pair(low.hertz, high.hertz, 60, -12, -24))).toEqual([]);
    expect(detect(pair(low.hertz, high.hertz, 60, -24, -12))).toEqual([]);
    expect(detect(pair(low.hertz, high.hertz, 60, -20, -14), { maximumTwistDb: 4 })).toEqual([]);
    expect(detect(pair(low.hertz, high.hertz, 60, -14, -20), { maximumReverseTwistDb: 4 })).toEqual([]);
  }
});

test("Q.24 §2.1: tones from -6 to -40 dBov are heard, weaker ones are not", () => {
  for (const level of [-9.1, -20, -30, -40]) expect(pressed(detect(pair(852, 1477, 60, level, level))), `${level}`).toBe("9");
  for (const level of [-45, -60]) expect(detect(pair(852, 1477, 60, level, level)), `${level}`).toEqual([]);
  expect(pressed(detect(pair(852, 1477, 60, -45, -45), { minimumLevelDbov: -50 }))).toBe("9");
});

test("noise 12 dB below the tones costs no digit of 160; 8 dB cost at most two", () => {
  const count = (snr: number) => {
    let right = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const heard = pressed(detect(withNoise(dialled(ALL, 60, 60, { twistDb: 0 }), snr, seed, -11)));
      right += [...ALL].filter((digit) => heard.includes(digit)).length;
      expect(heard.length, "no digit twice").toBeLessThanOrEqual(16);
    }
    return right;
  };
  expect(count(12)).toBe(160);
  expect(count(8)).toBeGreaterThanOrEqual(158);
});

test("talk-off: neither voices nor noise nor music press a button", () => {
  for (let seed = 1; seed <= 4; seed++) expect(detect(speechLike(8000, 8, seed, 20_000)), `voice ${seed}`).toEqual([]);
  const random = noiseSource(5);
  expect(detect(Int16Array.from({ length: 80_000 }, () => Math.round(20_000 * random())))).toEqual([]);
  // Chords: every pair of notes from 220 to 1760 Hz with a few overtones.
  for (let low = 0; low < 36; low += 1) {
    const chord = Int16Array.from({ length: 1600 }, (_, i) => {
      let sum = 0;
      for (const note of [low, low + 7]) {
        for (const overtone of [1, 2, 3]) sum += Math.sin((2 * Math.PI * overtone * 220 * 2 ** (note / 12) * i) / 8000) / overtone;
      }
      return Math.round(5000 * sum);
    });
    expect(detect(chord), `chord ${low}`).toEqual([]);
  }
});

test("single tones, three tones, and tones of one group are no digits", () => {
  const tone = (...hertz: number[]) =>
    Int16Array.from({ length: 2400 }, (_, i) =>
      hertz.reduce((sum, one) => sum + Math.round(6000 * Math.sin((2 * Math.PI * one * i) / 8000)), 0),
    );
  for (const hertz of [697, 1633, 425, 1000]) expect(detect(tone(hertz))).toEqual([]);
  expect(detect(tone(697, 941))).toEqual([]);
  expect(detect(tone(697, 1209, 1633))).toEqual([]);
  expect(detect(tone(697, 1209, 2500))).toEqual([]);
  expect(detect(tone(350, 440))).toEqual([]);
});

test("one digit straight after another, without a pause, is two", () => {
  expect(pressed(detect(dialled("159", 80, 0)))).toBe("159");
});

test("events do not depend on how the stream is cut", () => {
  const line = withNoise(dialled("42#", 60, 60), 20, 3);
  const whole = detect(line, {}, line.length);
  expect(pressed(whole)).toBe("42#");
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), (chunk) => {
      expect(detect(line, {}, chunk)).toEqual(whole);
    }),
    { numRuns: 25 },
  );
});

test("the start is told within the stated latency", () => {
  const line = pair(697, 1209, 200);
  const detector = new DtmfDetector();
  let heardAt = 0;
  for (let i = 0; i < line.length && heardAt === 0; i++) {
    detector.process(line.subarray(i, i + 1), () => {
      heardAt = i;
    });
  }
  expect((heardAt - 800) / 8000).toBeLessThanOrEqual(DtmfDetector.latencySeconds);
});

test("sample rates without a whole look are refused", () => {
  for (const sampleRate of [4000, 11_025, 8001, Number.NaN]) {
    expect(() => new DtmfDetector({ sampleRate })).toThrow(expect.objectContaining({ code: "DTMF_SAMPLE_RATE" }));
  }
});
