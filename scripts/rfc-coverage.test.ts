import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { fixtureTree, runScript } from "./fixture-tree.ts";

function pageOf(files: Readonly<Record<string, string>>): string {
  const root = fixtureTree({ "packages/dtls/package.json": "{}", ...files });
  expect(runScript("rfc-coverage.mjs", root).status).toBe(0);
  return readFileSync(path.join(root, "docs/rfc-coverage.md"), "utf8");
}

/** The rows of one RFC's table, each as section, sources and tests, without links. */
function rowsOf(page: string, rfc: number): string[] {
  const lines = page.split(`\n## RFC ${rfc}\n`)[1]!.split("\n## ")[0]!.split("\n");
  return lines.filter((line) => /^\| \[/.test(line)).map((line) => line.replace(/\]\([^)]*\)/g, "").replaceAll("[", ""));
}

test("joins the sections of comments with those of test names", () => {
  const page = pageOf({
    "packages/dtls/src/flight.ts": "/** RFC 6347 §4.2.4: timers. */\nexport const x = 1; // RFC 6347 §4.2.10\n",
    "packages/dtls/src/flight.test.ts":
      'test("RFC 6347 §4.2.4: a | lost\\n flight", () => {});\ntest.each([1])("RFC 6347 §4.2.4: %s", () => {});\n',
    "packages/dtls/test/hostile.test.ts": "test(`RFC 6347 §4.2.4, RFC 5246 §7.2: alerts`, () => {});\n",
  });
  expect(rowsOf(page, 6347)).toEqual([
    "| §4.2.4 | dtls/src/flight.ts | a \\| lost\\\\n flight (dtls/src/flight.test.ts)<br>%s (dtls/src/flight.test.ts)<br>alerts (dtls/test/hostile.test.ts) |",
    "| §4.2.10 | dtls/src/flight.ts | - |",
  ]);
  expect(rowsOf(page, 5246)).toEqual(["| §7.2 | - | alerts (dtls/test/hostile.test.ts) |"]);
  expect(page).toContain("| [6347](#rfc-6347) | 2 | 1 | 3 |");
  expect(page).toContain("| [5246](#rfc-5246) | 0 | 0 | 1 |");
  expect(page).toContain("[§4.2.4](https://www.rfc-editor.org/rfc/rfc6347#section-4.2.4)");
});

const CITATIONS: readonly (readonly [string, number, readonly string[]])[] = [
  ["// RFC 8489 §14.5-14.7", 8489, ["§14.5", "§14.6", "§14.7"]],
  ["// RFC 8445 §5.1.1, §6.1.2 and §A.2", 8445, ["§5.1.1", "§6.1.2", "§A.2"]],
  ["// RFC 9260 §6.3.1 (C3), RFC 4960 §1", 9260, ["§6.3.1"]],
  ["// RFC 7064, RFC 7065: URIs", 7064, ["whole"]],
  ["/* As in RFC\n * 8261 §6.1. */", 8261, ["§6.1"]],
  ["// RFC 9260 appendix A", 9260, ["§A"]],
  ["// RFC 9429 §5.2.1, as W3C §4.4.1 asks", 9429, ["§5.2.1"]],
  ["// RFC 6347\n// §4.2.2", 6347, ["§4.2.2"]],
  ["/** RFC 6347 §4. */\nconst x = 1;\n\n// §4.1 is here\n", 6347, ["§4", "§4.1"]],
  ["/** RFC 6347 §4, RFC 9147 §5. */\nconst x = 1;\n\n// §4.1 could be either's\n", 6347, ["§4"]],
];

/** All citations in one tree, each in a file of its own, because a process for each would take long. */
const citations = pageOf(Object.fromEntries(CITATIONS.map(([text], index) => [`packages/dtls/src/case-${index}.ts`, text])));

test.each(CITATIONS.map(([text, rfc, sections], index) => ({ text, rfc, sections, index })))(
  "$text cites RFC $rfc $sections",
  ({ rfc, sections, index }) => {
    const rows = rowsOf(citations, rfc).filter((row) => row.includes(`case-${index}.ts`));
    expect(rows.map((row) => row.split(" ")[1])).toEqual(sections);
  },
);

test("strings in sources and comments in tests are no citations", () => {
  const page = pageOf({
    "packages/dtls/src/a.ts": 'const s = "RFC 1 §1"; const t = `RFC 2 §2`; const r = /RFC 3 §3/;',
    "packages/dtls/src/a.test.ts": '// RFC 4 §4\nconst name = "RFC 5 §5";\nexpect(x).toBe(1, "RFC 6 §6");',
  });
  expect(page).not.toMatch(/## RFC/);
});

test("--check fails when the page is missing or out of date, writes nothing, and names the command", () => {
  const root = fixtureTree({ "packages/dtls/src/a.ts": "// RFC 6347 §4\n" });
  expect(runScript("rfc-coverage.mjs", root, "--check")).toMatchObject({
    status: 1,
    errors: "docs/rfc-coverage.md is missing; run: node scripts/rfc-coverage.mjs\n",
  });
  runScript("rfc-coverage.mjs", root);
  expect(runScript("rfc-coverage.mjs", "--check", root).status).toBe(0);
  writeFileSync(path.join(root, "packages/dtls/src/b.ts"), "// RFC 6347 §4\n");
  expect(runScript("rfc-coverage.mjs", root, "--check").errors).toContain("is out of date");
});
