import { simulationSeeds } from "@purertc/simulator";
import { checkProtocolContract } from "@purertc/simulator/contract";
import { expect, test } from "vitest";
import { frames, memoryInUse, scene } from "./media-contract-scene.ts";

test("house.md 1.4: PeerEngine keeps the eight laws of the Sans-I/O contract with media too", { timeout: 240_000 }, () => {
  const report = checkProtocolContract(scene, {
    seeds: simulationSeeds(process.env.SIMULATION_SEED, [1, 2, 3, 4, 5, 6]),
    steps: 200,
    memoryInUse,
    floodDatagrams: 5000,
  });
  expect(report.laws).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(frames).toBeGreaterThan(200);
});
