import * as fc from "fast-check";
import { expect, test } from "vitest";
import { equalBytes } from "./bytes.ts";
import { constantTimeEqual } from "./constant-time.ts";

test("says what equalBytes says", () => {
  const bytes = fc.uint8Array({ maxLength: 4, max: 2 });
  fc.assert(fc.property(bytes, bytes, (a, b) => constantTimeEqual(a, b) === equalBytes(a, b)));
});

test("finds a single bit anywhere, and a difference in length", () => {
  const secret = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
  for (let bit = 0; bit < 256; bit++) {
    const other = Uint8Array.from(secret);
    other[bit >> 3]! ^= 1 << (bit & 7);
    expect(constantTimeEqual(secret, other)).toBe(false);
  }
  expect(constantTimeEqual(secret, secret.subarray(1))).toBe(false);
  expect(constantTimeEqual(secret, new Uint8Array(0))).toBe(false);
  expect(constantTimeEqual(new Uint8Array(0), new Uint8Array(0))).toBe(true);
});

test("looks at every byte, whatever it finds", () => {
  const reads: PropertyKey[] = [];
  const spied = new Proxy(Uint8Array.of(1, 2, 3, 4), {
    get: (target, key) => {
      reads.push(key);
      return Reflect.get(target, key, target);
    },
  });
  constantTimeEqual(spied, Uint8Array.of(9, 9, 9, 9));
  expect(reads.filter((key) => key !== "length")).toEqual(["0", "1", "2", "3"]);
});
