import { expect, test } from "vitest";
import { fixtureTree, runScript } from "./fixture-tree.ts";

const entry = { ".": { default: "./dist/index.js" } };
const manifests = {
  "packages/core/package.json": { name: "@purertc/core", exports: entry },
  "packages/dtls/package.json": { name: "@purertc/dtls", exports: entry, dependencies: { "@purertc/core": "workspace:*" } },
  "packages/crypto/package.json": {
    name: "@purertc/crypto",
    exports: { "./node": {}, "./noble": {} },
    dependencies: { "@purertc/core": "workspace:*", "@noble/hashes": "2" },
  },
  "packages/peer-connection/package.json": {
    name: "@purertc/peer-connection",
    exports: entry,
    dependencies: { "@purertc/core": "workspace:*", "@purertc/dtls": "workspace:*" },
    devDependencies: { "@purertc/crypto": "workspace:*" },
  },
};

/** What they depend on, imported. */
const uses = {
  "packages/dtls/src/uses.ts": 'import "@purertc/core";',
  "packages/crypto/src/noble/uses.ts": 'import "@purertc/core";\nimport "@noble/hashes";',
  "packages/peer-connection/src/uses.ts": 'import "@purertc/core";\nimport "@purertc/dtls";',
};

const ALLOWED = [
  ["packages/dtls/src/a.ts", 'import { x } from "@purertc/core";\nimport type { Y } from "./codec/b.ts";\nexport * from "../src/c.ts";'],
  ["packages/crypto/src/noble/a.ts", 'import { sha256 } from "@noble/hashes/sha2.js";'],
  ["packages/crypto/src/node/a.ts", 'import { createHash } from "node:crypto";'],
  ["packages/peer-connection/src/a.ts", 'import { x } from "@purertc/dtls";'],
  [
    "packages/peer-connection/src/a.test.ts",
    'import { test } from "vitest";\nimport { nodeCrypto } from "@purertc/crypto/node";\nimport "node:fs";',
  ],
  ["packages/dtls/test/a.test.ts", 'import { x } from "@purertc/dtls";\nimport { y } from "../src/y.ts";\nimport { z } from "./z.ts";'],
  [
    "packages/dtls/src/a.ts",
    '// import "@purertc/sdp";\n/* export * from "node:fs" */\nconst text = \'import "node:fs"\';\nconst more = `export { x } from "node:net"`;',
  ],
] as const;

const REFUSED = [
  ["packages/dtls/src/a.ts", 'import { x } from "@purertc/crypto/node";', "@purertc/crypto is not for @purertc/dtls to know"],
  ["packages/core/src/a.ts", 'import type { x } from "@purertc/dtls";', "@purertc/dtls is not for @purertc/core to know"],
  ["packages/dtls/src/a.ts", 'export { x } from "@purertc/core/src/x.ts";', "no deep imports"],
  ["packages/dtls/src/a.ts", 'import { x } from "@purertc/core/codec";', "is not an entry of @purertc/core"],
  ["packages/dtls/src/a.ts", 'import { x } from "@purertc/nothing";', "there is no package @purertc/nothing"],
  ["packages/dtls/src/a.ts", 'import { x } from "@purertc/dtls";', "imports itself by name"],
  ["packages/dtls/src/a.ts", 'import { x } from "../../core/src/x.ts";', "leads out of the package"],
  ["packages/dtls/test/a.test.ts", 'import { x } from "../../core/src/x.ts";', "leads out of the package"],
  ["packages/dtls/src/a.ts", 'import { x } from "./x.js";', "does not end in .ts"],
  ["packages/dtls/src/a.ts", 'import { x } from "./x.test.ts";', "not part of the published sources"],
  ["packages/dtls/src/a.ts", 'import { x } from "../test/x.ts";', "not part of the published sources"],
  ["packages/dtls/src/a.ts", 'import { createHash } from "node:crypto";', '"node:crypto" may not be imported here'],
  ["packages/dtls/src/a.ts", 'const fs = await import("fs");', '"fs" may not be imported here'],
  ["packages/dtls/src/a.ts", 'import "left-pad";', '"left-pad" may not be imported here'],
  ["packages/crypto/src/node/a.ts", 'import { x } from "@noble/hashes/sha2.js";', "may not be imported here"],
  ["packages/crypto/src/noble/a.ts", 'import { x } from "@noble/curves/p256.js";', '@noble/curves is not under "dependencies"'],
  ["packages/peer-connection/src/a.ts", 'import { x } from "@purertc/sdp";', "there is no package @purertc/sdp"],
  ["packages/peer-connection/src/a.ts", 'import { x } from "@purertc/crypto/node";', "is not for @purertc/peer-connection to know"],
  ["packages/dtls/test/a.test.ts", 'import { x } from "@purertc/crypto/node";', "@purertc/crypto is not in package.json"],
] as const;

/** One tree holds all cases, each in a file of its own, because a process for each would take long. */
const places = new Map<readonly string[], string>();
const cases: Record<string, string> = {};
for (const [index, each] of [...ALLOWED, ...REFUSED].entries()) {
  const file = each[0].replace(/(\.test)?\.ts$/, `${index}$1.ts`);
  places.set(each, file);
  cases[file] = `\n${each[1]}\n`;
}
const result = runScript("check-layers.mjs", fixtureTree({ ...manifests, ...uses, ...cases }));

function problemsOf(each: readonly string[]): string[] {
  return result.errors.split("\n").filter((line) => line.startsWith(`${places.get(each)}:`));
}

test.each(ALLOWED.map((each) => ({ each, file: each[0], text: each[1] })))("$file may hold $text", ({ each }) => {
  expect(problemsOf(each)).toEqual([]);
});

test.each(REFUSED.map((each) => ({ each, file: each[0], text: each[1] })))("$file must not hold $text", ({ each }) => {
  const [problem, ...more] = problemsOf(each);
  expect(problem).toContain(`${places.get(each)}:2: `);
  expect(problem).toContain(each[2]);
  expect(more).toEqual([]);
});

test("problems end the process with 1 and are counted; a clean tree ends with 0", () => {
  expect(result.status).toBe(1);
  expect(result.errors).toContain(`\n${REFUSED.length} problems\n`);
  const { status, output } = runScript("check-layers.mjs", fixtureTree({ ...manifests, ...uses }));
  expect(status).toBe(0);
  expect(output).toBe("5 imports of 4 packages keep to their layers\n");
});

test("a dependency that the layer may not know is refused even when nothing imports it, and so is a package without a layer", () => {
  const manifest = { name: "@purertc/dtls", exports: entry, dependencies: { "@purertc/crypto": "workspace:*" } };
  const tree = { ...manifests, "packages/dtls/package.json": manifest, "packages/utils/package.json": { name: "@purertc/utils" } };
  const { errors } = runScript("check-layers.mjs", fixtureTree(tree));
  expect(errors).toContain("packages/dtls/package.json: depends on @purertc/crypto, which its layer may not know");
  expect(errors).toContain("packages/utils: no layer");
});

test("a dependency that only tests import, or nothing, is refused", () => {
  const tree = { ...manifests, ...uses, "packages/dtls/src/uses.ts": "", "packages/dtls/src/a.test.ts": uses["packages/dtls/src/uses.ts"] };
  const { errors } = runScript("check-layers.mjs", fixtureTree(tree));
  expect(errors).toBe("packages/dtls/package.json: depends on @purertc/core, which nothing in src imports\n1 problem\n");
});
