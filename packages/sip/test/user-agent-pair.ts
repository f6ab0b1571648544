/** User agents that talk over a network in memory, in virtual time. */
import { seededRandom } from "@purertc/simulator";
import type { SipUserAgentOptions } from "../src/user-agent/options.ts";
import { SipUserAgent } from "../src/user-agent/sip-user-agent.ts";
import { MemoryNetwork, type MemoryTransports } from "./memory-transports.ts";

/** An audio stream. */
export const OFFER =
  "v=0\r\no=alice 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n";
export const ANSWER =
  "v=0\r\no=bob 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";

/** One network with user agents on it. */
export class AgentNetwork extends MemoryNetwork {
  readonly agents: SipUserAgent[] = [];
  readonly wires: MemoryTransports[] = [];

  /** `sip:<name>@<ip>`, and reachable there. */
  agent(name: string, options: Partial<SipUserAgentOptions> = {}): SipUserAgent {
    const ip = `192.0.2.${this.agents.length + 1}`;
    const transports = this.host(ip);
    const agent = new SipUserAgent({
      uri: `sip:${name}@${ip}`,
      transports,
      clock: this.clock,
      random: seededRandom(name),
      dns: NO_DNS,
      ...options,
    });
    this.wires.push(transports);
    this.agents.push(agent);
    return agent;
  }

  /** Lets time pass until the promise is settled. */
  async until<T>(promise: Promise<T>, limitMs = 100_000): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    for (let passed = 0; passed < limitMs; passed += 10) {
      await this.clock.advance(passed === 0 ? 0 : 10);
      if (settled) return promise;
    }
    throw new Error(`not settled after ${limitMs} ms: ${this.log.slice(-20).join(", ")}`);
  }
}

const NO_DNS = { naptr: async () => [], srv: async () => [], a: async () => [], aaaa: async () => [] };
