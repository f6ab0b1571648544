/** Debian's libsrtp as a child process, compiled on the spot; undefined, with a note, where there is no compiler or no libsrtp2-dev. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export async function startLibsrtp() {
  const folder = mkdtempSync(path.join(os.tmpdir(), "purertc-libsrtp-"));
  const program = path.join(folder, "libsrtp-bench");
  try {
    const source = fileURLToPath(new URL("libsrtp-bench.c", import.meta.url));
    execFileSync("cc", ["-O2", "-o", program, source, "-lsrtp2"], { stdio: "pipe" });
  } catch (error) {
    rmSync(folder, { recursive: true });
    const reason = error.code === "ENOENT" ? "no C compiler (cc)" : "it does not compile; on Debian: apt-get install libsrtp2-dev";
    console.log(`\nlibsrtp left out: ${reason}`);
    return undefined;
  }
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const version = (await lines.next()).value;
  return {
    version,
    /** Nanoseconds of processor time per packet; undefined when this libsrtp cannot do it. */
    async measure(protocol, profile, operation, size, milliseconds) {
      child.stdin.write(`${protocol} ${profile} ${operation} ${size} ${milliseconds}\n`);
      const answer = Number((await lines.next()).value);
      return Number.isNaN(answer) ? undefined : answer;
    },
    stop() {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}
