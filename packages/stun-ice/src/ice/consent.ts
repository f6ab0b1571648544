/** Consent to send on the selected pair, and whether the peer has fallen silent (RFC 7675 §5.1). The same checks keep NAT bindings alive (RFC 8445 §11). */
import { type Instant, type RandomSource, randomBelow } from "@purertc/core";
import type { IceTunables } from "./options.ts";

export class Consent {
  readonly #tunables: IceTunables;
  readonly #random: RandomSource;
  #nextCheckAt: Instant;
  #expiresAt: Instant;
  #lastHeardAt: Instant;
  #unansweredSince: Instant | undefined;

  /** `lastResponseAt`: when a response on this pair last proved consent. */
  constructor(now: Instant, lastResponseAt: Instant, tunables: IceTunables, random: RandomSource) {
    this.#tunables = tunables;
    this.#random = random;
    this.#expiresAt = lastResponseAt + tunables.consentTimeoutMs;
    this.#lastHeardAt = now;
    this.#nextCheckAt = now + this.#interval();
  }

  /** When the next consent check is to be sent. */
  get nextCheckAt(): Instant {
    return this.#nextCheckAt;
  }

  /** When sending must stop unless a response comes first. */
  get expiresAt(): Instant {
    return this.#expiresAt;
  }

  /** When the oldest consent check was sent that no response has come after. */
  get unansweredSince(): Instant | undefined {
    return this.#unansweredSince;
  }

  /** When the peer counts as silent; undefined while no consent check is unanswered. */
  get silentAt(): Instant | undefined {
    if (this.#unansweredSince === undefined) return undefined;
    return Math.max(this.#lastHeardAt + this.#tunables.disconnectedAfterMs, this.#unansweredSince + this.#tunables.unansweredAfterMs);
  }

  /** Whether the peer is silent at `now`. */
  silent(now: Instant): boolean {
    const at = this.silentAt;
    return at !== undefined && at <= now;
  }

  /** A consent check was sent. */
  sent(now: Instant): void {
    this.#unansweredSince ??= now;
    this.#nextCheckAt = now + this.#interval();
  }

  /** An authentic response came. */
  answered(now: Instant): void {
    this.#unansweredSince = undefined;
    this.#expiresAt = now + this.#tunables.consentTimeoutMs;
    this.#lastHeardAt = now;
  }

  /** Something else came over this path: a sign of life, not consent. */
  heard(now: Instant): void {
    this.#lastHeardAt = now;
  }

  /** RFC 7675 §5.1: each interval is 0.8 to 1.2 of the mean, so that agents do not fall into step. */
  #interval(): number {
    const mean = this.#tunables.consentIntervalMs;
    return mean * (0.8 + randomBelow(this.#random, 4001) / 10_000);
  }
}
