import { copyBytes, drain, type Instant, type Io, type NamedTimer, type Protocol } from "@purertc/core";
import type { Simulation } from "./simulation.ts";
import { SimulationError } from "./simulation-error.ts";

/** The events of a protocol. */
export type EventOf<P> = P extends { pollEvent(): infer E | undefined } ? E : never;

/** An event and when it came. */
export interface TimedEvent<E> {
  readonly at: Instant;
  readonly event: E;
}

/** What a node needs beside its protocol. */
export interface NodeOptions<R> {
  /** For error messages and to tell nodes apart. */
  readonly name: string;
  /** Takes over a datagram that the protocol sent. The bytes are a copy. */
  readonly send: (datagram: Uint8Array, route: R) => void;
  /** Size of the buffers handed to `pollTransmit`. Default 1500. */
  readonly mtu?: number;
  /** Whether `events` grows. Switch it off when millions of events come. Default true. */
  readonly keepEvents?: boolean;
}

/**
 * A protocol in a simulation: what a host's drive loop is in reality. It arms one timer, drains after every call, and lends buffers as
 * unkindly as the contract allows: each is poisoned before it is handed out and after it is given back.
 */
export class SimulatedNode<P extends Protocol<unknown, R>, R = void> {
  readonly name: string;
  readonly protocol: P;
  readonly #simulation: Simulation;
  readonly #io: Io<R>;
  readonly #timeline: TimedEvent<EventOf<P>>[] = [];
  readonly #listeners = new Set<(event: EventOf<P>, now: Instant) => void>();
  readonly #keepEvents: boolean;
  #draining = false;
  #deadline: Instant | undefined;
  /** Whether the drain that is running follows a `handleTimeout`. */
  #timeoutHandled = false;
  /** The soonest wake-up in the schedule. A later deadline leaves it there; it then finds nothing to do and looks again. */
  #wakeAt: Instant = Number.POSITIVE_INFINITY;

  constructor(simulation: Simulation, protocol: P, options: NodeOptions<R>) {
    this.#simulation = simulation;
    this.protocol = protocol;
    this.name = options.name;
    this.#keepEvents = options.keepEvents ?? true;
    const buffer = new Uint8Array(options.mtu ?? 1500);
    this.#io = {
      acquireBuffer: () => buffer.fill(POISON),
      releaseBuffer: () => undefined,
      send: (out, length, route) => {
        if (!(Number.isInteger(length) && length >= 0 && length <= out.length)) {
          throw new SimulationError(`${this.name} wrote ${length} bytes into a buffer of ${out.length}`);
        }
        options.send(copyBytes(out.subarray(0, length)), route);
      },
      armTimer: (at) => this.#arm(at),
    };
    simulation.register(this);
  }

  /** All events so far, oldest first. Each is kept as it was handed over. */
  get events(): readonly EventOf<P>[] {
    return this.#timeline.map(({ event }) => event);
  }

  /** All events so far, each with its time. */
  get timeline(): readonly TimedEvent<EventOf<P>>[] {
    return this.#timeline;
  }

  /** The first event of a type so far; undefined when there was none. */
  event<T extends EventTypeOf<P>>(type: T): Extract<EventOf<P>, { readonly type: T }> | undefined {
    for (const { event } of this.#timeline) if (hasType(event, type)) return event as Extract<EventOf<P>, { readonly type: T }>;
    return undefined;
  }

  /**
   * Calls the protocol's API at the present virtual time and drains it, as every host must: `node.call((p, now) => p.send(now, data))`.
   * Inside an event listener the drain that is running goes on afterwards.
   */
  call<T>(act: (protocol: P, now: Instant) => T): T {
    const result = act(this.protocol, this.#simulation.now);
    this.#drain();
    return result;
  }

  /** Calls `listener` for each event from now on, at the time it comes; it may call the API through {@link call}. Returns a function that stops this. */
  onEvent(listener: (event: EventOf<P>, now: Instant) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hands a datagram to the protocol now. The array is overwritten afterwards: it was only lent. */
  receive(datagram: Uint8Array, route: R): void {
    this.protocol.handleDatagram(this.#simulation.now, datagram, route);
    datagram.fill(POISON);
    this.#drain();
  }

  /** The next timer in words, for error messages. */
  describe(): string {
    const named = (this.protocol as { nextTimer?(): NamedTimer | undefined }).nextTimer?.();
    if (this.#deadline === undefined) return "no timer armed";
    return `next timer ${named === undefined ? "" : `"${named.name}" `}at ${this.#deadline} ms`;
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    try {
      drain(this.protocol, this.#io, (event) => this.#deliver(event as EventOf<P>));
    } finally {
      this.#draining = false;
    }
  }

  #deliver(event: EventOf<P>): void {
    if (this.#keepEvents) this.#timeline.push({ at: this.#simulation.now, event });
    for (const listener of this.#listeners) listener(event, this.#simulation.now);
  }

  #arm(at: Instant | undefined): void {
    const { now } = this.#simulation;
    // Law 2. A deadline that came due in the very instant of another call stays until handleTimeout has had its turn.
    const isOverdue = at === this.#deadline && !this.#timeoutHandled;
    if (at !== undefined && !(at > now) && !isOverdue) {
      throw new SimulationError(`${this.name}: pollTimeout() is ${at} after a drain at ${now} ms; law 2 asks for a later time`);
    }
    this.#deadline = at;
    this.#timeoutHandled = false;
    if (at === undefined || at >= this.#wakeAt || at === Number.POSITIVE_INFINITY) return;
    this.#wakeAt = at;
    this.#simulation.at(at, () => this.#wake(at));
  }

  #wake(at: Instant): void {
    if (at !== this.#wakeAt) return; // a sooner one was armed since, and did this one's work
    this.#wakeAt = Number.POSITIVE_INFINITY;
    if (this.#deadline === undefined) return;
    if (this.#deadline > this.#simulation.now) {
      this.#arm(this.#deadline);
      return;
    }
    this.protocol.handleTimeout(this.#simulation.now);
    this.#timeoutHandled = true;
    this.#drain();
  }
}

/** The `type` values of a protocol's events. */
export type EventTypeOf<P> = EventOf<P> extends { readonly type: infer T } ? T : never;

function hasType(event: unknown, type: unknown): boolean {
  return typeof event === "object" && event !== null && "type" in event && event.type === type;
}

/** An arbitrary byte that is neither zero nor ASCII. */
const POISON = 0xdb;
