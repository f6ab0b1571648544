/** The ICE half of a transport: one agent, given what the descriptions say of each generation. */
import { type CryptoProvider, type Instant, Malformed, type Observer, type RandomSource } from "@purertc/core";
import { IceAgent, type IceCredentials, type IceEvent, type IceRole, type IceState, parseCandidateLine } from "@purertc/stun-ice";
import type { NegotiatedTransport, RemoteTransportParameters } from "../jsep/index.ts";
import type { IceTunables } from "../settings.ts";
import type { GatheringState } from "./aggregate-states.ts";

/** What the agent is made with. */
export interface IceTransportOptions {
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  readonly ice: IceTunables;
  readonly observer?: Observer;
  /** Asked when the agent is made. */
  readonly iceTransportPolicy: () => "all" | "relay";
}

/** See the file's header. */
export class IceTransport {
  readonly #options: IceTransportOptions;
  #agent: IceAgent | undefined;
  #state: IceState = "new";
  #role: IceRole;
  #selectedPairChanges = 0;
  /** Remote candidates of the current generation that the agent already has. */
  readonly #known = new Set<string>();
  #endKnown = false;

  constructor(options: IceTransportOptions, role: IceRole) {
    this.#options = options;
    this.#role = role;
  }

  /** Absent until a local description has named its credentials. */
  get agent(): IceAgent | undefined {
    return this.#agent;
  }

  get state(): IceState {
    return this.#state;
  }

  get gatheringState(): GatheringState {
    return this.#agent?.gatheringState ?? "new";
  }

  get role(): IceRole {
    return this.#agent?.role ?? this.#role;
  }

  /** Times the selected pair changed, the first selection included. */
  get selectedPairChanges(): number {
    return this.#selectedPairChanges;
  }

  get localCredentials(): IceCredentials | undefined {
    return this.#agent?.localCredentials;
  }

  get remoteCredentials(): IceCredentials | undefined {
    return this.#agent?.remoteCredentials;
  }

  /** Makes or restarts the agent so that it has the credentials of the local description. True when it was made, and so needs addresses. */
  applyLocal(now: Instant, agreed: NegotiatedTransport): boolean {
    this.#role = agreed.iceRole;
    const credentials = agreed.local?.iceCredentials;
    if (credentials === undefined) return false;
    if (this.#agent === undefined) {
      const { crypto, random, ice, observer } = this.#options;
      this.#agent = new IceAgent({
        ...ice,
        crypto,
        random,
        role: agreed.iceRole,
        localCredentials: credentials,
        transportPolicy: this.#options.iceTransportPolicy(),
        ...(observer === undefined ? {} : { observer }),
      });
      return true;
    }
    if (credentials.usernameFragment !== this.#agent.localCredentials.usernameFragment) {
      this.#forgetRemote();
      this.#agent.restart(now, credentials);
      if (this.#agent.role !== agreed.iceRole) this.#agent.setRole(now, agreed.iceRole);
    }
    return false;
  }

  /** Gives the agent the peer's credentials and those of its candidates that it does not have yet. */
  applyRemote(now: Instant, remote: RemoteTransportParameters): void {
    const agent = this.#agent;
    if (agent === undefined) return;
    if (agent.remoteCredentials?.usernameFragment !== remote.iceCredentials.usernameFragment) {
      this.#forgetRemote();
      agent.setRemoteCredentials(now, remote.iceCredentials);
    }
    for (const line of remote.candidates) this.#add(now, agent, line);
    if (remote.endOfCandidates) this.#end(now, agent);
  }

  /** A trickled candidate of the generation in effect or, empty, the end of them. */
  addRemoteCandidate(now: Instant, line: string): void {
    // Without credentials it is left to applyRemote: the descriptions remember it.
    if (this.#agent?.remoteCredentials === undefined) return;
    if (line === "") this.#end(now, this.#agent);
    else this.#add(now, this.#agent, line);
  }

  /** The agent's next event, noted here. */
  pollEvent(): IceEvent | undefined {
    const event = this.#agent?.pollEvent();
    if (event?.type === "state") this.#state = event.state;
    else if (event?.type === "selected-pair") this.#selectedPairChanges += 1;
    return event;
  }

  /** Ends the agent for good. */
  close(now: Instant): void {
    if (this.#state !== "closed") this.#agent?.close(now);
    this.#state = "closed";
    this.#known.clear();
  }

  #add(now: Instant, agent: IceAgent, line: string): void {
    if (this.#known.has(line)) return;
    this.#known.add(line);
    const candidate = parseCandidateLine(line);
    if (!(candidate instanceof Malformed)) agent.addRemoteCandidate(now, candidate);
  }

  #end(now: Instant, agent: IceAgent): void {
    if (this.#endKnown) return;
    this.#endKnown = true;
    agent.endOfRemoteCandidates(now);
  }

  #forgetRemote(): void {
    this.#known.clear();
    this.#endKnown = false;
  }
}
