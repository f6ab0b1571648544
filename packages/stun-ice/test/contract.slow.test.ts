import { simulationSeeds } from "@purertc/simulator";
import { checkProtocolContract } from "@purertc/simulator/contract";
import { memoryInUse } from "@purertc/simulator/node";
import { expect, test } from "vitest";
import { scene } from "./contract-scene.ts";

test.each(simulationSeeds(process.env.SIMULATION_SEED, [1, 2, 3, 4, 5, 6]))("Sans-I/O contract: the eight laws, seed %i", (seed) => {
  const report = checkProtocolContract(scene, { seeds: [seed], steps: 300, memoryInUse });
  expect(report.laws).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
