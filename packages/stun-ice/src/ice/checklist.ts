/** The checklist: which pairs there are and which is checked next (RFC 8445 §6.1.2, §6.1.4.2; RFC 8838 §12). */
import type { Path } from "@purertc/core";
import type { CandidatePair } from "./candidate-pair.ts";
import type { IceRole } from "./options.ts";

export class Checklist {
  readonly #maxPairs: number;
  /** Highest priority first. */
  #pairs: CandidatePair[] = [];
  readonly #byPath = new Map<Path, CandidatePair>();
  readonly #triggered: CandidatePair[] = [];

  constructor(maxPairs: number) {
    this.#maxPairs = maxPairs;
  }

  /** Highest priority first. */
  get pairs(): readonly CandidatePair[] {
    return this.#pairs;
  }

  /** The pair whose checks travel on this path. Two pairs never share one: local candidates are bases, so RFC 8445 §6.1.2.4's pruning is done by construction. */
  pairOn(path: Path): CandidatePair | undefined {
    return this.#byPath.get(path);
  }

  /**
   * Adds a pair and gives it its first state. At the limit the pair of lowest priority that no check has touched or that has failed gives way
   * (RFC 8445 §6.1.2.5), which may be the new one: false then.
   */
  add(pair: CandidatePair, role: IceRole): boolean {
    pair.reprioritize(role);
    if (this.#pairs.length >= this.#maxPairs && !this.#makeRoomFor(pair)) return false;
    this.#pairs.push(pair);
    this.#byPath.set(pair.path, pair);
    this.#sort();
    this.#setInitialState(pair);
    return true;
  }

  /** After a change of role (RFC 8445 §7.3.1.1) or of a remote candidate. */
  reprioritize(role: IceRole): void {
    for (const pair of this.#pairs) pair.reprioritize(role);
    this.#sort();
  }

  /** Puts a pair in the triggered-check queue (RFC 8445 §6.1.4.1), once. */
  enqueueTriggered(pair: CandidatePair): void {
    if (!this.#triggered.includes(pair)) this.#triggered.push(pair);
  }

  /** Whether `next` would give a pair. */
  get hasWork(): boolean {
    return this.#triggered.some(awaitsCheck) || this.#nextOrdinary() !== undefined;
  }

  /** The pair to check now, out of the triggered-check queue first (RFC 8445 §6.1.4.2). It leaves the queue; its state is the caller's to set. */
  next(): CandidatePair | undefined {
    for (let pair = this.#triggered.shift(); pair !== undefined; pair = this.#triggered.shift()) if (awaitsCheck(pair)) return pair;
    return this.#nextOrdinary();
  }

  /** RFC 8445 §7.2.5.3.3: the check succeeded, so pairs of the same foundation thaw. */
  succeeded(pair: CandidatePair): void {
    pair.state = "succeeded";
    const { foundation } = pair;
    for (const other of this.#pairs) if (other.state === "frozen" && other.foundation === foundation) other.state = "waiting";
  }

  /** RFC 8445 §8.1.2: drops what no check has touched, of lower priority than `below` when that is given. Returns the pairs that are under way and need no more retransmissions. */
  conclude(below?: bigint): readonly CandidatePair[] {
    const concerned = (pair: CandidatePair): boolean => below === undefined || pair.priority < below;
    for (const pair of [...this.#pairs]) if ((pair.state === "waiting" || pair.state === "frozen") && concerned(pair)) this.#remove(pair);
    return this.#pairs.filter((pair) => pair.state === "in-progress" && concerned(pair));
  }

  /** RFC 8445 §6.1.4.2: the best waiting pair; without one, the best frozen pair whose foundation is not being checked. */
  #nextOrdinary(): CandidatePair | undefined {
    const waiting = this.#pairs.find(({ state }) => state === "waiting");
    if (waiting !== undefined) return waiting;
    const busy = new Set<string>();
    for (const pair of this.#pairs) if (pair.state === "in-progress") busy.add(pair.foundation);
    return this.#pairs.find((pair) => pair.state === "frozen" && !busy.has(pair.foundation));
  }

  #remove(pair: CandidatePair): void {
    this.#pairs.splice(this.#pairs.indexOf(pair), 1);
    this.#byPath.delete(pair.path);
    const at = this.#triggered.indexOf(pair);
    if (at >= 0) this.#triggered.splice(at, 1);
  }

  #makeRoomFor(pair: CandidatePair): boolean {
    const expendable =
      this.#pairs.findLast(({ state }) => state === "failed") ??
      this.#pairs.findLast(({ state }) => state === "waiting" || state === "frozen");
    if (expendable === undefined || (expendable.state !== "failed" && expendable.priority >= pair.priority)) return false;
    this.#remove(expendable);
    return true;
  }

  /** RFC 8445 §6.1.2.6 and RFC 8838 §12: one pair per foundation goes first; the others wait for its result. */
  #setInitialState(pair: CandidatePair): void {
    const kin = this.#pairs.filter((other) => other !== pair && other.foundation === pair.foundation);
    if (kin.length === 0 || kin.some(({ state }) => state === "succeeded") || kin.every(({ state }) => state === "failed")) {
      pair.state = "waiting";
      return;
    }
    // A frozen-or-waiting relative of lower priority gives up its place.
    const holder = kin.find(({ state }) => state === "waiting" || state === "in-progress");
    if (holder === undefined) pair.state = "waiting";
    else if (holder.state === "waiting" && holder.priority < pair.priority && !this.#triggered.includes(holder)) {
      holder.state = "frozen";
      pair.state = "waiting";
    } else pair.state = "frozen";
  }

  #sort(): void {
    this.#pairs.sort((a, b) => (a.priority < b.priority ? 1 : a.priority > b.priority ? -1 : 0));
  }
}

/** A pair can succeed while it stands in the queue. */
function awaitsCheck(pair: CandidatePair): boolean {
  return pair.state !== "succeeded";
}
