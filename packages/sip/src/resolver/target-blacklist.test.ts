import { expect, test } from "vitest";
import type { SipTarget } from "../flow.ts";
import { TargetBlacklist } from "./target-blacklist.ts";

const target = (port: number): SipTarget => ({ transport: "UDP", ip: "192.0.2.1", port });

test("RFC 3263 §4.3: a server that failed is left alone until its time has passed", () => {
  const blacklist = new TargetBlacklist({ defaultMs: 1000 });
  blacklist.add(0, target(1));
  expect(blacklist.usable(999, [target(1), target(2)])).toEqual([target(2)]);
  expect(blacklist.usable(1000, [target(1), target(2)])).toEqual([target(1), target(2)]);
  expect(blacklist.size).toBe(0);
});

test("RFC 3261 §21.5.4: Retry-After says for how long, within reason", () => {
  const blacklist = new TargetBlacklist({ defaultMs: 1000, maxMs: 60_000 });
  blacklist.add(0, target(1), 5);
  blacklist.add(0, target(2), 1_000_000);
  expect([blacklist.has(4999, target(1)), blacklist.has(5000, target(1))]).toEqual([true, false]);
  expect([blacklist.has(59_999, target(2)), blacklist.has(60_000, target(2))]).toEqual([true, false]);
});

test("RFC 3263 §4.3: the transport belongs to the server: another one of the same address may be tried", () => {
  const blacklist = new TargetBlacklist();
  blacklist.add(0, target(1));
  expect(blacklist.has(1, { ...target(1), transport: "TCP" })).toBe(false);
});

test("RFC 3263 §4.3: when all are listed, all are tried", () => {
  const blacklist = new TargetBlacklist();
  blacklist.add(0, target(1));
  expect(blacklist.usable(1, [target(1)])).toEqual([target(1)]);
  blacklist.remove(target(1));
  expect(blacklist.has(1, target(1))).toBe(false);
});

test("RFC 3263 §4.3: the list is bounded; what was listed first is forgotten first", () => {
  const blacklist = new TargetBlacklist({ maxEntries: 3 });
  for (let port = 1; port <= 5; port++) blacklist.add(0, target(port));
  blacklist.add(0, target(3));
  blacklist.add(0, target(6));
  expect(blacklist.size).toBe(3);
  expect([4, 5, 3, 6].map((port) => blacklist.has(1, target(port)))).toEqual([false, true, true, true]);
});
