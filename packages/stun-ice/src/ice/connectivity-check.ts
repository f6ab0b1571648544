/** The client side of connectivity checks: send them, pace them, take their responses (RFC 8445 §6.1.4.2, §7.2, §7.3.1.4). */
import { type Instant, type Path, randomBytes, samePath, transportAddress } from "@purertc/core";
import { findAttribute, type StunMessage, unknownRequiredAttributes } from "../codec/message.ts";
import type { StunTransactionTimers } from "../stun/transaction.ts";
import { type PendingRequest, TransactionTable } from "../stun/transaction-table.ts";
import { type AgentContext, newTieBreaker } from "./agent-context.ts";
import { candidatePriority, type LocalCandidate } from "./candidate.ts";
import type { CandidatePair } from "./candidate-pair.ts";
import { isAuthenticResponse, writeCheckRequest } from "./check-message.ts";
import type { Generation } from "./generation.ts";
import type { IceRole } from "./options.ts";
import { roleAfterConflict } from "./role-conflict.ts";

/** An ordinary or triggered check, one that nominates, or one that renews consent. */
export type CheckKind = "check" | "nomination" | "consent";

interface Check {
  readonly kind: CheckKind;
  readonly pair: CandidatePair;
  readonly generation: Generation;
  /** The role the request claimed. */
  readonly role: IceRole;
}

/** What a response meant to the agent. */
export type CheckOutcome =
  | { readonly type: "succeeded"; readonly kind: CheckKind; readonly pair: CandidatePair; readonly generation: Generation }
  | { readonly type: "role-conflict"; readonly pair: CandidatePair; readonly generation: Generation; readonly role: IceRole }
  | { readonly type: "failed"; readonly pair: CandidatePair }
  /** Its request is over, and nothing else follows. */
  | { readonly type: "ended" }
  | { readonly type: "unknown" }
  | { readonly type: "refused" };

export class ConnectivityChecks {
  readonly #context: AgentContext;
  readonly #requests = new TransactionTable<Check>();
  readonly #mapped: (base: LocalCandidate, generation: Generation, mapped: LocalCandidate["address"]) => LocalCandidate;
  #nextOrdinaryAt: Instant = Number.NEGATIVE_INFINITY;

  /** `mapped` gives the local candidate at the address a response reports, a new peer-reflexive one if need be (RFC 8445 §7.2.5.3.1). */
  constructor(
    context: AgentContext,
    mapped: (base: LocalCandidate, generation: Generation, mapped: LocalCandidate["address"]) => LocalCandidate,
  ) {
    this.#context = context;
    this.#mapped = mapped;
  }

  /** When a request must be repeated or given up. */
  nextTransaction(): Instant | undefined {
    return this.#requests.next();
  }

  /** When the next check may go out, if one is waiting. */
  nextOrdinary(generation: Generation): Instant | undefined {
    return mayCheck(generation) && generation.checklist.hasWork ? this.#nextOrdinaryAt : undefined;
  }

  /** Sends the check that is due, one per Ta (RFC 8445 §6.1.4.2). */
  sendDue(generation: Generation): void {
    const { now, tunables } = this.#context;
    if (!mayCheck(generation) || now < this.#nextOrdinaryAt) return;
    const pair = generation.checklist.next();
    if (pair === undefined) return;
    this.#nextOrdinaryAt = now + tunables.taMs;
    this.send(pair, generation, "check");
  }

  /** Repeats requests and gives up those that were never answered. */
  handleTimeout(): void {
    const again = this.#requests.handleTimeout(this.#context.now, ({ owner, cancelled }) => {
      const { pair, kind, generation } = owner;
      if (kind === "nomination" && !cancelled) failPair(pair, generation);
      // Of the checks of a pair the last one decides. A consent check that is not answered says nothing; consent runs out by itself.
      if (kind === "check" && pair.state === "in-progress" && this.#checksOf(pair).length === 0) failPair(pair, generation);
    });
    for (const pending of again) {
      pending.owner.pair.counters.retransmissionsSent += 1;
      this.#context.send(pending);
    }
  }

