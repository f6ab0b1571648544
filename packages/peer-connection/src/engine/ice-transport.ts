/** The ICE half of a transport: one agent, given what the descriptions say of each generation. */
import { type CryptoProvider, type Instant, Malformed, type Observer, type RandomSource } from "@purertc/core";
import { IceAgent, type IceCredentials, type IceEvent, type IceRole, type IceState, parseCandidateLine } from "@purertc/stun-ice";
import type { NegotiatedTransport, RemoteTransportParameters } from "../jsep/index.ts";
import type { IceTunables } from "../settings.ts";
import type { GatheringState } from "./aggregate-states.ts";
import { isBadPort } from "./bad-ports.ts";

/** What the agent is made with. */
export interface IceTransportOptions {
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  readonly ice: IceTunables;
  readonly allowBadPorts: boolean;
  readonly observer?: Observer;
  /** Asked when the agent is made. */
  readonly iceTransportPolicy: () => "all" | "relay";
}

/** See the file's header. */
export class IceTransport {
  readonly #options: IceTransportOptions;
  #agent: IceAgent | undefined;
  #state: IceState = "new";
  #gatheringState: GatheringState = "new";
  /** Our user name fragments with gathering complete: the one in use, and the one that a rollback may bring back. */
  #gathered: readonly string[] = [];
  /** Whether candidates that are known are being found again. */
  #regathering = false;
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
    return this.#gatheringState;
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
      this.#regathering = this.#gathered.includes(credentials.usernameFragment);
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
    for (;;) {
      const event = this.#agent?.pollEvent();
      if (event?.type === "state") this.#state = event.state;
      else if (event?.type === "selected-pair") this.#selectedPairChanges += 1;
      else if (event !== undefined && this.#isRepetition(event)) continue;
      return event;
    }
  }

  /** The rollback of a restart brings back candidates that the application has, and so nothing for it to see (RFC 9429 §4.1.10.2). */
  #isRepetition(event: IceEvent): boolean {
    if (event.type === "local-candidate") return this.#regathering;
    if (event.type !== "gathering-state") return false;
    if (this.#regathering && event.state === "gathering") return true;
    this.#regathering = false;
    if (event.state === this.#gatheringState) return true;
    this.#gatheringState = event.state;
    const fragment = this.localCredentials?.usernameFragment;
    if (event.state === "complete" && fragment !== undefined) this.#gathered = [...this.#gathered.slice(-1), fragment];
    return false;
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
    if (candidate instanceof Malformed) return;
    // webrtc-pc: as if nobody answered there, without a word to the application.
    if (isBadPort(candidate.port) && !this.#options.allowBadPorts) return;
    agent.addRemoteCandidate(now, candidate);
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
