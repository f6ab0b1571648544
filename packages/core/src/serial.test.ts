import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Unwrapper16, Unwrapper32 } from "./serial.ts";

const kinds = [
  { name: "Unwrapper16", make: (first: number) => new Unwrapper16(first), range: 2 ** 16 },
  { name: "Unwrapper32", make: (first: number) => new Unwrapper32(first), range: 2 ** 32 },
] as const;

describeEach("RFC 1982 §3.2: %s finds every number that is less than half the range away, whatever came before", ({ make, range }) => {
  const step = fc.integer({ min: -range / 2, max: range / 2 - 1 });
  fc.assert(
    fc.property(fc.nat(2 ** 40), fc.array(step, { maxLength: 50 }), (first, steps) => {
      const unwrapper = make(first);
      let last = first;
      for (const each of steps) {
        const value = last + each;
        const serial = ((value % range) + range) % range;
        expect(unwrapper.peek(serial)).toBe(value);
        expect(unwrapper.unwrap(serial)).toBe(value);
        last = Math.max(last, value); // what is behind is found, but does not pull the counter back
      }
    }),
  );
});

describeEach("RFC 1982 §3.2: %s: half the range away, which the RFC leaves undefined, reads as behind", ({ make, range }) => {
  expect(make(range).peek(range / 2)).toBe(range / 2);
  expect(make(range + 1).peek(range / 2 + 1)).toBe(range / 2 + 1);
});

describeEach("%s: peek changes nothing", ({ make }) => {
  const unwrapper = make(10);
  expect(unwrapper.peek(1000)).toBe(1000);
  expect(unwrapper.peek(20)).toBe(20);
  expect(unwrapper.unwrap(15)).toBe(15);
});

describeEach("%s: counts through many wraps without losing precision", ({ make, range }) => {
  const unwrapper = make(range - 1);
  const stride = Math.floor(range / 3);
  let expected = range - 1;
  let mistakes = 0;
  for (let i = 0; i < 30_000; i++) {
    expected += stride;
    if (unwrapper.unwrap(expected % range) !== expected) mistakes += 1;
  }
  expect(mistakes).toBe(0);
  expect(Number.isSafeInteger(expected)).toBe(true);
});

describeEach("%s: what is before the first number is negative", ({ make, range }) => {
  expect(make(0).peek(range - 1)).toBe(-1);
});

function describeEach(name: string, run: (kind: (typeof kinds)[number]) => void): void {
  for (const kind of kinds) test(name.replace("%s", kind.name), () => run(kind));
}
