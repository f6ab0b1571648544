import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { fixtureTree, runScript } from "./fixture-tree.ts";

function pageOf(files: Readonly<Record<string, string>>): string {
  const root = fixtureTree(files);
  expect(runScript("deviations.mjs", root).status).toBe(0);
  return readFileSync(path.join(root, "docs/deviations.md"), "utf8");
}

test("collects both kinds, whole comments, in the order of the files", () => {
  const page = pageOf({
    "packages/dtls/src/b.ts":
      "// Before it.\n// DEVIATION from RFC 6347 §4.2.4: 50 ms instead of 1 s\n// because the path | is known.\n//\n// After it.\nconst x = 1;\n",
    "packages/dtls/src/a.ts":
      "/**\n * Text.\n * INTEROP: OpenSSL 3.0 sends\n * two of them.\n *\n * More text.\n */\nconst y = 1; // INTEROP: Firefox 153 as well\n",
    "packages/dtls/src/a.test.ts": "// INTEROP: a test's remark is no entry\n",
    "packages/core/src/c.ts": 'const s = "DEVIATION from nothing";\n',
  });
  expect(page).toContain(
    "| [dtls/src/b.ts](../packages/dtls/src/b.ts) | RFC 6347 §4.2.4: 50 ms instead of 1 s because the path \\| is known. |\n",
  );
  const interop = page.split("## What is there for other implementations")[1];
  expect(interop).toContain("| OpenSSL 3.0 sends two of them. |\n| [dtls/src/a.ts](../packages/dtls/src/a.ts) | Firefox 153 as well |\n");
  expect(page).not.toMatch(/After it|More text|no entry|nothing/);
});

test("two entries in one comment are two, and none is said to be none", () => {
  const page = pageOf({ "packages/dtls/src/a.ts": "// INTEROP: one\n// INTEROP: two\n" });
  expect(page).toContain("| one |\n");
  expect(page).toContain("| two |\n");
  expect(page).toContain("document says\n\nNone.\n");
});

test("--check fails when the page is out of date", () => {
  const root = fixtureTree({ "packages/dtls/src/a.ts": "// INTEROP: one\n" });
  expect(runScript("deviations.mjs", root, "--check").errors).toContain("is missing; run: node scripts/deviations.mjs");
  runScript("deviations.mjs", root);
  expect(runScript("deviations.mjs", root, "--check").status).toBe(0);
  writeFileSync(path.join(root, "packages/dtls/src/a.ts"), "// INTEROP: another\n");
  expect(runScript("deviations.mjs", root, "--check").status).toBe(1);
});
