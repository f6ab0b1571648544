/** Two agents on a simulated network, with signalling between them. */
import type { Path, TransportAddress } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import { Network, type NetworkNode, type NetworkOptions, type NodePlace, seededRandom } from "@purertc/simulator";
import { answerBindingRequest, IceAgent, type IceAgentOptions, type IceCandidate, type IceEvent } from "../src/index.ts";

export type AgentNode = NetworkNode<IceAgent>;

/** An agent with a seeded random source. */
export function makeAgent(seed: number | string, role: "controlling" | "controlled", options: Partial<IceAgentOptions> = {}): IceAgent {
  return new IceAgent({ random: seededRandom(seed), crypto: nodeCrypto, role, ...options });
}

export interface TwoAgentsOptions extends NetworkOptions {
  readonly left?: NodePlace;
  readonly right?: NodePlace;
  readonly leftOptions?: Partial<IceAgentOptions>;
  readonly rightOptions?: Partial<IceAgentOptions>;
  readonly network?: Network;
  /** Signalling delay of candidates and credentials, each way. Default 10 ms. */
  readonly signallingMs?: number;
  /** Drops the candidates of a side: the peer must find them out by its checks. */
  readonly mute?: "left" | "right";
  readonly stunServers?: readonly TransportAddress[];
  /** Sends all candidates at once when gathering is complete. */
  readonly vanilla?: boolean;
}

/** A controlling agent on the left, a controlled one on the right; neither knows anything of the other before `start`. */
export class TwoAgents {
  readonly network: Network;
  readonly left: AgentNode;
  readonly right: AgentNode;
  readonly #options: TwoAgentsOptions;

  constructor(options: TwoAgentsOptions = {}) {
    this.#options = options;
    this.network = options.network ?? new Network(options);
    const seed = this.network.seed;
    const { left = { addresses: ["192.0.2.1"] }, right = { addresses: ["192.0.2.2"] } } = options;
    this.left = this.network.addNode("left", makeAgent(`${seed} left`, "controlling", options.leftOptions), left);
    this.right = this.network.addNode("right", makeAgent(`${seed} right`, "controlled", options.rightOptions), right);
    this.#forward("left", this.left, this.right);
    this.#forward("right", this.right, this.left);
  }

  /** Gathers on both sides and exchanges credentials. */
  start(): this {
    for (const node of [this.left, this.right]) gather(node, this.#options.stunServers ?? []);
    this.exchangeCredentials();
    return this;
  }

  exchangeCredentials(): void {
    for (const [from, to] of [
      [this.left, this.right],
      [this.right, this.left],
    ] as const) {
      const credentials = from.protocol.localCredentials;
      this.#signal(() => to.call((agent, now) => agent.setRemoteCredentials(now, credentials)));
    }
  }

  /** Restarts both, left first, and signals. */
  restart(): void {
    for (const node of [this.left, this.right]) node.call((agent, now) => agent.restart(now));
    this.exchangeCredentials();
  }

  run(done: () => boolean = () => this.connected, limitMs = 60_000): this {
    this.network.run(done, { limitMs });
    return this;
  }

  get connected(): boolean {
    return [this.left, this.right].every(({ protocol }) => protocol.state === "connected" || protocol.state === "completed");
  }

  get completed(): boolean {
    return [this.left, this.right].every(({ protocol }) => protocol.state === "completed");
  }

  #signal(task: () => void): void {
    this.network.at(this.network.now + (this.#options.signallingMs ?? 10), task);
  }

  #forward(side: "left" | "right", from: AgentNode, to: AgentNode): void {
    const held: IceCandidate[] = [];
    from.onEvent((event: IceEvent) => {
      if (this.#options.mute === side) return;
      if (event.type === "local-candidate") {
        if (this.#options.vanilla === true) held.push(event.candidate);
        else this.#signal(() => to.call((agent, now) => agent.addRemoteCandidate(now, event.candidate)));
      } else if (event.type === "gathering-state" && event.state === "complete") {
        const candidates = held.splice(0);
        this.#signal(() =>
          to.call((agent, now) => {
            for (const candidate of candidates) agent.addRemoteCandidate(now, candidate);
            agent.endOfRemoteCandidates(now);
          }),
        );
      }
    });
  }
}

/** Binds every address of a node and hands it to its agent, with servers. */
export function gather(node: AgentNode, servers: readonly TransportAddress[] = []): void {
  for (const ip of node.ips) {
    const address = node.bind(ip);
    node.call((agent, now) => agent.addLocalAddress(now, address));
  }
  node.call((agent, now) => {
    for (const server of servers) agent.addStunServer(now, server);
    agent.endOfLocalAddresses(now);
  });
}

/** A STUN server on the network. */
export function addStunServer(network: Network, ip: string, port = 3478): TransportAddress {
  const out = new Uint8Array(600);
  return network.addServer(`stun ${ip}`, ip, port, ({ datagram, source }, reply) => {
    const length = answerBindingRequest(out, datagram, source);
    if (length > 0) reply(out.subarray(0, length));
  }).address;
}

/** `"192.0.2.1 -> 192.0.2.2"`. */
export function route(path: Path | undefined): string {
  return path === undefined ? "none" : `${path.local.ip} -> ${path.remote.ip}`;
}

/** The states an agent went through. */
export function states(node: AgentNode): readonly string[] {
  return node.timeline.flatMap(({ event }) => (event.type === "state" ? [event.state] : []));
}
