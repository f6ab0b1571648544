import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

interface Measure {
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly resources: readonly string[];
}

test("1,000 connections come and go, and leave neither memory nor handles", { timeout: 60_000 }, async () => {
  const child = fork(fileURLToPath(new URL("./cycles.mjs", import.meta.url)), ["1000"], { execArgv: ["--expose-gc"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const [{ before, after }] = (await Promise.race([once(child, "message"), exited.then(() => [{}])])) as [
    { before?: Measure; after?: Measure },
  ];
  expect((await exited)[0]).toBe(0);
  if (before === undefined || after === undefined) throw new Error("the process ended without a word");
  expect(after.resources).toEqual(before.resources);
  // 1 kB a pair: a pair that stays costs a hundred times as much, and V8's own book-keeping moves by half of it.
  expect(after.heapUsed - before.heapUsed).toBeLessThan(1_000_000);
  expect(after.external + after.arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(1_000_000);
});
