import { concatBytes } from "@purertc/core";
import { expect, test } from "vitest";
import { corpus, fuzz } from "./fuzz-target.ts";

/** `FUZZ_SEED` repeats a run, `FUZZ_SECONDS` makes it longer. */
const seed = Number(process.env.FUZZ_SEED ?? Math.trunc(performance.timeOrigin)) >>> 0;
const seconds = Number(process.env.FUZZ_SECONDS ?? 10);

test(`RFC 3261 §25: ${seconds} s of mutated messages break no promise (FUZZ_SEED=${seed})`, { timeout: (seconds + 60) * 1000 }, () => {
  const seeds = corpus();
  const random = xorshift(seed);
  const until = performance.now() + seconds * 1000;
  let runs = 0;
  for (; performance.now() < until; runs++) {
    const bytes = mutated(seeds[random(seeds.length)]!, random);
    try {
      fuzz(bytes);
    } catch (cause) {
      throw new Error(`FUZZ_SEED=${seed}, run ${runs}: ${Buffer.from(bytes).toString("latin1")}`, { cause });
    }
  }
  expect(runs).toBeGreaterThan(0);
});

function mutated(original: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = original;
  for (let changes = random(6); changes > 0 && bytes.length > 0; changes--) {
    const at = random(bytes.length);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (random(4)) {
      case 0:
        bytes = concatBytes(before, Uint8Array.of(random(3) === 0 ? random(256) : telling(random)), after.subarray(1));
        break;
      case 1:
        bytes = concatBytes(
          before,
          Uint8Array.from({ length: 1 + random(4) }, () => telling(random)),
          after,
        );
        break;
      case 2:
        bytes = concatBytes(before, after.subarray(1 + random(30)));
        break;
      default:
        bytes = concatBytes(bytes.subarray(0, at + random(60)), after);
    }
  }
  return bytes;
}

/** A byte that means something to the grammar. */
function telling(random: (below: number) => number): number {
  return TELLING.charCodeAt(random(TELLING.length));
}

const TELLING = '\r\n\r\n \t:;,<>"\\@=/?%[]()*0é\0.-aSIP1';

/** George Marsaglia's generator: numbers from 0 up to a bound. */
function xorshift(start: number): (below: number) => number {
  let state = start | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
