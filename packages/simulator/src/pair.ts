import { type Instant, type Protocol, type TransportAddress, transportAddress } from "@purertc/core";
import { createLink, type Link, type LinkOptions } from "./link.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import { type RunOptions, Simulation, type SimulationOptions } from "./simulation.ts";
import type { Trace } from "./trace.ts";

/** How two protocols are connected. */
export interface PairOptions extends SimulationOptions {
  /** Both directions. Default: perfect, 1 ms. */
  readonly link?: LinkOptions;
  /** From a to b, over `link`: only what differs. */
  readonly linkToB?: LinkOptions;
  /** From b to a, over `link`: only what differs. */
  readonly linkToA?: LinkOptions;
  /** Size of the buffers handed to `pollTransmit`. Default 1500. */
  readonly mtu?: number;
  /** Whether the nodes keep their events. Default true. */
  readonly keepEvents?: boolean;
}

/** The direction of a datagram within a pair. */
export type PairDirection = "toA" | "toB";

/** Sees a datagram before it enters its link. What it returns is sent instead. */
export type PairInterceptor = (direction: PairDirection, datagram: Uint8Array, now: Instant) => readonly Uint8Array[];

/** Two protocols and the link between them. */
export interface Pair<A extends Protocol<unknown>, B extends Protocol<unknown>> {
  readonly a: SimulatedNode<A>;
  readonly b: SimulatedNode<B>;
  readonly simulation: Simulation;
  readonly seed: number | string;
  /** The virtual time in milliseconds. */
  readonly now: Instant;
  readonly toA: Link;
  readonly toB: Link;
  readonly trace: Trace;
  /** Up to an instant, or until a predicate is true; see `Simulation.run`. */
  run(until: Instant | (() => boolean), options?: RunOptions): void;
  /** For some more milliseconds. */
  runFor(durationMs: number): void;
  /** Until nothing is left to happen. */
  settle(options?: RunOptions): void;
  /** Does something at a later time; use `pair.a.call(...)` inside. */
  at(instant: Instant, task: () => void): void;
  /** Delivers bytes to one end at the present time, past the link and past all interceptors: an attacker's datagram. */
  inject(direction: PairDirection, datagram: Uint8Array): void;
  /** Adds an interceptor; datagrams pass all of them, oldest first. Returns a function that removes it. See `tap` for the easier form. */
  intercept(interceptor: PairInterceptor): () => void;
}

/**
 * Connects two protocols of one path each (DTLS, SCTP, data channels) back to back:
 *
 * ```ts
 * const pair = connectPair(client, server, { seed: 1, link: { delayMs: 50, lossRate: 0.1 } });
 * pair.a.call((client, now) => client.start(now));
 * pair.run(() => pair.a.event("connected") !== undefined);
 * ```
 *
 * Construct the protocols with `RandomSource`s of their own, such as `seededRandom(seed).fork("client")`.
 */
export function connectPair<A extends Protocol<unknown>, B extends Protocol<unknown>>(a: A, b: B, options: PairOptions = {}): Pair<A, B> {
  return new SimulatedPair(a, b, options);
}

class SimulatedPair<A extends Protocol<unknown>, B extends Protocol<unknown>> implements Pair<A, B> {
  readonly simulation: Simulation;
  readonly a: SimulatedNode<A>;
  readonly b: SimulatedNode<B>;
  readonly toA: Link;
  readonly toB: Link;
  readonly #interceptors = new Set<PairInterceptor>();

  constructor(a: A, b: B, options: PairOptions) {
    const simulation = new Simulation(options);
    this.simulation = simulation;
    this.toA = createLink({ ...options.link, ...options.linkToA, random: simulation.random.fork("link b-a") });
    this.toB = createLink({ ...options.link, ...options.linkToB, random: simulation.random.fork("link a-b") });
    const { mtu = 1500, keepEvents = true } = options;
    this.a = simulation.addNode<A, void>(a, { name: "a", mtu, keepEvents, send: (datagram) => this.#send("toB", datagram) });
    this.b = simulation.addNode<B, void>(b, { name: "b", mtu, keepEvents, send: (datagram) => this.#send("toA", datagram) });
  }

  get seed(): number | string {
    return this.simulation.seed;
  }

  get now(): Instant {
    return this.simulation.now;
  }

  get trace(): Trace {
    return this.simulation.trace;
  }

  run(until: Instant | (() => boolean), options?: RunOptions): void {
    this.simulation.run(until, options);
  }

  runFor(durationMs: number): void {
    this.simulation.run(this.now + durationMs);
  }

  settle(options?: RunOptions): void {
    this.simulation.settle(options);
  }

  at(instant: Instant, task: () => void): void {
    this.simulation.at(instant, task);
  }

  inject(direction: PairDirection, datagram: Uint8Array): void {
    const copy = Uint8Array.from(datagram);
    this.simulation.at(this.now, () => this.#receive(direction, copy));
  }

  intercept(interceptor: PairInterceptor): () => void {
    this.#interceptors.add(interceptor);
    return () => this.#interceptors.delete(interceptor);
  }

  #send(direction: PairDirection, datagram: Uint8Array): void {
    const [source, destination] = direction === "toB" ? [ADDRESS_OF_A, ADDRESS_OF_B] : [ADDRESS_OF_B, ADDRESS_OF_A];
    this.trace.add("sent", this.now, source, destination, datagram);
    let datagrams: readonly Uint8Array[] = [datagram];
    for (const interceptor of this.#interceptors) datagrams = datagrams.flatMap((each) => interceptor(direction, each, this.now));
    for (const each of datagrams) {
      for (const delivery of this[direction].send(this.now, each)) {
        this.simulation.at(delivery.at, () => this.#receive(direction, delivery.datagram));
      }
    }
  }

  #receive(direction: PairDirection, datagram: Uint8Array): void {
    if (direction === "toB") {
      this.trace.add("received", this.now, ADDRESS_OF_A, ADDRESS_OF_B, datagram);
      this.b.receive(datagram);
    } else {
      this.trace.add("received", this.now, ADDRESS_OF_B, ADDRESS_OF_A, datagram);
      this.a.receive(datagram);
    }
  }
}

// RFC 5737 §3: addresses for documentation. Captures need some.
const ADDRESS_OF_A: TransportAddress = transportAddress("192.0.2.1", 5000)!;
const ADDRESS_OF_B: TransportAddress = transportAddress("192.0.2.2", 5000)!;
