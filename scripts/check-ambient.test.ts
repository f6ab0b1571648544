import { expect, test } from "vitest";
import { fixtureTree, runScript } from "./fixture-tree.ts";

const REFUSED: readonly string[] = [
  "const now = Date.now();",
  "const d = new Date(0);",
  "const r = Math.random();",
  "const r = Math . random();",
  'const r = Math["random"]();',
  "const { random } = Math;",
  "roll(Math);",
  "const t = performance.now();",
  "setTimeout(f, 1);",
  "const wait = setInterval;",
  "queueMicrotask(f);",
  "process.exit(1);",
  "const b = Buffer.from([1]);",
  "console.log(1);",
  'fetch("https://example.com");',
  "crypto.getRandomValues(out);",
  "const g = globalThis;",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source text of a template
  "const text = `at ${Date.now()} ms`;",
  "const half = total / 2; const t = Date.now(); const third = total / 3;",
];

const ALLOWED: readonly string[] = [
  "// Date.now() would be wrong here",
  "/* setTimeout,\n console.log */",
  'const name = "Date";',
  "const text = `process.exit`;",
  "const pattern = /Date|console\\.log/;",
  "const floor = Math.floor(x) + Math.max(1, 2);",
  "this.#process(x); parser.process.next();",
  "options.crypto.hash(name); const crypto: CryptoProvider = given;",
  "interface Clock { Date: number; performance?: number }",
  "const updateDate = 1; const isDate = DateOfBirth;",
  "line.fetch(1);",
];

const PLACES: readonly (readonly [string, boolean])[] = [
  ["packages/dtls/src/a.test.ts", false],
  ["packages/crypto/src/node/a.ts", false],
  ["packages/purertc/src/a.ts", false],
  ["packages/peer-connection/src/w3c/a.ts", false],
  ["packages/peer-connection/src/engine/a.ts", true],
  ["packages/peer-connection/src/jsep/a.ts", true],
  ["packages/simulator/src/contract/a.ts", true],
];

// One tree holds all cases, because a process for each would take long.
const files = new Map([...REFUSED, ...ALLOWED].map((text, index) => [text, `packages/dtls/src/case-${index}.ts`]));
const tree = Object.fromEntries([...files].map(([text, file]) => [file, `\n${text}\n`]));
const result = runScript(
  "check-ambient.mjs",
  fixtureTree({ ...tree, ...Object.fromEntries(PLACES.map(([file]) => [file, "Date.now();"])) }),
);

function problemsOf(file: string | undefined): string[] {
  return result.errors.split("\n").filter((line) => line.startsWith(`${file}:`));
}

test.each(REFUSED)("a pure package must not hold: %s", (text) => {
  const [problem] = problemsOf(files.get(text));
  expect(problem).toContain(`${files.get(text)}:2: `);
});

test.each(ALLOWED)("a pure package may hold: %s", (text) => {
  expect(problemsOf(files.get(text))).toEqual([]);
});

test.each(PLACES)("%s is pure: %s", (file, isPure) => {
  expect(problemsOf(file).length).toBe(isPure ? 1 : 0);
});

test("problems end the process with 1; a clean tree ends with 0", () => {
  expect(result.status).toBe(1);
  expect(runScript("check-ambient.mjs", fixtureTree({ "packages/dtls/src/a.ts": "export const x = 1;" })).status).toBe(0);
});
