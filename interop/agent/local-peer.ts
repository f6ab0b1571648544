/** purertc in the test's own process. */
import * as purertc from "purertc";
import { type Peer, peerOver } from "./peer.ts";
import { type AgentOptions, createAgent } from "./peer-agent.mjs";

/** purertc in this process. `settings` go to every connection's second argument. */
export function localPeer(settings: AgentOptions["settings"] = {}): Peer {
  const agent = createAgent(purertc, { settings });
  return peerOver("purertc", agent.call, async () => undefined);
}
