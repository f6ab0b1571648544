import { expect, test } from "vitest";
import { Simulation } from "./simulation.ts";

test("tasks run in the order of time, and those of one instant in the order they were given", () => {
  const simulation = new Simulation();
  const log: string[] = [];
  simulation.at(20, () => log.push(`c at ${simulation.now}`));
  simulation.at(10, () => {
    log.push(`a at ${simulation.now}`);
    simulation.after(0, () => log.push(`a's task at ${simulation.now}`));
    simulation.at(0, () => log.push(`too late, so at ${simulation.now}`));
  });
  simulation.at(10, () => log.push(`b at ${simulation.now}`));
  simulation.run(15);
  expect(log).toEqual(["a at 10", "b at 10", "a's task at 10", "too late, so at 10"]);
  expect(simulation.now).toBe(15);
  simulation.settle();
  expect(log.at(-1)).toBe("c at 20");
  expect(simulation.now).toBe(20);
});

test("time starts where asked, and does not run backwards", () => {
  const simulation = new Simulation({ startAt: 1e9 });
  simulation.run(5);
  expect(simulation.now).toBe(1e9);
});

test("a predicate is asked before the first task and after each", () => {
  const simulation = new Simulation();
  const done: number[] = [];
  for (let i = 1; i <= 5; i++) simulation.at(i, () => done.push(i));
  simulation.run(() => true);
  expect(done).toEqual([]);
  simulation.run(() => done.length === 3);
  expect(simulation.now).toBe(3);
});

test("failures name the seed: of predicates, of tasks, of loops in no time", () => {
  const simulation = new Simulation({ seed: 77 });
  expect(() => simulation.run(() => false)).toThrow(/nothing is left.*seed 77[\s\S]*SIMULATION_SEED=77/);
  simulation.at(0, () => {
    throw new TypeError("from a task");
  });
  expect(() => simulation.run(1)).toThrow(/^from a task\n.*SIMULATION_SEED=77/);
  const again = (): void => simulation.after(0, again);
  again();
  expect(() => simulation.run(2)).toThrow(/1000000 steps without time passing/);
});

test("run() does not nest, and NaN is no time", () => {
  const simulation = new Simulation();
  simulation.at(0, () => simulation.run(5));
  expect(() => simulation.run(1)).toThrow(/inside a running simulation/);
  simulation.run(1); // usable afterwards
  expect(() => simulation.at(Number.NaN, () => undefined)).toThrow(/NaN/);
});

test("settle() gives up after its limit", () => {
  const simulation = new Simulation();
  const again = (): void => simulation.after(1000, again);
  again();
  expect(() => simulation.settle({ limitMs: 10_000 })).toThrow(/in time/);
  expect(simulation.now).toBe(10_000);
});