  /** Sends a check on `pair` now. An earlier one of it stops being repeated, but its response still counts. */
  send(pair: CandidatePair, generation: Generation, kind: CheckKind): void {
    const { now, random, role, tieBreaker, component } = this.#context;
    const { remoteCredentials, remoteMac, localCredentials } = generation;
    if (remoteCredentials === undefined || remoteMac === undefined) return;
    if (kind === "check") {
      this.#supersede(pair);
      pair.state = "in-progress";
      pair.lastCheckAt = now;
    }
    const transactionId = randomBytes(random, 12);
    const bytes = writeCheckRequest({
      transactionId,
      username: `${remoteCredentials.usernameFragment}:${localCredentials.usernameFragment}`,
      role,
      tieBreaker,
      priority: candidatePriority("prflx", pair.local.localPreference, component),
      useCandidate: kind === "nomination",
      mac: remoteMac("MESSAGE-INTEGRITY"),
    });
    const owner = { kind, pair, generation, role };
    this.#context.send(this.#requests.start(now, { transactionId, bytes, path: pair.path, owner, timers: this.#timers(kind, generation) }));
    if (kind === "consent") pair.counters.consentRequestsSent += 1;
    else pair.counters.requestsSent += 1;
  }

  /**
   * RFC 8445 §7.3.1.4: a check the peer's check triggers, at once. It goes through the paced queue when this pair was checked less than Ta ago, and a check
   * under way is replaced for a second time only when an RTO has passed: a peer cannot make the agent send faster than it would send by itself, and two
   * agents far apart do not replace each other's checks for ever.
   */
  trigger(pair: CandidatePair, generation: Generation): void {
    if (pair.state === "succeeded") return;
    const { now, tunables } = this.#context;
    const sinceLastMs = pair.lastCheckAt === undefined ? Number.POSITIVE_INFINITY : now - pair.lastCheckAt;
    if (pair.state === "in-progress") {
      if (pair.checkReplaced && sinceLastMs < tunables.rtoMs) return;
      pair.checkReplaced = true;
    } else {
      pair.state = "waiting";
    }
    if (sinceLastMs >= tunables.taMs && mayCheck(generation)) this.send(pair, generation, "check");
    else generation.checklist.enqueueTriggered(pair);
  }

  /** Takes a Binding response (RFC 8445 §7.2.5). Nothing changes unless it is authentic and came back over the path of its request. */
  handleResponse(message: StunMessage, datagram: Uint8Array, path: Path): CheckOutcome {
    const request = this.#requests.match(message.transactionId);
    if (request === undefined) return { type: "unknown" };
    const { pair, generation, kind } = request.owner;
    // DEVIATION from RFC 8445 §7.2.5.2.1: the pair is not set to failed, because anyone who saw the response could replay it from elsewhere before the
    // true one arrives and so fail a good pair; without the true one the check fails by its timeout.
    if (!samePath(request.path, path)) return this.#refuse("asymmetric-response");
    if (generation.remoteMac === undefined || !isAuthenticResponse(message, datagram, generation.remoteMac)) {
      return this.#refuse("unauthenticated-response");
    }
    this.#requests.remove(request);
    // RFC 8489 §6.3.3, §6.3.4: unknown comprehension-required attributes fail the transaction.
    if (unknownRequiredAttributes(message).length > 0) return this.#fail(request);
    if (message.type === "binding-error-response") {
      const error = findAttribute(message, "ERROR-CODE")?.value;
      return error?.code === 487 ? this.#conflict(request) : this.#fail(request);
    }
    const mapped = findAttribute(message, "XOR-MAPPED-ADDRESS")?.value;
    const address = mapped === undefined ? undefined : transportAddress(mapped.ip, mapped.port, path.local.protocol);
    if (address === undefined || address.family !== path.local.family) return this.#fail(request);

    this.#countResponse(request);
    pair.lastResponseAt = this.#context.now;
    if (kind !== "consent") {
      pair.validLocal = this.#mapped(pair.local, generation, address);
      generation.checklist.succeeded(pair);
      this.#supersede(pair); // one answer is enough
      generation.firstValidAt ??= this.#context.now;
    }
    const agreed =
      this.#context.role === "controlling" ? kind === "nomination" && request.owner.role === "controlling" : pair.nominateOnSuccess;
    if (agreed) pair.nominated = true;
    return { type: "succeeded", kind, pair, generation };
  }

