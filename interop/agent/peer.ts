/** Handles on agents, wherever they run. */
import type { Agent, AgentMethods } from "./peer-agent.mjs";

/** One side of a test. */
export interface Peer {
  readonly name: string;
  call<M extends keyof AgentMethods>(method: M, ...args: Parameters<AgentMethods[M]>): Promise<ReturnType<AgentMethods[M]>>;
  /** Ends whatever it runs in. */
  close(): Promise<void>;
}

/** A handle on something that carries calls to an agent and answers back. */
export function peerOver(name: string, carry: Agent["call"], close: () => Promise<void>): Peer {
  return { name, call: async (method, ...args) => (await carry(method, args)) as ReturnType<AgentMethods[typeof method]>, close };
}
