import { type Path, transportAddress } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { IceCandidate } from "../codec/candidate-line.ts";
import { CandidatePair } from "./candidate-pair.ts";
import { Checklist } from "./checklist.ts";

const local = transportAddress("192.0.2.1", 1)!;

function candidate(priority: number, foundation: string, port: number): IceCandidate {
  return { foundation, component: 1, transport: "udp", priority, address: "192.0.2.2", port, type: "host" };
}

function pair(priority: number, foundation: string, port = priority): CandidatePair {
  const remote = transportAddress("192.0.2.2", port)!;
  const path: Path = { local, remote };
  const base = { candidate: candidate(1, "l", 1), address: local, base: local, localPreference: 1 };
  return new CandidatePair(`${port}`, base, { candidate: candidate(priority, foundation, port), address: remote }, path);
}

function list(maxPairs: number, ...pairs: CandidatePair[]): Checklist {
  const checklist = new Checklist(maxPairs);
  for (const each of pairs) checklist.add(each, "controlled");
  return checklist;
}

const view = (checklist: Checklist): string[] => checklist.pairs.map(({ id, state }) => `${id} ${state}`);

test("RFC 8445 §6.1.2.3, §6.1.2.6: sorted by priority; of each foundation the best pair waits, the others are frozen", () => {
  const checklist = list(100, pair(10, "a"), pair(30, "a"), pair(20, "b"), pair(5, "b"));
  expect(view(checklist)).toEqual(["30 waiting", "20 waiting", "10 frozen", "5 frozen"]);
});

test("RFC 8838 §12: a new pair whose foundation has succeeded, or only failed, waits; while another is checked it is frozen", () => {
  const [a, b, c] = [pair(30, "a"), pair(20, "b"), pair(10, "c")];
  const checklist = list(100, a, b, c);
  checklist.succeeded(a);
  b.state = "failed";
  c.state = "in-progress";
  for (const late of [pair(3, "a"), pair(2, "b"), pair(40, "c")]) checklist.add(late, "controlled");
  expect(view(checklist)).toEqual(["40 frozen", "30 succeeded", "20 failed", "10 in-progress", "3 waiting", "2 waiting"]);
});

test("RFC 8445 §6.1.4.2: triggered pairs first, in order; then waiting ones; then a frozen one whose foundation is idle", () => {
  const [a, b, c, d] = [pair(40, "a"), pair(30, "a"), pair(20, "b"), pair(10, "b")];
  const checklist = list(100, a, b, c, d);
  checklist.enqueueTriggered(d);
  checklist.enqueueTriggered(d);
  const next = (): string | undefined => {
    const chosen = checklist.next();
    if (chosen !== undefined) chosen.state = "in-progress";
    return chosen?.id;
  };
  expect([next(), next(), next(), next()]).toEqual(["10", "40", "20", undefined]);
  expect(checklist.hasWork).toBe(false);
  a.state = "failed";
  expect(checklist.hasWork).toBe(true);
  expect(next()).toBe("30");
});

test("RFC 8445 §6.1.4.1: a pair that succeeds while it stands in the triggered-check queue is not checked", () => {
  const a = pair(40, "a");
  const checklist = list(100, a);
  checklist.enqueueTriggered(a);
  checklist.succeeded(a);
  expect(checklist.hasWork).toBe(false);
  expect(checklist.next()).toBeUndefined();
});

test("RFC 8445 §8.1.2: concluding drops what was not begun, and tells what to stop", () => {
  const [a, b, c, d] = [pair(40, "a"), pair(30, "b"), pair(20, "c"), pair(10, "c")];
  const checklist = list(100, a, b, c, d);
  a.state = "in-progress";
  checklist.succeeded(b);
  expect(checklist.conclude(b.priority)).toEqual([]);
  expect(view(checklist)).toEqual(["40 in-progress", "30 succeeded"]);
  expect(checklist.conclude()).toEqual([a]);
});

test("RFC 8445 §6.1.2.5: against a slow model: never above the limit, sorted, no busy foundation begun twice, everything found by its path", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("add" as const), priority: fc.integer({ min: 1, max: 60 }), foundation: fc.constantFrom("a", "b", "c") }),
    fc.record({
      do: fc.constantFrom("next" as const, "succeed" as const, "fail" as const, "trigger" as const, "conclude" as const),
      at: fc.nat(20),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const checklist = new Checklist(8);
      for (const [i, each] of steps.entries()) {
        const { pairs } = checklist;
        if (each.do === "add") {
          const added = pair(each.priority, each.foundation, 1000 + i);
          const untouched = pairs.filter(({ state }) => ["waiting", "frozen", "failed"].includes(state));
          const worst = untouched.findLast(({ state }) => state === "failed") ?? untouched.at(-1);
          added.reprioritize("controlled");
          const fits = pairs.length < 8 || worst?.state === "failed" || (worst !== undefined && worst.priority < added.priority);
          expect(checklist.add(added, "controlled")).toBe(fits);
          expect(checklist.pairOn(added.path)).toBe(fits ? added : undefined);
        } else if (each.do === "next") {
          const waiting = pairs.find(({ state }) => state === "waiting");
          const work = checklist.hasWork;
          const chosen = checklist.next();
          expect(chosen !== undefined).toBe(work);
          if (chosen?.state === "frozen") {
            expect(waiting).toBeUndefined();
            expect(pairs.some((other) => other.state === "in-progress" && other.foundation === chosen.foundation)).toBe(false);
          }
          if (chosen !== undefined) chosen.state = "in-progress";
        } else if (each.do === "conclude") {
          checklist.conclude();
          expect(checklist.pairs.some(({ state }) => state === "waiting" || state === "frozen")).toBe(false);
        } else {
          const chosen = pairs[each.at % Math.max(1, pairs.length)];
          if (chosen === undefined) continue;
          if (each.do === "succeed") {
            checklist.succeeded(chosen);
            expect(pairs.some((other) => other.state === "frozen" && other.foundation === chosen.foundation)).toBe(false);
          } else if (each.do === "fail") chosen.state = "failed";
          else if (chosen.state !== "succeeded") {
            if (chosen.state !== "in-progress") chosen.state = "waiting"; // as the agent does
            checklist.enqueueTriggered(chosen);
          }
        }
        expect(checklist.pairs.length).toBeLessThanOrEqual(8);
        const priorities = checklist.pairs.map(({ priority }) => priority);
        expect(priorities).toEqual(priorities.toSorted((a, b) => Number(b - a)));
        for (const known of checklist.pairs) expect(checklist.pairOn(known.path)).toBe(known);
      }
    }),
  );
});