  /** Stops repeating checks of these pairs (RFC 8445 §8.1.2). */
  cancel(pairs: readonly CandidatePair[]): void {
    for (const pair of pairs) this.#supersede(pair);
  }

  /** Ends every transaction of a generation, or all. */
  end(generation?: Generation): void {
    this.#requests.removeWhere((check) => generation === undefined || check.generation === generation);
  }

  /** Ends the nominating check under way: the role changed. */
  endNominations(): void {
    this.#requests.removeWhere(({ kind }) => kind === "nomination");
  }

  /** Cancels the check of `pair` that is under way; of those that were cancelled before, the latest few may still be answered. */
  #supersede(pair: CandidatePair): void {
    const ofPair = this.#checksOf(pair);
    for (const request of ofPair) request.cancelled = true;
    for (const request of ofPair.slice(0, -MAX_CANCELLED)) this.#requests.remove(request);
  }

  #checksOf(pair: CandidatePair): readonly PendingRequest<Check>[] {
    return this.#requests.filter((check) => check.pair === pair && check.kind === "check");
  }

  #refuse(reason: "asymmetric-response" | "unauthenticated-response"): CheckOutcome {
    this.#context.discard(reason);
    return { type: "refused" };
  }

  #fail({ owner, cancelled }: PendingRequest<Check>): CheckOutcome {
    this.#context.discard("unusable-response");
    if (owner.kind === "consent" || cancelled || (owner.kind === "check" && owner.pair.state === "succeeded")) return { type: "ended" };
    failPair(owner.pair, owner.generation);
    return { type: "failed", pair: owner.pair };
  }

  /** RFC 8445 §7.2.5.1: take the other role and a new tie-breaker, and check again. */
  #conflict({ owner }: PendingRequest<Check>): CheckOutcome {
    const { pair, generation } = owner;
    const role = roleAfterConflict(owner.role);
    // A conflict that crossed with a switch already made changes nothing more.
    if (role !== this.#context.role) this.#context.tieBreaker = newTieBreaker(this.#context.random);
    if (owner.kind === "check" && pair.state !== "succeeded") {
      pair.state = "waiting";
      generation.checklist.enqueueTriggered(pair);
    }
    return { type: "role-conflict", pair, generation, role };
  }

  #countResponse({ owner, transaction, startedAt }: PendingRequest<Check>): void {
    const { counters } = owner.pair;
    counters.responsesReceived += 1;
    if (transaction.requestsSent > 1) return; // RFC 8489 §6.2.1: Karn's rule
    counters.currentRoundTripTimeMs = this.#context.now - startedAt;
    counters.totalRoundTripTimeMs += counters.currentRoundTripTimeMs;
  }

  #timers(kind: CheckKind, generation: Generation): StunTransactionTimers {
    const { taMs, rtoMs, maxRequests, lastWaitFactor, consentTimeoutMs } = this.#context.tunables;
    // RFC 7675 §5.1: each consent check is a transaction of its own and is not repeated; a response counts as long as consent could last.
    if (kind === "consent") return { rtoMs: consentTimeoutMs, maxRequests: 1, lastWaitFactor: 1 };
    // RFC 8445 §14.3: RTO = MAX(500 ms, Ta * N * (waiting + in-progress)), N = 1 checklist.
    const busy = generation.checklist.pairs.filter(({ state }) => state === "waiting" || state === "in-progress").length;
    return { rtoMs: Math.max(rtoMs, taMs * busy), maxRequests, lastWaitFactor };
  }
}

function mayCheck(generation: Generation): boolean {
  return generation.remoteCredentials !== undefined && !generation.failed;
}

/** RFC 8445 §7.2.5.2, §8.1.1: a failed nomination takes the pair off the valid list too. */
function failPair(pair: CandidatePair, generation: Generation): void {
  pair.state = "failed";
  pair.validLocal = undefined;
  pair.nominated = false;
  if (generation.nominating === pair) generation.nominating = undefined;
}

/** Checks of one pair that still count when they are answered late. Each was replaced an RTO or a round trip after the one before. */
const MAX_CANCELLED = 8;
