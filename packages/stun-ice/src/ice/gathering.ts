/** The gathering of local candidates (RFC 8445 §5.1.1, RFC 8838 §8): the sockets and servers it uses, how far it has come, and what is told of it. */
import type { Instant, Path, TransportAddress } from "@purertc/core";
import type { IceCandidate } from "../codec/candidate-line.ts";
import type { StunMessage } from "../codec/message.ts";
import type { AgentContext } from "./agent-context.ts";
import type { Candidates, LocalAddressInfo } from "./candidates.ts";
import type { IceGatheringState } from "./events.ts";
import { Gatherer, type GatheringResult, type StunServer } from "./gatherer.ts";
import type { Generation } from "./generation.ts";

export class Gathering {
  readonly #context: AgentContext;
  readonly #candidates: Candidates;
  readonly #gatherer: Gatherer;
  #state: IceGatheringState = "new";
  #localAddressesEnded = false;

  constructor(context: AgentContext, candidates: Candidates, intern: (path: Path) => Path) {
    this.#context = context;
    this.#candidates = candidates;
    this.#gatherer = new Gatherer(context.tunables, context.random, intern);
  }

  get state(): IceGatheringState {
    return this.#state;
  }

  /** A bound socket: a host candidate, and a query to each server. */
  addLocalAddress(generation: Generation, address: TransportAddress, info: LocalAddressInfo): void {
    const added = this.#candidates.addHost(generation, address, info);
    if (added === undefined) return;
    this.#start();
    this.#tell(added.candidate);
    this.#gatherer.addBase(added.base);
    this.#candidates.pairLocal(generation, added);
  }

  addServer(server: StunServer): void {
    this.#start();
    this.#gatherer.addServer(server);
  }

  /** No more sockets and servers for now. */
  endOfLocalAddresses(): void {
    this.#localAddressesEnded = true;
    this.#start();
  }

  /** Gathers anew for a generation that has its host candidates already. */
  restart(generation: Generation): void {
    this.#gatherer.restart();
    if (this.#state === "new") return;
    this.#setState("gathering");
    for (const host of this.#candidates.hosts(generation)) this.#tell(host.candidate);
  }

  /** A Binding response that answers no check. False when it answers no query either. */
  handleResponse(generation: Generation, message: StunMessage, path: Path): boolean {
    const result = this.#gatherer.handleResponse(this.#context.now, message, path);
    if (result === "unknown") this.#context.discard("unknown-transaction");
    else if (result !== "nothing") this.#take(generation, result);
    return result !== "unknown";
  }

  /** Sends the queries that are due, and sees whether the gathering is complete. */
  handleTimeout(generation: Generation): void {
    // RFC 8445 §5.1.1.4: NAT bindings are refreshed until ICE has concluded.
    const { send, results } = this.#gatherer.handleTimeout(this.#context.now, !generation.concluded);
    for (const outgoing of send) this.#context.send(outgoing);
    for (const result of results) this.#take(generation, result);
    if (this.#localAddressesEnded && this.#gatherer.idle && this.#state === "gathering") this.#setState("complete");
  }

  /** When {@link handleTimeout} has something to do. */
  next(): Instant | undefined {
    return this.#gatherer.next();
  }

  /** Ends all queries. */
  stop(): void {
    this.#gatherer.stop();
  }

  #take(generation: Generation, result: GatheringResult): void {
    if (result.type === "reflexive") {
      const added = this.#candidates.addReflexive(generation, result);
      if (added !== undefined) this.#tell(added.candidate, result.server.url);
      return;
    }
    const { base, server, code: errorCode, text: errorText } = result;
    this.#context.events.push({ type: "candidate-error", url: server.url, address: base.ip, port: base.port, errorCode, errorText });
  }

  #start(): void {
    if (this.#state !== "gathering") this.#setState("gathering");
  }

  #setState(state: IceGatheringState): void {
    this.#state = state;
    this.#context.events.push({ type: "gathering-state", state });
  }

  #tell(candidate: IceCandidate, url?: string): void {
    this.#context.events.push({ type: "local-candidate", candidate, ...(url !== undefined && { url }) });
  }
}
