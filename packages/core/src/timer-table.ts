import type { Instant, NamedTimer } from "./protocol.ts";

/**
 * Named deadlines. Names are the RFC's timer names. A protocol has a handful of timers, so a linear scan beats a heap;
 * the soonest is cached because `pollTimeout` asks after every packet.
 */
export class TimerTable<Name extends string> {
  readonly #deadlines = new Map<Name, Instant>();
  #soonest: Instant | undefined;
  #stale = false;

  /** Sets or moves a deadline. */
  set(name: Name, at: Instant): void {
    const before = this.#deadlines.get(name);
    this.#deadlines.set(name, at);
    if (this.#stale) return;
    if (before !== undefined && before === this.#soonest && at > before) this.#stale = true;
    else if (this.#soonest === undefined || at < this.#soonest) this.#soonest = at;
  }

  /** Removes a deadline, if there is one. */
  clear(name: Name): void {
    const before = this.#deadlines.get(name);
    if (before === undefined) return;
    this.#deadlines.delete(name);
    if (before === this.#soonest) this.#stale = true;
  }

  /** Removes all deadlines. */
  clearAll(): void {
    this.#deadlines.clear();
    this.#soonest = undefined;
    this.#stale = false;
  }

  /** When this timer fires, if it is set. */
  at(name: Name): Instant | undefined {
    return this.#deadlines.get(name);
  }

  /** Whether the timer is set and its deadline is not after `now`. It stays set. */
  expired(name: Name, now: Instant): boolean {
    const at = this.#deadlines.get(name);
    return at !== undefined && at <= now;
  }

  /** Clears the timer and says true when its deadline is not after `now`; otherwise leaves it and says false. */
  take(name: Name, now: Instant): boolean {
    if (!this.expired(name, now)) return false;
    this.clear(name);
    return true;
  }

  /** The soonest deadline. */
  next(): Instant | undefined {
    if (this.#stale) {
      this.#soonest = undefined;
      for (const at of this.#deadlines.values()) if (this.#soonest === undefined || at < this.#soonest) this.#soonest = at;
      this.#stale = false;
    }
    return this.#soonest;
  }

  /** The soonest deadline with its name, for debugging. */
  nextNamed(): NamedTimer | undefined {
    let soonest: NamedTimer | undefined;
    for (const [name, at] of this.#deadlines) if (soonest === undefined || at < soonest.at) soonest = { name, at };
    return soonest;
  }
}
