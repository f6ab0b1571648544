/** The candidates of both sides and the pairs made of them (RFC 8445 §5.1, §6.1.2, §7.2.5.3.1, §7.3.1.3; RFC 8838 §9, §11). */
import { formatTransportAddress, type Path, sameTransportAddress, type TransportAddress, transportAddress } from "@purertc/core";
import type { IceCandidate, IceCandidateType } from "../codec/candidate-line.ts";
import type { AgentContext } from "./agent-context.ts";
import {
  candidatePriority,
  canPair,
  Foundations,
  isForbiddenHostAddress,
  type LocalCandidate,
  LocalPreferences,
  type RemoteCandidate,
} from "./candidate.ts";
import { CandidatePair } from "./candidate-pair.ts";
import type { GatheringResult } from "./gatherer.ts";
import { serverKey } from "./gatherer.ts";
import type { Generation } from "./generation.ts";

/** What the host knows of a local address. */
export interface LocalAddressInfo {
  /** For the host's own records; the agent does not use it. */
  readonly interfaceName?: string;
  /** 0 to 65535 (RFC 8445 §5.1.2.1); by RFC 8421 when omitted. Each address should have its own. */
  readonly localPreference?: number;
  /** 0 to 999, for the `network-cost` extension of the candidate; not signalled when omitted. */
  readonly networkCost?: number;
}

interface Base {
  readonly address: TransportAddress;
  readonly localPreference: number;
  readonly networkCost: number | undefined;
}

export class Candidates {
  readonly #context: AgentContext;
  readonly #intern: (path: Path) => Path;
  readonly #foundations = new Foundations();
  readonly #preferences = new LocalPreferences();
  readonly #bases = new Map<string, Base>();
  #pairsMade = 0;
  #peerReflexiveMade = 0;

  constructor(context: AgentContext, intern: (path: Path) => Path) {
    this.#context = context;
    this.#intern = intern;
  }

  /** Whether a datagram to this address is for this agent. */
  isBase(address: TransportAddress): boolean {
    return this.#bases.has(formatTransportAddress(address)) && address.protocol === "udp";
  }

