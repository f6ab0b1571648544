import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Runs one way of `exit.mjs`: its exit code, or `"alive"` when it was still there `ms` after it said it was done. */
async function run(way: string, ms: number): Promise<{ end: number | string | null; output: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./exit.mjs", import.meta.url)), way], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const done = new Promise<void>((resolve) => {
    const read = (data: Buffer): void => {
      output += data.toString();
      if (output.includes("done\n")) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", () => resolve());
  });
  const exited = new Promise<number | string | null>((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
  await done;
  const alive = new Promise<"alive">((resolve) => setTimeout(() => resolve("alive"), ms));
  const end = await Promise.race([exited, alive]);
  child.kill("SIGKILL");
  return { end, output };
}

test.each([
  "both ends close",
  "never negotiated",
  "closed while gathering",
  "closed while nobody answers",
  "closed in the middle of a transfer",
])("the process ends by itself: %s", async (way) => {
  expect(await run(way, 3_000)).toEqual({ end: 0, output: "done\n" });
});

test("an open connection keeps the process alive", async () => {
  expect(await run("still open", 1_500)).toEqual({ end: "alive", output: "done\n" });
});
