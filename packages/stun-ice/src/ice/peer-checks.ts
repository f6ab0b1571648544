/** What follows from the peer's checks (RFC 8445 §7.3.1): a peer-reflexive candidate, a triggered check, nomination by the peer. */
import type { Path } from "@purertc/core";
import type { AgentContext } from "./agent-context.ts";
import type { Candidates } from "./candidates.ts";
import type { AnsweredCheck } from "./check-responder.ts";
import type { ConnectivityChecks } from "./connectivity-check.ts";
import type { Generation } from "./generation.ts";
import type { Selection } from "./selection.ts";

export class PeerChecks {
  readonly #context: AgentContext;
  readonly #candidates: Candidates;
  readonly #checks: ConnectivityChecks;
  readonly #selection: Selection;

  constructor(context: AgentContext, candidates: Candidates, checks: ConnectivityChecks, selection: Selection) {
    this.#context = context;
    this.#candidates = candidates;
    this.#checks = checks;
    this.#selection = selection;
  }

  /** An authentic check that was answered; `current` is the generation of now, which need not be the check's. */
  takeUp({ path, generation, peerFragment, priority, useCandidate }: AnsweredCheck, current: Generation): void {
    this.#context.paths.accept(path);
    this.#selection.heardOn(path);
    if (generation !== current) return;
    if (generation.remoteCredentials !== undefined) this.#follow(generation, path, priority, useCandidate);
    else if (!generation.rememberEarly({ path, peerFragment, priority, useCandidate }, this.#context.tunables.maxEarlyChecks)) {
      this.#context.discard("early-check-limit");
    }
  }

  /** The peer's credentials have become known: the checks that came before them, under these. */
  takeUpEarly(generation: Generation): void {
    for (const { path, peerFragment, priority, useCandidate } of generation.earlyChecks.splice(0)) {
      if (peerFragment === generation.remoteCredentials?.usernameFragment) this.#follow(generation, path, priority, useCandidate);
    }
  }

  /** §7.3.1.3 to §7.3.1.5. */
  #follow(generation: Generation, path: Path, priority: number, useCandidate: boolean): void {
    const { role } = this.#context;
    // §8.1.2: once it has nominated, the controlling agent is done looking; a controlled one goes on, for peers that nominate aggressively.
    const looking = !generation.concluded || role === "controlled";
    const pair = generation.checklist.pairOn(path) ?? (looking ? this.#candidates.pairForCheck(generation, path, priority) : undefined);
    if (pair === undefined) return;
    pair.counters.requestsReceived += 1;
    pair.counters.responsesSent += 1;
    if (useCandidate && role === "controlled") {
      if (pair.valid) pair.nominated = true;
      else pair.nominateOnSuccess = true;
      // The peer may have left a path that went dead: see whether this one lives.
      if (pair.state === "succeeded" && this.#selection.silent && this.#selection.pair !== pair) pair.state = "waiting";
    }
    if (looking) this.#checks.trigger(pair, generation);
  }
}
