/** The selected pair and its consent (RFC 8445 §8.1.2, RFC 7675 §5.1). */
import type { Instant, Path } from "@purertc/core";
import type { AgentContext } from "./agent-context.ts";
import type { CandidatePair } from "./candidate-pair.ts";
import { Consent } from "./consent.ts";
import type { Generation } from "./generation.ts";
import { pairToSelect } from "./nomination.ts";

export class Selection {
  readonly #context: AgentContext;
  #pair: CandidatePair | undefined;
  #generation: Generation | undefined;
  #consent: Consent | undefined;
  #silenceForgotten = false;
  #changes = 0;

  constructor(context: AgentContext) {
    this.#context = context;
  }

  get pair(): CandidatePair | undefined {
    return this.#pair;
  }

  /** The generation whose credentials the selected pair uses. */
  get generation(): Generation | undefined {
    return this.#generation;
  }

  get consent(): Consent | undefined {
    return this.#consent;
  }

  /** How often a pair was selected. */
  get changes(): number {
    return this.#changes;
  }

  /** Selects anew. Returns the pair when it is another one than before; `undefined` also when the pair was lost and none took its place. */
  choose(generation: Generation): CandidatePair | undefined {
    const { now } = this.#context;
    this.#dropWithoutConsent(generation, now);
    if (this.silent) this.#giveWay(generation);
    const best = pairToSelect(generation.checklist.pairs);
    if (best === undefined || best === this.#pair) return undefined;
    this.#pair = best;
    this.#generation = generation;
    this.#consent = new Consent(now, best.lastResponseAt ?? now, this.#context.tunables, this.#context.random);
    this.#silenceForgotten = false;
    this.#changes += 1;
    return best;
  }

  /** Whether the peer has fallen silent on the selected pair. */
  get silent(): boolean {
    return this.#consent?.silent(this.#context.now) === true;
  }

  /** Whether an ICE restart came during the present silence, which then no longer counts (W3C WebRTC §5.6.4). */
  get silenceForgotten(): boolean {
    return this.#silenceForgotten;
  }

  /** An ICE restart: a present silence is forgotten. */
  forgetSilence(): void {
    this.#silenceForgotten = this.silent;
  }

  /** An authentic message came over `path`. */
  heardOn(path: Path): void {
    if (this.#pair?.path === path) this.#heard();
  }

  /** An authentic response to a check of `pair` came. */
  answered(pair: CandidatePair): void {
    if (pair !== this.#pair) return;
    this.#consent?.answered(this.#context.now);
    this.#silenceForgotten = false;
  }

  clear(): void {
    this.#pair = undefined;
    this.#generation = undefined;
    this.#consent = undefined;
  }

  #heard(): void {
    this.#consent?.heard(this.#context.now);
    this.#silenceForgotten = false;
  }

  /**
   * A silent pair gives way to a nominated one that has answered since the silence began.
   * INTEROP: Chromium 156, controlling, leaves a pair that went dead for another that it nominated before, without a restart.
   */
  #giveWay(generation: Generation): void {
    const silent = this.#pair;
    const since = this.#consent?.unansweredSince;
    if (silent === undefined || since === undefined) return;
    const alive = generation.checklist.pairs.some(
      (pair) => pair !== silent && pair.valid && pair.nominated && pair.lastResponseAt !== undefined && pair.lastResponseAt > since,
    );
    if (alive) invalidate(silent);
  }

  /** RFC 7675 §5.1: no response for 30 s, no consent. The others of the valid list lose theirs in the same way. */
  #dropWithoutConsent(generation: Generation, now: Instant): void {
    const { consentTimeoutMs } = this.#context.tunables;
    const owned = this.#pair === undefined ? [] : [this.#pair];
    for (const pair of [...owned, ...generation.checklist.pairs]) {
      if (!pair.valid || pair.lastResponseAt === undefined || now < pair.lastResponseAt + consentTimeoutMs) continue;
      invalidate(pair);
    }
    if (this.#pair?.valid === false) this.clear();
  }
}

function invalidate(pair: CandidatePair): void {
  pair.validLocal = undefined;
  pair.nominated = false;
  pair.state = "failed";
}
