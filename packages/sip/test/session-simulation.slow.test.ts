import { simulationSeeds } from "@purertc/simulator";
import { test } from "vitest";
import { expectConsistentEnds } from "./simulated-lives.ts";

const seeds = simulationSeeds(
  process.env.SIMULATION_SEED,
  Array.from({ length: 5000 }, (_, i) => 100000 + i),
);

test(
  "RFC 3261 §13, §14, §15: through loss, reordering and duplication both sides always end up with the same session",
  { timeout: 600000 },
  () => expectConsistentEnds(seeds),
);
