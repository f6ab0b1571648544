import { seededRandom } from "@purertc/simulator";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SrvRecord } from "./dns.ts";
import { orderSrvRecords } from "./srv-order.ts";

const record = (priority: number, weight: number, target = `${priority}-${weight}`): SrvRecord => ({
  priority,
  weight,
  port: 5060,
  target,
});

test("RFC 2782: lower priorities come first, whatever their weights", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(100)), { maxLength: 12 }), fc.nat(), (pairs, seed) => {
      const records = pairs.map(([priority, weight]) => record(priority, weight));
      const ordered = orderSrvRecords(records, seededRandom(seed));
      expect(ordered.map(({ priority }) => priority)).toEqual(pairs.map(([priority]) => priority).sort((a, b) => a - b));
      expect([...ordered].sort(byTarget)).toEqual([...records].sort(byTarget));
    }),
  );
});

test("RFC 2782: among equals the first is drawn in proportion to the weights", () => {
  const records = [record(1, 10, "a"), record(1, 30, "b"), record(1, 60, "c")];
  const random = seededRandom(1);
  const first = { a: 0, b: 0, c: 0 };
  for (let i = 0; i < 6000; i++) first[orderSrvRecords(records, random)[0]!.target as "a"] += 1;
  expect(first.a / 6000).toBeCloseTo(0.1, 1);
  expect(first.b / 6000).toBeCloseTo(0.3, 1);
  expect(first.c / 6000).toBeCloseTo(0.6, 1);
});

test("RFC 2782: weight 0 has a very small chance beside others, and an even one among its like", () => {
  const random = seededRandom(2);
  const beside = Array.from({ length: 2000 }, () => orderSrvRecords([record(1, 1000, "heavy"), record(1, 0, "light")], random)[0]!.target);
  const light = beside.filter((target) => target === "light").length;
  expect(light).toBeLessThan(20);
  expect(orderSrvRecords([record(1, 0, "x"), record(1, 0, "y")], random)).toHaveLength(2);
});

function byTarget(a: SrvRecord, b: SrvRecord): number {
  return a.target < b.target ? -1 : a.target > b.target ? 1 : 0;
}
