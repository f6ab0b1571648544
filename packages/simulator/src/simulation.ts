import type { Instant, Protocol } from "@purertc/core";
import { Schedule } from "./schedule.ts";
import { type SeededRandom, seededRandom } from "./seeded-random.ts";
import { withSeed } from "./seeds.ts";
import { type NodeOptions, SimulatedNode } from "./simulated-node.ts";
import { SimulationError } from "./simulation-error.ts";
import { Trace } from "./trace.ts";

/** How a simulation runs. */
export interface SimulationOptions {
  /** Decides everything that is left to chance. Default 0. */
  readonly seed?: number | string;
  /** The time at the start: protocols must not care. Default 0. */
  readonly startAt?: Instant;
  /** Whether the trace keeps a copy of every datagram, for `pcapWriter`. Default false. */
  readonly record?: boolean;
}

/** Something that can say in words what it is waiting for. */
export interface Describable {
  readonly name: string;
  describe(): string;
}

/** Bounds of one `run`. */
export interface RunOptions {
  /** How much virtual time may pass before a predicate comes true, in milliseconds. Default ten minutes. */
  readonly limitMs?: number;
}

/**
 * Virtual time and everything that happens in it. Nothing waits: an hour passes as fast as its events can be worked off, and the same seed
 * gives the same run. Most tests want `connectPair` or `Network`, which are built on this.
 */
export class Simulation {
  readonly seed: number | string;
  /** The stream that all others are forked from. */
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly #schedule = new Schedule();
  readonly #nodes: Describable[] = [];
  #now: Instant;
  #running = false;
  #stepsAtNow = 0;

  constructor(options: SimulationOptions = {}) {
    this.seed = options.seed ?? 0;
    this.random = seededRandom(this.seed);
    this.trace = new Trace(options.record ?? false);
    this.#now = options.startAt ?? 0;
  }

  /** The virtual time in milliseconds. */
  get now(): Instant {
    return this.#now;
  }

  /** Runs `task` at an instant; now, when that has passed. Tasks of the same instant run in the order in which they were given. */
  at(instant: Instant, task: () => void): void {
    if (Number.isNaN(instant)) throw new SimulationError("a task at NaN");
    this.#schedule.add(Math.max(instant, this.#now), task);
  }

  /** Runs `task` after some milliseconds. */
  after(delayMs: number, task: () => void): void {
    this.at(this.#now + delayMs, task);
  }

  /** Adds a protocol. `options.send` says what becomes of its datagrams. */
  addNode<P extends Protocol<unknown, R>, R>(protocol: P, options: NodeOptions<R>): SimulatedNode<P, R> {
    return new SimulatedNode<P, R>(this, protocol, options);
  }

  /** Lets error messages say what a node is waiting for. Nodes register themselves. */
  register(node: Describable): void {
    this.#nodes.push(node);
  }

  /**
   * With an instant: does everything up to and including it, and leaves the clock there.
   * With a predicate: goes on until it is true, and throws {@link SimulationError} when that takes longer than `limitMs` or nothing is left to
   * happen. The predicate is asked before the first task and after every one.
   */
  run(until: Instant | (() => boolean), options: RunOptions = {}): void {
    if (this.#running) throw new SimulationError("run() inside a running simulation: use at() or after()");
    this.#running = true;
    try {
      if (typeof until === "number") {
        this.#runTo(until);
        this.#now = Math.max(this.#now, until);
      } else {
        this.#runToPredicate(until, this.#now + (options.limitMs ?? DEFAULT_LIMIT_MS));
      }
    } catch (error) {
      throw withSeed(error, this.seed);
    } finally {
      this.#running = false;
    }
  }

  /** Goes on until nothing is left to happen: no datagram on its way, no timer armed. Throws when that takes longer than `limitMs`. */
  settle(options: RunOptions = {}): void {
    this.run(() => this.#schedule.length === 0, options);
  }

  #runTo(until: Instant): void {
    for (let at = this.#schedule.nextAt(); at !== undefined && at <= until; at = this.#schedule.nextAt()) this.#step();
  }

  #runToPredicate(predicate: () => boolean, limit: Instant): void {
    while (!predicate()) {
      const at = this.#schedule.nextAt();
      if (at === undefined) throw this.#failure("nothing is left to happen, and what was awaited has not come");
      if (at > limit) throw this.#failure("what was awaited has not come in time");
      this.#step();
    }
  }

  #step(): void {
    const task = this.#schedule.take()!;
    if (task.at > this.#now) {
      this.#now = task.at;
      this.#stepsAtNow = 0;
    }
    this.#stepsAtNow += 1;
    if (this.#stepsAtNow > MAX_STEPS_PER_INSTANT) throw this.#failure(`${MAX_STEPS_PER_INSTANT} steps without time passing`);
    task.run();
  }

  #failure(what: string): SimulationError {
    const nodes = this.#nodes.map((node) => `${node.name}: ${node.describe()}`);
    return new SimulationError([`${what} (seed ${this.seed}, at ${this.#now} ms)`, ...nodes].join("\n  "));
  }
}

const DEFAULT_LIMIT_MS = 600_000;
const MAX_STEPS_PER_INSTANT = 1_000_000;
