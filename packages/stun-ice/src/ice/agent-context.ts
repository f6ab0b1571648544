/** What the parts of one agent share: the clock, the role, the way out, what is told, counters. */
import { type CryptoProvider, type Instant, Queue, type RandomSource, randomBytes, readU64 } from "@purertc/core";
import type { IceEvent } from "./events.ts";
import type { Outgoing } from "./gatherer.ts";
import { type IceAgentOptions, type IceRole, type IceTunables, iceTunables } from "./options.ts";
import { PathTable } from "./path-table.ts";

/** Why a datagram or candidate was not used. */
export type IceDiscardReason =
  | "not-stun"
  | "oversized"
  | "malformed"
  | "unknown-local-address"
  | "bad-fingerprint"
  | "indication"
  | "unsupported-method"
  | "unauthenticated-request"
  | "error-response-rate"
  | "replayed-request"
  | "unusable-request"
  | "early-check-limit"
  | "unknown-transaction"
  | "asymmetric-response"
  | "unauthenticated-response"
  | "unusable-response"
  | "agent-failed"
  | "remote-candidate-unsupported"
  | "remote-candidate-other-generation"
  | "remote-candidate-redundant"
  | "remote-candidate-limit"
  | "peer-reflexive-limit"
  | "local-address-forbidden"
  | "queue-limit";

export class AgentContext {
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  readonly tunables: IceTunables;
  readonly component: 1 | 2;
  readonly outgoing: Queue<Outgoing> = new Queue();
  readonly events: Queue<IceEvent> = new Queue();
  readonly paths: PathTable;
  readonly discarded: Map<IceDiscardReason, number> = new Map();
  /** The latest time the agent was told. */
  now: Instant = Number.NEGATIVE_INFINITY;
  role: IceRole;
  /** RFC 8445 §7.1.2: 64 random bits. */
  tieBreaker: bigint;

  constructor(options: IceAgentOptions) {
    this.crypto = options.crypto;
    this.random = options.random;
    this.tunables = iceTunables(options);
    this.component = options.component ?? 1;
    this.role = options.role;
    this.tieBreaker = newTieBreaker(options.random);
    this.paths = new PathTable(4 * this.tunables.maxPairs);
  }

  /** Queues a datagram. A host that never drains loses the oldest. */
  send(outgoing: Outgoing): void {
    if (this.outgoing.length >= MAX_OUTGOING) {
      this.outgoing.shift();
      this.discard("queue-limit");
    }
    this.outgoing.push(outgoing);
  }

  /** Counts something that was not used. */
  discard(reason: IceDiscardReason): void {
    this.discarded.set(reason, (this.discarded.get(reason) ?? 0) + 1);
  }
}

/** A fresh tie-breaker. */
export function newTieBreaker(random: RandomSource): bigint {
  return readU64(randomBytes(random, 8), 0);
}

const MAX_OUTGOING = 512;
