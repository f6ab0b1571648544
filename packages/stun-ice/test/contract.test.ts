import { checkProtocolContract } from "@purertc/simulator/contract";
import { memoryInUse } from "@purertc/simulator/node";
import { expect, test } from "vitest";
import { scene } from "./contract-scene.ts";

test("Sans-I/O contract: the eight laws", { timeout: 30_000 }, () => {
  const report = checkProtocolContract(scene, { seeds: [1], steps: 120, floodDatagrams: 3000, memoryInUse });
  expect(report.laws).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(report.datagrams).toBeGreaterThan(500);
  expect(report.events).toBeGreaterThan(100);
});
