import fc from "fast-check";
import { expect, test } from "vitest";
import { checkReplayWindow, ReplayWindow } from "./replay-window.ts";

/** Every index ever seen, in a set. */
class SlowWindow {
  readonly seen = new Set<number>();
  readonly size: number;
  top = -1;

  constructor(size: number) {
    this.size = size;
  }

  check(index: number): "new" | "replayed" | "too-old" {
    if (index <= this.top - this.size) return "too-old";
    return this.seen.has(index) ? "replayed" : "new";
  }

  add(index: number): void {
    this.seen.add(index);
    this.top = Math.max(this.top, index);
  }
}

const move = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 5, arbitrary: fc.integer({ min: -80, max: 0 }) },
  { weight: 2, arbitrary: fc.integer({ min: -600, max: 600 }) },
  { weight: 1, arbitrary: fc.constantFrom(63, 64, 65, 127, 128, 129, -63, -64, -65, 512, 2 ** 33) },
);

test("RFC 3711 §3.3.2: the window is the obvious model, over any moves", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(64, 128, 512),
      fc.constantFrom(0, 70, 65_500, 2 ** 31 - 40, 2 ** 32 - 40, 2 ** 47),
      fc.array(fc.record({ move, forged: fc.boolean() }), { maxLength: 120 }),
      (size, start, steps) => {
        const window = new ReplayWindow(size);
        const model = new SlowWindow(size);
        let at = start;
        for (const { move, forged } of steps) {
          const index = Math.max(0, at + move);
          const seen = window.check(index);
          expect(seen).toBe(model.check(index));
          expect(window.check(index), "looking changes nothing").toBe(seen);
          if (seen !== "new" || forged) continue;
          window.add(index);
          model.add(index);
          at = Math.max(at, index);
          expect(window.check(index)).toBe("replayed");
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("RFC 3711 §3.3.2: a jump of exactly the window's size forgets all of it", () => {
  const window = new ReplayWindow(64);
  for (let index = 0; index < 64; index++) window.add(index);
  window.add(127);
  expect(window.check(63)).toBe("too-old");
  for (let index = 64; index < 127; index++) expect(window.check(index)).toBe("new");
});

test("RFC 3711 §3.3.2: windows are powers of two from 64 to 32768", () => {
  for (const size of [64, 128, 32_768]) checkReplayWindow(size);
  for (const size of [0, 32, 63, 65, 96, 65_536, 64.5, Number.NaN, -64]) expect(() => checkReplayWindow(size)).toThrow("power of two");
});
