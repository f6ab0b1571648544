/** Signals and measurements of the tests. */

/** A sine wave of `amplitude` (of 32768), whole samples. */
export function sine(hertz: number, sampleRate: number, length: number, amplitude = 8000, phase = 0): Int16Array {
  return Int16Array.from({ length }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * hertz * i) / sampleRate + phase)));
}

/** Mean square. */
export function power(samples: ArrayLike<number>, from = 0, to: number = samples.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += samples[i]! ** 2;
  return sum / (to - from);
}

export function decibels(ratio: number): number {
  return 10 * Math.log10(ratio);
}

/** Uniform numbers from -1 to 1, always the same for a seed. */
export function noiseSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/**
 * Something like speech: a glottal pulse train whose pitch wanders between 90 and 250 Hz through four resonances, in syllables of 200 ms
 * with pauses, and a little noise.
 */
export function speechLike(sampleRate: number, seconds: number, seed: number, peak = 12_000): Int16Array {
  const random = noiseSource(seed);
  const length = Math.round(sampleRate * seconds);
  const samples = new Float64Array(length);
  const state = Array.from({ length: 4 }, () => [0, 0]);
  let formants = [500, 1500, 2500, 3500];
  let pitch = 120;
  let phase = 0;
  for (let i = 0; i < length; i++) {
    const syllable = sampleRate / 5;
    if (i % syllable === 0) {
      formants = [300 + 250 * (random() + 1), 800 + 700 * (random() + 1), 2200 + 400 * (random() + 1), 3400];
      pitch = 90 + 80 * (random() + 1);
    }
    pitch *= 1 + 0.0002 * random();
    phase += pitch / sampleRate;
    let value = 0.02 * random();
    if (phase >= 1) {
      phase -= 1;
      value += 1;
    }
    for (const [j, hertz] of formants.entries()) {
      const radius = Math.exp((-Math.PI * (60 + 40 * j)) / sampleRate);
      const [y1, y2] = state[j]! as [number, number];
      const y = value * (1 - radius) + 2 * radius * Math.cos((2 * Math.PI * hertz) / sampleRate) * y1 - radius * radius * y2;
      state[j] = [y, y1];
      value = y;
    }
    const envelope = Math.sin((Math.PI * (i % syllable)) / syllable) ** 0.5 * (Math.floor(i / syllable) % 4 === 3 ? 0 : 1);
    samples[i] = value * envelope;
  }
  const loudest = samples.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-9);
  return Int16Array.from(samples, (value) => Math.round((value / loudest) * peak));
}

/** Signal to noise, in dB, of `received` against `sent` delayed by `delay` samples. */
export function signalToNoise(sent: Int16Array, received: Int16Array, delay: number): number {
  let signal = 0;
  let noise = 0;
  for (let i = delay + 500; i < received.length; i++) {
    signal += sent[i - delay]! ** 2;
    noise += (received[i]! - sent[i - delay]!) ** 2;
  }
  return decibels(signal / noise);
}
