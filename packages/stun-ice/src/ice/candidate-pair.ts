/** Candidate pairs: state, priority, what is known of their path (RFC 8445 §6.1.2). */
import type { Instant, Path } from "@purertc/core";
import type { IceCandidate } from "../codec/candidate-line.ts";
import type { LocalCandidate, RemoteCandidate } from "./candidate.ts";
import type { IceRole } from "./options.ts";

/** RFC 8445 §6.1.2.6. */
export type PairState = "frozen" | "waiting" | "in-progress" | "succeeded" | "failed";

/** A pair as events and properties show it. */
export interface IceCandidatePair {
  /** Unique within the agent. */
  readonly id: string;
  /** The local end: a peer- or server-reflexive candidate when the checks discovered a NAT. */
  readonly local: IceCandidate;
  readonly remote: IceCandidate;
  /** RFC 8445 §6.1.2.3, for the role of this moment. */
  readonly priority: bigint;
}

/** RFC 8445 §6.1.2.3: 2^32 MIN(G,D) + 2 MAX(G,D) + (G > D ? 1 : 0). */
export function pairPriority(role: IceRole, localPriority: number, remotePriority: number): bigint {
  const controlling = role === "controlling" ? localPriority : remotePriority;
  const controlled = role === "controlling" ? remotePriority : localPriority;
  const least = BigInt(Math.min(controlling, controlled));
  const greatest = BigInt(Math.max(controlling, controlled));
  return (least << 32n) + 2n * greatest + (controlling > controlled ? 1n : 0n);
}

/** One pair of the checklist. `local` is a base: checks leave from it. */
export class CandidatePair {
  readonly id: string;
  readonly local: LocalCandidate;
  readonly remote: RemoteCandidate;
  readonly path: Path;
  state: PairState = "frozen";
  /** Orders the checklist. */
  priority = 0n;
  /** The local end of the valid pair that this pair's check made (RFC 8445 §7.2.5.3.2); undefined until then. */
  validLocal: LocalCandidate | undefined;
  nominated = false;
  /** The controlling peer nominated it before our own check succeeded (RFC 8445 §7.3.1.5). */
  nominateOnSuccess = false;
  /** When a check was last begun. */
  lastCheckAt: Instant | undefined;
  /** A triggered check has replaced one that was under way. */
  checkReplaced = false;
  /** When a response last proved consent (RFC 7675 §5.1). */
  lastResponseAt: Instant | undefined;
  readonly counters: PairCounters = {
    requestsSent: 0,
    requestsReceived: 0,
    responsesSent: 0,
    responsesReceived: 0,
    consentRequestsSent: 0,
    retransmissionsSent: 0,
    totalRoundTripTimeMs: 0,
    currentRoundTripTimeMs: undefined,
  };

  constructor(id: string, local: LocalCandidate, remote: RemoteCandidate, path: Path) {
    this.id = id;
    this.local = local;
    this.remote = remote;
    this.path = path;
  }

  /** RFC 8445 §6.1.2.6. */
  get foundation(): string {
    return `${this.local.candidate.foundation}:${this.remote.candidate.foundation}`;
  }

  get valid(): boolean {
    return this.validLocal !== undefined;
  }

  /** Whether its check is still to come or under way. */
  get pending(): boolean {
    return this.state === "frozen" || this.state === "waiting" || this.state === "in-progress";
  }

  /** Recomputes the priority after a change of role or of the remote candidate. */
  reprioritize(role: IceRole): void {
    this.priority = pairPriority(role, this.local.candidate.priority, this.remote.candidate.priority);
  }

  /** Priority of the valid pair, whose local end may be a reflexive candidate. */
  validPriority(role: IceRole): bigint {
    return pairPriority(role, (this.validLocal ?? this.local).candidate.priority, this.remote.candidate.priority);
  }

  /** For events and properties. */
  snapshot(role: IceRole): IceCandidatePair {
    return {
      id: this.id,
      local: (this.validLocal ?? this.local).candidate,
      remote: this.remote.candidate,
      priority: this.validPriority(role),
    };
  }
}

/** What statistics count per pair. */
export interface PairCounters {
  requestsSent: number;
  requestsReceived: number;
  responsesSent: number;
  responsesReceived: number;
  consentRequestsSent: number;
  retransmissionsSent: number;
  totalRoundTripTimeMs: number;
  currentRoundTripTimeMs: number | undefined;
}
