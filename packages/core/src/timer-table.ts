import type { Instant, NamedTimer } from "./protocol.ts";

/**
 * Named deadlines. Names are the RFC's timer names. A protocol has a handful of timers, so a linear scan beats a heap;
 * the soonest is cached because `pollTimeout` asks after every packet.
 */
export class TimerTable<Name extends string> {
  /** Those that are set, in no order, and their deadlines. */
  readonly #names: Name[] = [];
  readonly #deadlines: Instant[] = [];
  #soonest: Instant | undefined;
  #stale = false;

  /** Sets or moves a deadline. */
  set(name: Name, at: Instant): void {
    let index = this.#names.indexOf(name);
    if (index < 0) index = this.#names.push(name) - 1;
    const before = this.#deadlines[index];
    this.#deadlines[index] = at;
    if (this.#stale) return;
    if (before !== undefined && before === this.#soonest && at > before) this.#stale = true;
    else if (this.#soonest === undefined || at < this.#soonest) this.#soonest = at;
  }

  /** Removes a deadline, if there is one. */
  clear(name: Name): void {
    const index = this.#names.indexOf(name);
    if (index < 0) return;
    const lastName = this.#names.pop()!;
    const lastDeadline = this.#deadlines.pop()!;
    const before = index < this.#names.length ? this.#deadlines[index] : lastDeadline;
    if (index < this.#names.length) {
      this.#names[index] = lastName;
      this.#deadlines[index] = lastDeadline;
    }
    if (before === this.#soonest) this.#stale = true;
  }

  /** Removes all deadlines. */
  clearAll(): void {
    this.#names.length = 0;
    this.#deadlines.length = 0;
    this.#soonest = undefined;
    this.#stale = false;
  }

  /** When this timer fires, if it is set. */
  at(name: Name): Instant | undefined {
    const index = this.#names.indexOf(name);
    return index < 0 ? undefined : this.#deadlines[index];
  }

  /** Whether the timer is set and its deadline is not after `now`. It stays set. */
  expired(name: Name, now: Instant): boolean {
    const at = this.at(name);
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
      let soonest: Instant | undefined;
      for (let i = 0; i < this.#deadlines.length; i++) {
        const at = this.#deadlines[i]!;
        if (soonest === undefined || at < soonest) soonest = at;
      }
      this.#soonest = soonest;
      this.#stale = false;
    }
    return this.#soonest;
  }

  /** The soonest deadline with its name, for debugging. */
  nextNamed(): NamedTimer | undefined {
    const at = this.next();
    return at === undefined ? undefined : { name: this.#names[this.#deadlines.indexOf(at)]!, at };
  }
}
