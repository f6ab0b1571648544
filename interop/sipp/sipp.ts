/** Runs sipp, as caller or as callee, with a scenario of this folder. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { skipLoudly } from "../missing.ts";

/** What a run of sipp ended with. */
export interface SippResult {
  /** 0 when every call went as the scenario says. */
  readonly exitCode: number | null;
  /** What it complained of. */
  readonly errors: string;
}

export interface SippOptions {
  /** File name in `scenarios`, without `.xml`. */
  readonly scenario: string;
  /** Where to call: `ip:port`; callees have none. */
  readonly remote?: string;
  readonly transport?: "u1" | "t1";
  /** `[service]` of the scenario. */
  readonly service?: string;
  /** Local port; sipp chooses one when absent. */
  readonly port?: number;
  /** Calls; 1. */
  readonly calls?: number;
  /** Digest credentials for `[authentication]`, made for sipp's remote address, whatever the request says. */
  readonly user?: string;
  readonly password?: string;
  /** Values of `[name]`, by name. */
  readonly keys?: Readonly<Record<string, string>>;
}

/** A running sipp. */
export interface Sipp {
  /** Resolves when the scenario is through. */
  readonly finished: Promise<SippResult>;
  kill(): void;
}

/** Whether sipp can be run; says how to get it otherwise. With `REQUIRE_BROWSERS=1`, which asks for every real peer, it has to be there. */
export function sippMissing(): boolean {
  if (spawnSync("sipp", ["-v"]).error === undefined) return false;
  skipLoudly("sipp is not installed (Debian: apt-get install sip-tester)", "REQUIRE_BROWSERS");
  return true;
}

/** Starts sipp; `finished` never rejects. */
export async function startSipp(options: SippOptions): Promise<Sipp> {
  const folder = await mkdtemp(path.join(tmpdir(), "purertc-sipp-"));
  const scenario = fileURLToPath(new URL(`./scenarios/${options.scenario}.xml`, import.meta.url));
  const args = [
    ...(options.remote === undefined ? [] : [options.remote]),
    ...["-sf", scenario, "-i", "127.0.0.1", "-m", String(options.calls ?? 1), "-l", "10", "-t", options.transport ?? "u1", "-nostdin"],
    ...["-trace_err", "-timeout", "20s", "-timeout_error", "-recv_timeout", "12000"],
    ...(options.port === undefined ? [] : ["-p", String(options.port)]),
    ...(options.service === undefined ? [] : ["-s", options.service]),
    ...(options.user === undefined ? [] : ["-au", options.user, "-ap", options.password ?? ""]),
    ...Object.entries(options.keys ?? {}).flatMap(([name, value]) => ["-key", name, value]),
  ];
  const child = spawn("sipp", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  return { finished: finish(child, folder), kill: () => void child.kill() };
}

/** Runs sipp to its end. */
export async function runSipp(options: SippOptions): Promise<SippResult> {
  return (await startSipp(options)).finished;
}

async function finish(child: ChildProcess, folder: string): Promise<SippResult> {
  let output = "";
  child.stdout?.on("data", () => {}); // its screen
  child.stderr?.on("data", (text) => {
    output += String(text);
  });
  const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve).on("error", () => resolve(null)));
  const traces = (await readdir(folder)).map((name) => readFile(path.join(folder, name), "utf8"));
  const errors = [output, ...(await Promise.all(traces))]
    .join("\n")
    .replace(/^(Resolving remote host|.*Overload warning:|.*pthread_setname).*$/gm, "")
    .trim();
  await rm(folder, { recursive: true, force: true });
  return { exitCode, errors };
}
