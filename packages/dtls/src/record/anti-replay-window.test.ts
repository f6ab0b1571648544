import { InvalidArgumentError } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AntiReplayWindow } from "./anti-replay-window.ts";

test("RFC 6347 §4.1.2.6: agrees with a set of everything seen and a lower edge", () => {
  const step = fc.oneof(fc.integer({ min: -200, max: 200 }), fc.integer({ min: -70, max: 3 }), fc.constantFrom(63, 64, 65, 1000));
  fc.assert(
    fc.property(fc.constantFrom(64, 128), fc.nat(2 ** 47), fc.array(step, { maxLength: 200 }), (size, origin, steps) => {
      const window = new AntiReplayWindow(size);
      const seen = new Set<number>();
      let newest = -1;
      let number = origin;
      for (const by of steps) {
        number = Math.max(0, number + by);
        const replay = seen.has(number) || number <= newest - size;
        expect(window.isReplay(number)).toBe(replay);
        if (replay) continue;
        window.accept(number);
        seen.add(number);
        newest = Math.max(newest, number);
        number = newest; // wander about the newest one
      }
    }),
  );
});

test("RFC 6347 §4.1: works up to the last number of an epoch", () => {
  const window = new AntiReplayWindow(64);
  const last = 2 ** 48 - 1;
  window.accept(last);
  expect([window.isReplay(last), window.isReplay(last - 1), window.isReplay(last - 63), window.isReplay(last - 64)]).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test("asking changes nothing", () => {
  const window = new AntiReplayWindow(64);
  for (let i = 0; i < 3; i++) expect(window.isReplay(1000)).toBe(false);
  expect(window.isReplay(0)).toBe(false);
});

test("the size is a power of two from 64", () => {
  for (const size of [0, 32, 100, 64.5, 2 ** 17]) expect(() => new AntiReplayWindow(size)).toThrow(InvalidArgumentError);
});
