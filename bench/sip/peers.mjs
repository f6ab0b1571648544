/** The peers under load, each alone on the first core, and sipp, which is the load, on the second. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));

/** Whether a program can be run. */
export function has(program, ...args) {
  return spawnSync(program, args).error === undefined;
}

/** Our server in one of its roles. */
export async function startOurs(role, port) {
  const child = spawn("taskset", ["-c", "0", process.execPath, "--expose-gc", path.join(here, "server.mjs"), role, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = linesOf(child);
  await lines("ready");
  return {
    port,
    cpuSeconds: () => cpuSeconds(child.pid),
    /** Bytes the heap holds after a collection. */
    async heap() {
      child.kill("SIGUSR2");
      return Number((await lines("heap ")).slice(5));
    },
    stop: () => stop(child),
  };
}

/** kamailio with one worker and the same two roles. */
export async function startKamailio(port) {
  const folder = mkdtempSync(path.join(tmpdir(), "purertc-bench-kamailio-"));
  const args = [
    "-f",
    path.join(here, "kamailio.cfg"),
    "-DD",
    "-E",
    "-l",
    `udp:127.0.0.1:${port}`,
    "-m",
    "512",
    "-M",
    "32",
    "-w",
    folder,
    "-Y",
    folder,
  ];
  const child = spawn("taskset", ["-c", "0", "kamailio", ...args], { stdio: "ignore" });
  await delay(2000);
  return {
    port,
    cpuSeconds: () => cpuSeconds(child.pid),
    async stop() {
      await stop(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs one scenario so many times, `parallel` at once; gives the seconds it took and how many went wrong. */
export async function runSipp(peer, scenario, count, parallel, extra = []) {
  const file = path.join(here, "scenarios", `${scenario}.xml`);
  const args = [
    "-c",
    "1",
    "sipp",
    `127.0.0.1:${peer.port}`,
    "-sf",
    file,
    "-i",
    "127.0.0.1",
    "-m",
    String(count),
    "-l",
    String(parallel),
    "-r",
    "100000",
  ];
  const child = spawn("taskset", [...args, "-nostdin", "-timeout", "180s", ...extra], { stdio: ["ignore", "pipe", "ignore"] });
  let screen = "";
  child.stdout.on("data", (text) => {
    screen = (screen + text).slice(-20_000);
  });
  const began = performance.now();
  await new Promise((resolve) => child.on("close", resolve));
  const failed = /Failed call\s*\|\s*\d+\s*\|\s*(\d+)/.exec(screen)?.[1];
  return { seconds: (performance.now() - began) / 1000, failed: failed === undefined ? count : Number(failed) };
}

export function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Of a process and its children: user and system time. */
function cpuSeconds(pid) {
  const parents = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  let ticks = 0;
  for (const each of parents) {
    let fields;
    try {
      const text = readFileSync(`/proc/${each}/stat`, "utf8");
      fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    } catch {
      continue; // it has ended
    }
    if (Number(each) === pid || Number(fields[1]) === pid) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_PER_SECOND;
}

function linesOf(child) {
  let text = "";
  const waiting = [];
  child.stdout.on("data", (bytes) => {
    text += bytes;
    const lines = text.split("\n");
    text = lines.pop();
    for (const line of lines) {
      const index = waiting.findIndex(({ prefix }) => line.startsWith(prefix));
      if (index >= 0) waiting.splice(index, 1)[0].resolve(line);
    }
  });
  return (prefix) => new Promise((resolve) => waiting.push({ prefix, resolve }));
}

function stop(child) {
  return new Promise((resolve) => {
    child.on("close", resolve);
    child.kill("SIGTERM");
  });
}

/** sysconf(_SC_CLK_TCK) on Linux. */
const TICKS_PER_SECOND = 100;
