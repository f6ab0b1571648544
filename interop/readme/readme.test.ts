/** Every ```ts block of the READMEs and guides compiles against the built packages and runs to its end. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const generated = fileURLToPath(new URL("./generated/", import.meta.url));

const pages = [
  "README.md",
  ...readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`),
  ...readdirSync(`${root}docs`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
].filter((page) => existsSync(`${root}${page}`));

const examples = pages.flatMap((page) =>
  [...readFileSync(`${root}${page}`, "utf8").matchAll(/^```ts\n(.*?)^```$/gms)].map((block, index) => ({
    name: `${page} block ${index + 1}`,
    file: `${page.replace(/\.md$/, "").replaceAll("/", "-")}-${index + 1}.ts`,
    source: block[1] ?? "",
  })),
);

rmSync(generated, { recursive: true, force: true });
mkdirSync(generated, { recursive: true });
// `export {}` makes a block without imports a module, so that two blocks never share a scope.
for (const { file, source } of examples) writeFileSync(`${generated}${file}`, `${source}\nexport {};\n`);

test("every package has a README with an example", () => {
  const without = readdirSync(`${root}packages`).filter(
    (name) => !examples.some((example) => example.name.startsWith(`packages/${name}/`)),
  );
  expect(without).toEqual([]);
});

test("the examples compile, strictly, against the declarations that users get", () => {
  const { stdout, status } = spawnSync(`${root}node_modules/.bin/tsc`, ["-p", fileURLToPath(new URL("./tsconfig.json", import.meta.url))], {
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

for (const { name, file } of examples) {
  test(`${name} runs`, async () => {
    await import(/* @vite-ignore */ `${generated}${file}`);
  });
}
