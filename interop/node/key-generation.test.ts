/**
 * A process that had opened some thousand connections stood still, once in fifty runs of a test. A debugger showed the main thread inside the export of a
 * new key as JWK, which held the key's lock and had begun a collection, which ran the destructor of the finished job that had made the key, which waited
 * for that lock. With a young generation of 1 MB, where collections are frequent, the former code froze within a second.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("making keys does not freeze the process when a collection comes in between", () => {
  const program = fileURLToPath(new URL("./key-generation.mjs", import.meta.url));
  const output = execFileSync(process.execPath, ["--max-semi-space-size=1", program, "10000"], { encoding: "utf8", timeout: 60_000 });
  expect(output).toBe("true\n");
});
