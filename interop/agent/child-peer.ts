/** Agents in processes of their own. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Peer, peerOver } from "./peer.ts";
import type { Agent } from "./peer-agent.mjs";

/** A library in a process of its own. */
export async function childPeer(library: "purertc" | "werift" | "wrtc"): Promise<Peer> {
  const { call, close } = await childAgent(library, new URL("./child.mjs", import.meta.url), [library]);
  return peerOver(library, call, close);
}

/** Any agent that speaks as `child.mjs` does, in a process of its own. */
export async function childAgent(
  name: string,
  program: URL,
  args: readonly string[],
  execArgv: readonly string[] = [],
): Promise<Agent & { close(): Promise<void> }> {
  const child = fork(fileURLToPath(program), [...args], { execArgv: [...execArgv], env: childEnvironment() });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let last = 0;
  const ready = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  child.on("message", (message: { id: number; value?: unknown; error?: string }) => {
    const waiter = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) waiter?.resolve(message.value);
    else waiter?.reject(new Error(`${name}: ${message.error}`));
  });
  let ended: Error | undefined;
  child.on("exit", (code, signal) => {
    ended = new Error(`the ${name} process ended (${signal ?? code})`);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  });
  await ready;
  const call: Agent["call"] = (method, args) =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) {
        reject(ended);
        return;
      }
      last += 1;
      waiting.set(last, { resolve, reject });
      child.send({ id: last, method, args });
    });
  return { call, close: () => kill(child) };
}

/** vitest's own variables would make the child think it is a test. */
function childEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST") && name !== "NODE_OPTIONS"));
}

/** Killed, not asked: libwebrtc's binding for Node crashes when its process exits by itself. */
function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
