import { expect, test } from "vitest";
import { forEachSeed, simulationSeeds, withSeed } from "./seeds.ts";

test.each([
  [undefined, [1, 2]],
  ["", [1, 2]],
  ["7", [7]],
  ["7, 9,11", [7, 9, 11]],
  ["3-6", [3, 4, 5, 6]],
  ["1,5-6", [1, 5, 6]],
])("SIMULATION_SEED=%s", (env, seeds) => {
  expect(simulationSeeds(env, [1, 2])).toEqual(seeds);
});

test.each(["x", "1,,2", "-3", "6-3", "1.5", "0-9999999"])("SIMULATION_SEED=%s is refused", (env) => {
  expect(() => simulationSeeds(env, [1])).toThrow(SyntaxError);
});

test("a failure in a loop over seeds says which seed", async () => {
  const seen: number[] = [];
  const run = forEachSeed([4, 5, 6], (seed) => {
    seen.push(seed);
    if (seed === 5) throw new Error("lost a message");
  });
  await expect(run).rejects.toThrow("lost a message\n(run this again with SIMULATION_SEED=5)");
  expect(seen).toEqual([4, 5]);
});

test("the innermost seed is kept, and the error stays the same object", () => {
  const error = new RangeError("x");
  expect(withSeed(withSeed(error, 1), 2)).toBe(error);
  expect(error.message).toBe("x\n(run this again with SIMULATION_SEED=1)");
  expect(error.stack).toContain("SIMULATION_SEED=1");
  expect(withSeed("not an error", 1)).toBe("not an error");
});
