/**
 * The one door to the workspace: `node scripts/run.mjs <start|sip-server|test|check|build|bench> [arguments]`.
 * Runs from a bare clone with nothing but Node and npm: installs what the lockfile says, builds, then does the job.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const pnpm = manifest.packageManager; // "pnpm@<version>", pinned
const windows = process.platform === "win32";
/** JSON reports of the test runs of this process. */
const reports = [];

const jobs = { start, "sip-server": sipServer, test, check, build, bench };
const [name = "", ...rest] = process.argv.slice(2);
if (!Object.hasOwn(jobs, name)) {
  console.error(`usage: node scripts/run.mjs <${Object.keys(jobs).join("|")}> [arguments]`);
  process.exit(2);
}
requireNode();
const status = await jobs[name](rest);
if (status !== undefined) process.exit(status);

function start(args) {
  install();
  if (build() !== 0) return 1;
  return run(process.execPath, ["examples/start/start.mjs", ...args]);
}

/** In this process, so that signals end the server itself. It goes on when this returns. */
async function sipServer(args) {
  if (build(["--filter=@purertc/sip..."]) !== 0) return 1; // and what it needs: nothing of media
  if (quietly("compile examples/sip-server", bin("tsc"), ["-p", "examples/sip-server/tsconfig.json"]) !== 0) return 1;
  endWithParent();
  process.argv = [process.argv[0], path.join(root, "examples/sip-server/dist/main.js"), ...args];
  await import(pathToFileURL(process.argv[1]).href);
  return undefined;
}

/** Between npm and this process is a shell, which npm's SIGTERM ends without a word to us: then it is meant for us. */
function endWithParent() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGTERM");
  }, 200).unref();
}

/** All packages, or those that turbo's filters name. */
function build(filters = []) {
  install();
  const options = ["--output-logs=errors-only", "--log-order=grouped", ...filters];
  return quietly("build", "npx", ["-y", pnpm, "exec", "turbo", "run", "build", ...options]);
}

function check(args) {
  install();
  const steps = [
    ["types of the pure packages, without Node or DOM", "tsc", ["-p", "tsconfig.pure.json"]],
    ["types of everything", "tsc", ["-p", "tsconfig.check.json"]],
    ["lint and format", "biome", ["ci", "--error-on-warnings", "."]],
    ["layers", process.execPath, ["scripts/check-layers.mjs"]],
    ["ambient time, randomness and I/O", process.execPath, ["scripts/check-ambient.mjs"]],
    ["docs/rfc-coverage.md is current", process.execPath, ["scripts/rfc-coverage.mjs", "--check"]],
    ["docs/deviations.md is current", process.execPath, ["scripts/deviations.mjs", "--check"]],
  ];
  let failed = 0;
  for (const [title, command, parameters] of steps)
    if (quietly(title, command === process.execPath ? command : bin(command), parameters) !== 0) failed += 1;
  const status = vitest(["--project", "quick", "--project", "contract", ...args]);
  return failed > 0 || status !== 0 ? 1 : 0;
}

function test(args) {
  if (build() !== 0) return 1;
  const checked = args.length === 0 ? check([]) : 0;
  const projects = args.length === 0 ? ["--project", "slow", "--project", "interop"] : args;
  const status = vitest(projects);
  summarize();
  return checked !== 0 || status !== 0 ? 1 : 0;
}

function bench(args) {
  if (build() !== 0) return 1;
  // --node=24: on another Node, which the npm package of that name ships.
  const version = /^--node=(\d+)$/.exec(args.find((argument) => argument.startsWith("--node=")) ?? "")?.[1];
  const runner = version === undefined ? [process.execPath] : ["npx", "-y", `node@${version}`];
  const rest = args.filter((argument) => !argument.startsWith("--node="));
  return run(runner[0], [...runner.slice(1), "--expose-gc", "bench/run.mjs", ...rest]);
}

/** Runs vitest and keeps its counts for the closing line. */
function vitest(args) {
  mkdirSync(path.join(root, ".bootstrap/vitest"), { recursive: true });
  const report = path.join(root, ".bootstrap/vitest", `${Date.now()}.json`);
  reports.push(report);
  return run(bin("vitest"), ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...args]);
}

/** The closing line that any reader of a log understands. */
function summarize() {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const report of reports) {
    if (!existsSync(report)) {
      failed += 1; // the runner died before it could report
      continue;
    }
    const counts = JSON.parse(readFileSync(report, "utf8"));
    passed += counts.numPassedTests;
    failed += counts.numFailedTests + (counts.numFailedTests === 0 && !counts.success ? 1 : 0);
    skipped += counts.numPendingTests + counts.numTodoTests;
    rmSync(report);
  }
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
}

function install() {
  const stamp = path.join(root, "node_modules/.purertc-install");
  const wanted = installFingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log("installing dependencies…");
  const status = quietly("install", "npx", ["-y", pnpm, "install", "--frozen-lockfile", "--prefer-offline"]);
  if (status !== 0) process.exit(status);
  writeFileSync(stamp, wanted);
}

function installFingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  const manifests = ["packages", "."].flatMap((folder) =>
    readdirSync(path.join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => path.join(folder, entry.name, "package.json")),
  );
  for (const file of ["pnpm-lock.yaml", "package.json", "pnpm-workspace.yaml", ...manifests.sort()]) {
    const absolute = path.join(root, file);
    if (existsSync(absolute)) hash.update(file).update(readFileSync(absolute));
  }
  return hash.digest("hex");
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", shell: windows, env: environment() });
  if (error !== undefined) console.error(`${command}: ${error.message}`);
  return status ?? 1;
}

/** Runs a step and shows its output only when it fails. */
function quietly(title, command, args) {
  const began = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    shell: windows,
    env: environment(),
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (status === 0) {
    console.log(`ok    ${title} (${seconds} s)`);
    return 0;
  }
  console.error(`FAIL  ${title} (${seconds} s)\n${error?.message ?? ""}${stdout ?? ""}${stderr ?? ""}`);
  return status ?? 1;
}

function bin(command) {
  return path.join(root, "node_modules/.bin", windows ? `${command}.cmd` : command);
}

function environment() {
  return { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", npm_config_update_notifier: "false" };
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`purertc needs Node 20.19 or newer; this is ${process.version}`);
  process.exit(1);
}
