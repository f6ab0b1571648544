/** `@purertc/sip/core` is for hosts without Node. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as core from "../src/core.ts";
import * as everything from "../src/index.ts";

/** Every module that a file leads to, by path or by name. */
function reach(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!file.startsWith("/")) return seen;
  for (const [, module] of readFileSync(file, "utf8").matchAll(/^(?:import|export|\}) [^;]*?from "([^"]+)";$/gm)) {
    reach(module!.startsWith(".") ? fileURLToPath(new URL(module!, `file://${file}`)) : module!, seen);
  }
  return seen;
}

test("the core leads to no file that needs Node, and to no package but core and parser", () => {
  const reached = [...reach(fileURLToPath(new URL("../src/core.ts", import.meta.url)))];
  expect(reached.length).toBeGreaterThan(50);
  expect(reached.filter((each) => !each.startsWith("/")).sort()).toEqual(["@purertc/core", "@purertc/sip-parser"]);
  expect(reached.filter((each) => /\/(transport|user-agent)\/|\/(node|sqlite)-[^/]*$/.test(each))).toEqual([]);
});

test("everything of the core is in the whole", () => {
  expect(Object.keys(everything)).toEqual(expect.arrayContaining(Object.keys(core)));
});
