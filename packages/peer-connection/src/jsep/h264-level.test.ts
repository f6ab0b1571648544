import { expect, test } from "vitest";
import { answeredProfileLevelId, parseProfileLevelId } from "./h264-level.ts";

test.each([
  ["42e01f", "constrained-baseline"],
  ["42c01f", "constrained-baseline"],
  ["4d801f", "constrained-baseline"],
  ["58f01f", "constrained-baseline"],
  ["42001f", "baseline"],
  ["42801f", "baseline"],
  ["58a01f", "baseline"],
  ["4d001f", "main"],
  ["4d401f", "main"],
  ["58001f", "extended"],
  ["640c1f", "constrained-high"],
  ["64001f", "high"],
  ["f4001f", "high-4:4:4-predictive"],
])("RFC 6184 §8.1, table 5: %s is %s", (text, profile) => {
  expect(parseProfileLevelId(text)!.profile).toBe(profile);
  expect(parseProfileLevelId(text.toUpperCase())!.profile).toBe(profile);
});

test("RFC 6184 §8.1: profiles outside the table are told apart by their bits; other texts are no profile", () => {
  expect(parseProfileLevelId("640a1f")!.profile).toBe("640a");
  expect(parseProfileLevelId("ff001f")!.profile).not.toBe(parseProfileLevelId("ff011f")!.profile);
  for (const text of ["", "42e01", "42e01f0", "42e01g", " 42e01f"]) expect(parseProfileLevelId(text)).toBeUndefined();
  expect(parseProfileLevelId()).toMatchObject({ profile: "baseline", level: 10 });
});

test("H.264 §A.3.1: level 1b is between 1 and 1.1, spelled with constraint_set3 or as 9", () => {
  const level = (text: string): number => parseProfileLevelId(text)!.level;
  expect([level("42e00a"), level("42f00b"), level("42e00b")]).toEqual([10, 10.5, 11]);
  expect([level("640009"), level("64100b")]).toEqual([10.5, 11]);
});

test("RFC 6184 §8.2.2: with asymmetry an answer states our level, without it the lower one", () => {
  const [low, high] = [parseProfileLevelId("42e00d")!, parseProfileLevelId("42e01f")!];
  expect(answeredProfileLevelId(low, high, true)).toBe("42e01f");
  expect(answeredProfileLevelId(low, high, false)).toBe("42e00d");
  expect(answeredProfileLevelId(high, low, false)).toBe("42e00d");
  // 1b of the offer stays spelled as it was, since its bits are part of the level.
  expect(answeredProfileLevelId(parseProfileLevelId("42f00b")!, high, false)).toBe("42f00b");
});
