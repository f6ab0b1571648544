/** Servers that failed, or asked to be left alone, and until when (RFC 3263 §4.3, RFC 3261 §21.5.4). Pure: time is an argument. */
import type { Instant } from "@purertc/core";
import type { SipTarget } from "../flow.ts";

/** For how long, and of how many servers, failures are remembered. */
export interface BlacklistOptions {
  /** Milliseconds for a server that failed without saying for how long; 30,000: about one transaction (64 T1). */
  readonly defaultMs?: number;
  /** Milliseconds at most, whatever Retry-After says; 3,600,000. */
  readonly maxMs?: number;
  /** Servers remembered; the one listed first is forgotten first. 1024. */
  readonly maxEntries?: number;
}

/** Remembers failed servers by their address, port and transport. */
export class TargetBlacklist {
  readonly #defaultMs: number;
  readonly #maxMs: number;
  readonly #maxEntries: number;
  readonly #until = new Map<string, Instant>();

  constructor(options: BlacklistOptions = {}) {
    this.#defaultMs = options.defaultMs ?? 30_000;
    this.#maxMs = options.maxMs ?? 3_600_000;
    this.#maxEntries = options.maxEntries ?? 1024;
  }

  /** Servers listed, expired ones included until they are asked for. */
  get size(): number {
    return this.#until.size;
  }

  /** The server did not answer, or answered 503; `retryAfterSeconds` is what its Retry-After says. */
  add(now: Instant, target: SipTarget, retryAfterSeconds?: number): void {
    const ms = retryAfterSeconds === undefined ? this.#defaultMs : Math.max(0, retryAfterSeconds * 1000);
    const key = keyOf(target);
    this.#until.delete(key);
    this.#until.set(key, now + Math.min(ms, this.#maxMs));
    for (const oldest of this.#until.keys()) {
      if (this.#until.size <= this.#maxEntries) break;
      this.#until.delete(oldest);
    }
  }

  /** The server has answered after all. */
  remove(target: SipTarget): void {
    this.#until.delete(keyOf(target));
  }

  /** Whether the server is to be left alone. */
  has(now: Instant, target: SipTarget): boolean {
    const key = keyOf(target);
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#until.delete(key);
    return false;
  }

  /** The targets that are not listed, in their order; all of them when all are listed, because nothing better is left. */
  usable(now: Instant, targets: readonly SipTarget[]): readonly SipTarget[] {
    const usable = targets.filter((target) => !this.has(now, target));
    return usable.length > 0 ? usable : targets;
  }
}

function keyOf(target: SipTarget): string {
  return `${target.transport} ${target.ip} ${target.port}`;
}