  /** A host candidate on a bound socket; undefined when it is known, TCP or forbidden. */
  addHost(generation: Generation, address: TransportAddress, info: LocalAddressInfo): LocalCandidate | undefined {
    const key = formatTransportAddress(address);
    if (this.#bases.has(key)) return undefined;
    if (address.protocol !== "udp" || isForbiddenHostAddress(address)) {
      this.#context.discard("local-address-forbidden");
      return undefined;
    }
    const base = { address, localPreference: info.localPreference ?? this.#preferences.next(address), networkCost: info.networkCost };
    this.#bases.set(key, base);
    return this.#host(generation, base);
  }

  /** The host candidates of a generation. */
  hosts(generation: Generation): readonly LocalCandidate[] {
    return generation.localCandidates.filter(({ candidate }) => candidate.type === "host");
  }

  /** The sockets go on into a new generation; what was learned from servers and peers does not. */
  carryOver(generation: Generation): void {
    for (const base of this.#bases.values()) this.#host(generation, base);
  }

  /** A server-reflexive candidate; undefined when it is redundant: the same address and base as another (RFC 8445 §5.1.3). */
  addReflexive(generation: Generation, result: Extract<GatheringResult, { readonly type: "reflexive" }>): LocalCandidate | undefined {
    const { base, server, mapped } = result;
    const host = this.hosts(generation).find(({ address }) => sameTransportAddress(address, base));
    if (host === undefined) return undefined;
    const known = generation.localCandidates.find(
      (local) => sameTransportAddress(local.address, mapped) && sameTransportAddress(local.base, base),
    );
    if (known !== undefined && known.candidate.type !== "prflx") return undefined;
    return this.#local(generation, "srflx", mapped, host, this.#foundations.of("srflx", base, serverKey(server)));
  }

  /** The local candidate at the address a response reported: one we have, or a new peer-reflexive one (RFC 8445 §7.2.5.3.1). */
  mapped(base: LocalCandidate, generation: Generation, address: TransportAddress): LocalCandidate {
    const known = generation.localCandidateAt(address);
    if (known !== undefined) return known;
    const discovered = generation.localCandidates.filter(({ candidate }) => candidate.type === "prflx").length;
    if (discovered >= this.#context.tunables.maxPeerReflexive) {
      this.#context.discard("peer-reflexive-limit");
      return base;
    }
    return this.#local(generation, "prflx", address, base, this.#foundations.of("prflx", base.base, ""));
  }

  /**
   * A candidate the peer signalled. False when it is of no use. One that was discovered before it was signalled keeps its place and takes the signalled
   * type and foundation (RFC 8445 §7.3.1.3, RFC 8838 §11).
   */
  addRemote(generation: Generation, candidate: IceCandidate, earlierFragment: string | undefined): boolean {
    const { tunables, component, role } = this.#context;
    const address = candidate.transport === "udp" ? transportAddress(candidate.address, candidate.port) : undefined;
    if (address === undefined || address.port === 0 || candidate.component !== component) {
      this.#context.discard("remote-candidate-unsupported");
      return false;
    }
    const { usernameFragment } = candidate;
    const expected = generation.remoteCredentials?.usernameFragment;
    if (usernameFragment !== undefined && (expected === undefined ? usernameFragment === earlierFragment : usernameFragment !== expected)) {
      this.#context.discard("remote-candidate-other-generation");
      return false;
    }
    const known = generation.remoteCandidateAt(address);
    if (known !== undefined) {
      this.#context.discard("remote-candidate-redundant");
      if (known.candidate.type !== "prflx" || candidate.type === "prflx") return false;
      known.candidate = candidate;
      generation.checklist.reprioritize(role);
      return true;
    }
    const signalled = generation.remoteCandidates.filter((remote) => remote.candidate.type !== "prflx").length;
    if (signalled >= tunables.maxRemoteCandidates) {
      this.#context.discard("remote-candidate-limit");
      return false;
    }
    const remote = { candidate, address };
    generation.remoteCandidates.push(remote);
    if (generation.remoteCredentials !== undefined) for (const local of this.hosts(generation)) this.#pair(generation, local, remote);
    return true;
  }

  /** The peer's credentials became known: candidates of another generation go, pairs are formed of the rest (RFC 8445 §6.1.2). */
  remoteCredentialsKnown(generation: Generation): void {
    const fragment = generation.remoteCredentials?.usernameFragment;
    const remotes = generation.remoteCandidates.splice(0);
    for (const remote of remotes) {
      const theirs = remote.candidate.usernameFragment;
      if (theirs === undefined || theirs === fragment) generation.remoteCandidates.push(remote);
      else this.#context.discard("remote-candidate-other-generation");
    }
    for (const local of this.hosts(generation)) this.pairLocal(generation, local);
  }

  /** Pairs a new local candidate with what the peer has (RFC 8838 §9). */
  pairLocal(generation: Generation, local: LocalCandidate): void {
    if (generation.remoteCredentials === undefined) return;
    for (const remote of generation.remoteCandidates) this.#pair(generation, local, remote);
  }

  /** The pair for a check that came over `path` where there was none: its remote candidate may be new, a peer-reflexive one (RFC 8445 §7.3.1.3, §7.3.1.4). */
  pairForCheck(generation: Generation, path: Path, priority: number): CandidatePair | undefined {
    const local = this.hosts(generation).find(({ address }) => sameTransportAddress(address, path.local));
    if (local === undefined) return undefined;
    const remote = generation.remoteCandidateAt(path.remote) ?? this.#peerReflexive(generation, path.remote, priority);
    return remote === undefined ? undefined : this.#addPair(generation, local, remote, path);
  }

  #peerReflexive(generation: Generation, address: TransportAddress, priority: number): RemoteCandidate | undefined {
    const { remoteCandidates, checklist } = generation;
    const discovered = remoteCandidates.filter(({ candidate }) => candidate.type === "prflx");
    if (discovered.length >= this.#context.tunables.maxPeerReflexive) {
      // One whose pairs all failed makes room.
      const dead = discovered.find((remote) => checklist.pairs.every((pair) => pair.remote !== remote || pair.state === "failed"));
      if (dead === undefined) {
        this.#context.discard("peer-reflexive-limit");
        return undefined;
      }
      remoteCandidates.splice(remoteCandidates.indexOf(dead), 1);
    }
    this.#peerReflexiveMade += 1;
    const candidate: IceCandidate = {
      // §7.3.1.3: arbitrary, but unlike those of all other remote candidates. Peers number theirs or hash them; none starts like this.
      foundation: `prflx/${this.#peerReflexiveMade}`,
      component: this.#context.component,
      transport: address.protocol,
      priority: Math.max(1, Math.min(priority, 0x7fff_ffff)),
      address: address.ip,
      port: address.port,
      type: "prflx",
    };
    const remote = { candidate, address };
    remoteCandidates.push(remote);
    return remote;
  }

  #pair(generation: Generation, local: LocalCandidate, remote: RemoteCandidate): void {
    if (!canPair(local.base, remote.address)) return;
    const path = this.#intern({ local: local.base, remote: remote.address });
    if (generation.checklist.pairOn(path) !== undefined) return;
    // RFC 8445 §8.1.2: after nomination only what could still beat it, and only where the peer nominates.
    if (generation.concluded && this.#context.role === "controlling") return;
    this.#addPair(generation, local, remote, path);
  }

  #addPair(generation: Generation, local: LocalCandidate, remote: RemoteCandidate, path: Path): CandidatePair | undefined {
    this.#pairsMade += 1;
    const pair = new CandidatePair(String(this.#pairsMade), local, remote, path);
    return generation.checklist.add(pair, this.#context.role) ? pair : undefined;
  }

  #host(generation: Generation, base: Base): LocalCandidate {
    const { address, localPreference, networkCost } = base;
    const { component } = this.#context;
    const candidate: IceCandidate = {
      foundation: this.#foundations.of("host", address, ""),
      component,
      transport: address.protocol,
      priority: candidatePriority("host", localPreference, component),
      address: address.ip,
      port: address.port,
      type: "host",
      usernameFragment: generation.localCredentials.usernameFragment,
      ...(networkCost !== undefined && { extensions: [["network-cost", String(networkCost)]] as const }),
    };
    const local = { candidate, address, base: address, localPreference };
    generation.localCandidates.push(local);
    return local;
  }

  #local(
    generation: Generation,
    type: IceCandidateType,
    address: TransportAddress,
    host: LocalCandidate,
    foundation: string,
  ): LocalCandidate {
    const { localPreference, base } = host;
    const candidate: IceCandidate = {
      foundation,
      component: this.#context.component,
      transport: address.protocol,
      priority: candidatePriority(type, localPreference, this.#context.component),
      address: address.ip,
      port: address.port,
      type,
      relatedAddress: base.ip,
      relatedPort: base.port,
      usernameFragment: generation.localCredentials.usernameFragment,
    };
    const local = { candidate, address, base, localPreference };
    generation.localCandidates.push(local);
    return local;
  }
}
