import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const npx = process.platform === "win32" ? "npx.cmd" : "npx";
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** A folder outside of the workspace, where nothing is found but what was installed. */
function scratchFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "purertc-install-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("the packages, packed and installed elsewhere, compile without DOM types and run, by import and by require", {
  timeout: 240_000,
}, () => {
  const tarballs = scratchFolder();
  const app = scratchFolder();
  const run = (command: string, args: readonly string[], cwd = app): string =>
    execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

  const { packageManager } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { packageManager: string };
  run(npx, ["-y", packageManager, "-r", "--filter", "./packages/*", "pack", "--pack-destination", tarballs], root);
  const packed = readdirSync(tarballs).map((name) => path.join(tarballs, name));
  expect(packed.length).toBe(readdirSync(path.join(root, "packages")).length);

  mkdirSync(path.join(app, "src"));
  writeFileSync(path.join(app, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run(npm, ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...packed, "@types/node@20"]);
  copyFileSync(fileURLToPath(new URL("./installed.ts", import.meta.url)), path.join(app, "src/app.ts"));
  const tsc = path.join(root, "node_modules/typescript/bin/tsc");
  const options = [
    "--strict",
    "--target",
    "es2023",
    "--lib",
    "es2023",
    "--module",
    "nodenext",
    "--types",
    "node",
    "--outDir",
    "out",
    "src/app.ts",
  ];
  run(process.execPath, [tsc, ...options]);
  expect(run(process.execPath, ["out/app.js"])).toBe("all there: hello\n");

  writeFileSync(
    path.join(app, "app.cjs"),
    'console.log(typeof require("purertc").RTCPeerConnection, typeof require("@purertc/sip-parser").parseSipMessage);',
  );
  expect(run(process.execPath, ["app.cjs"])).toBe("function function\n");

  for (const name of ["purertc", ...readdirSync(path.join(app, "node_modules/@purertc")).map((one) => `@purertc/${one}`)]) {
    const files = readdirSync(path.join(app, "node_modules", name));
    expect(files, name).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist", "package.json", "src"]));
  }
});
