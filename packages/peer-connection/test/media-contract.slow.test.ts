import { simulationSeeds } from "@purertc/simulator";
import { checkProtocolContract } from "@purertc/simulator/contract";
import { memoryInUse } from "@purertc/simulator/node";
import { expect, test } from "vitest";
import { frames, scene } from "./media-contract-scene.ts";

test("Protocol: PeerEngine keeps the eight laws of the Sans-I/O contract with media too", { timeout: 240_000 }, () => {
  const report = checkProtocolContract(scene, {
    seeds: simulationSeeds(process.env.SIMULATION_SEED, [1, 2, 3, 4, 5, 6]),
    steps: 200,
    memoryInUse,
    floodDatagrams: 5000,
  });
  expect(report.laws).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(frames).toBeGreaterThan(200);
});
