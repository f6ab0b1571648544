/** Agents in processes of their own. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Peer, peerOver } from "./peer.ts";
import type { Agent } from "./peer-agent.mjs";

/** A library in a process of its own. */
export async function childPeer(library: "purertc" | "werift" | "wrtc"): Promise<Peer> {
  const child = fork(fileURLToPath(new URL("./child.mjs", import.meta.url)), [library], { execArgv: [], env: childEnvironment() });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let last = 0;
  const ready = new Promise((resolve, reject) => waiting.set(0, { resolve, reject }));
  child.on("message", (message: { id: number; value?: unknown; error?: string }) => {
    const waiter = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) waiter?.resolve(message.value);
    else waiter?.reject(new Error(`${library}: ${message.error}`));
  });
  let ended: Error | undefined;
  child.on("exit", (code, signal) => {
    ended = new Error(`the ${library} process ended (${signal ?? code})`);
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
  return peerOver(library, call, () => kill(child));
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
