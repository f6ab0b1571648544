/** Signals of whole-number arithmetic alone, so that anyone can make the same ones: what test-vectors/g722 was computed from. */

/** Numerical Recipes' linear congruential generator: 32-bit numbers. */
export function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

/** Two seconds at 16 kHz: sweeping triangles, noise of four loudnesses, full-scale square waves, silence, impulses. */
export function g722TestSignal(): Int16Array {
  const next = lcg(722);
  const signal = new Int16Array(32_000);
  let phase = 0;
  for (let i = 0; i < signal.length; i++) {
    const part = Math.floor(i / 4000);
    const noise = (next() >>> 16) - 32768;
    phase = (phase + 400 + ((i % 4000) << 2)) & 0xffff;
    const triangle = phase < 32768 ? 2 * phase - 32768 : 98303 - 2 * phase;
    if (part === 0) signal[i] = triangle >> 2;
    else if (part === 1) signal[i] = noise >> 6;
    else if (part === 2) signal[i] = (triangle >> 1) + (noise >> 3);
    else if (part === 3) signal[i] = i % 50 < 25 ? 32767 : -32768;
    else if (part === 4) signal[i] = 0;
    else if (part === 5) signal[i] = i % 200 === 0 ? 30000 : noise >> 12;
    else if (part === 6) signal[i] = noise;
    else signal[i] = triangle;
  }
  return signal;
}

/** Octets without any sense: codes that no encoder sends among them. */
export function g722TestOctets(): Uint8Array {
  const next = lcg(19);
  return Uint8Array.from({ length: 8000 }, () => next() >>> 24);
}
