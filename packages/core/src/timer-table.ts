import type { Instant, NamedTimer } from "./protocol.ts";

/**
 * Named deadlines. Names are the RFC's timer names. A protocol has a handful of timers, so a linear scan beats a heap;
 * the soonest is cached because `pollTimeout` asks after every packet.
 */
export class TimerTable<Name extends string> {
  /** Those that were ever set, and their deadlines: NEVER when they are not set. Both as long as needed and no longer, for there are many tables. */
  #names: readonly Name[] = [];
  #deadlines: Instant[] = [];
  #soonest: Instant = NEVER;
  #stale = false;

  /** Sets or moves a deadline. */
  set(name: Name, at: Instant): void {
    const index = this.#names.indexOf(name);
    let before: Instant = NEVER;
    if (index < 0) {
      this.#names = this.#names.concat(name); // unlike push and spread, no longer than it has to be
      this.#deadlines = this.#deadlines.concat(at);
    } else {
      before = this.#deadlines[index]!;
      this.#deadlines[index] = at;
    }
    if (this.#stale) return;
    if (before === this.#soonest && at > before) this.#stale = true;
    else if (at < this.#soonest) this.#soonest = at;
  }

  /** Removes a deadline, if there is one. */
  clear(name: Name): void {
    const index = this.#names.indexOf(name);
    if (index < 0) return;
    if (this.#deadlines[index] === this.#soonest) this.#stale = true;
    this.#deadlines[index] = NEVER;
  }

  /** Removes all deadlines. */
  clearAll(): void {
    this.#deadlines.fill(NEVER);
    this.#soonest = NEVER;
    this.#stale = false;
  }

  /** When this timer fires, if it is set. */
  at(name: Name): Instant | undefined {
    const index = this.#names.indexOf(name);
    if (index < 0) return undefined;
    const at = this.#deadlines[index]!;
    return at === NEVER ? undefined : at;
  }

  /** Whether the timer is set and its deadline is not after `now`. It stays set. */
  expired(name: Name, now: Instant): boolean {
    const index = this.#names.indexOf(name);
    return index >= 0 && this.#deadlines[index]! <= now;
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
      let soonest: Instant = NEVER;
      for (const at of this.#deadlines) if (at < soonest) soonest = at;
      this.#soonest = soonest;
      this.#stale = false;
    }
    return this.#soonest === NEVER ? undefined : this.#soonest;
  }

  /** The soonest deadline with its name, for debugging. */
  nextNamed(): NamedTimer | undefined {
    const at = this.next();
    return at === undefined ? undefined : { name: this.#names[this.#deadlines.indexOf(at)]!, at };
  }
}

/** The deadline of a timer that is not set. */
const NEVER: Instant = Number.POSITIVE_INFINITY;
