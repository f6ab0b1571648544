import { expect, test } from "vitest";
import { RateLimit } from "./rate-limit.ts";

test("RFC 8489 §9.1.3: a burst of one second's worth, then an even rate", () => {
  const limit = new RateLimit(10);
  const taken = (now: number, tries: number): number => Array.from({ length: tries }, () => limit.take(now)).filter(Boolean).length;
  expect(taken(0, 100)).toBe(10);
  expect(taken(50, 100)).toBe(0);
  expect(taken(100, 100)).toBe(1);
  expect(taken(100_000, 100)).toBe(10);
});
