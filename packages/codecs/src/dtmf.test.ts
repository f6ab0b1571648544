import { expect, test } from "vitest";
import { DTMF_DIGITS, DtmfGenerator, dtmfTone } from "./dtmf.ts";

test("Q.23 §6: each button is a row and a column", () => {
  expect(dtmfTone("1").map(({ hertz }) => hertz)).toEqual([697, 1209]);
  expect(dtmfTone("0").map(({ hertz }) => hertz)).toEqual([941, 1336]);
  expect(dtmfTone("#").map(({ hertz }) => hertz)).toEqual([941, 1477]);
  expect(dtmfTone("D").map(({ hertz }) => hertz)).toEqual([941, 1633]);
  expect(new Set(DTMF_DIGITS).size).toBe(16);
  const [low, high] = dtmfTone("5", { levelDbov: -20, twistDb: -3 });
  expect([low.levelDbov, high.levelDbov]).toEqual([-20, -23]);
});

test("digits wait their turn, with their pauses, and silence follows", () => {
  const generator = new DtmfGenerator();
  generator.press("12", 50, 40);
  expect(generator.busy).toBe(true);
  const out = new Int16Array(8 * 200);
  generator.fill(out);
  expect(generator.busy).toBe(false);
  const loud = (from: number, to: number) => out.subarray(from * 8, to * 8).some((sample) => Math.abs(sample) > 1000);
  expect([loud(0, 50), loud(50, 90), loud(90, 140), loud(140, 200)]).toEqual([true, false, true, false]);
});

test("what is no digit is refused, and nothing is dialled", () => {
  const generator = new DtmfGenerator();
  for (const digits of ["12x", "a", " "]) {
    expect(() => generator.press(digits)).toThrow(expect.objectContaining({ code: "DTMF_DIGIT" }));
  }
  expect(() => generator.press("1", 0)).toThrow(expect.objectContaining({ code: "DTMF_DURATION" }));
  expect(generator.busy).toBe(false);
});
