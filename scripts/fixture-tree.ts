import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";

const made: string[] = [];

afterAll(() => {
  for (const root of made.splice(0)) rmSync(root, { recursive: true });
});

/** A small repository in a temporary folder, gone after the tests of the file. Values that are no strings are written as JSON. */
export function fixtureTree(files: Readonly<Record<string, string | object>>): string {
  const root = mkdtempSync(path.join(tmpdir(), "purertc-scripts-"));
  made.push(root);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), typeof content === "string" ? content : JSON.stringify(content));
  }
  return root;
}

/** Runs a script of this folder. */
export function runScript(
  script: string,
  ...args: readonly string[]
): { readonly status: number | null; readonly output: string; readonly errors: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(import.meta.dirname, script), ...args], { encoding: "utf8" });
  return { status, output: stdout, errors: stderr };
}
