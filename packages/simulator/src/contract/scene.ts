import type { Instant, Protocol } from "@purertc/core";
import type { SeededRandom } from "../seeded-random.ts";

/** Copies bytes into a buffer that the checker overwrites when the API call has returned. Use it for every byte array passed to `send`. */
export type Lend = (bytes: Uint8Array) => Uint8Array;

/**
 * One API call that a run may make at any time. It may throw `InvalidStateError` or `InvalidArgumentError` when it comes at a bad time.
 * Everything it chooses it draws from `random`.
 */
export type ContractAction = (now: Instant, lend: Lend, random: SeededRandom) => void;

/** A protocol under test in its surroundings. Everything in it must be fresh and depend on the seed only. */
export interface ContractScene<E, R = void> {
  readonly protocol: Protocol<E, R>;
  /** The other end: it makes real traffic, which is then lost, repeated and falsified. Without one there are only made-up datagrams. */
  readonly peer?: Protocol<unknown, R> | undefined;
  /** The first API calls, on both ends. */
  readonly start?: ((now: Instant) => void) | undefined;
  /** API calls on either end, such as sending a message. */
  readonly actions?: readonly ContractAction[] | undefined;
  /** Begins an orderly end; the closed event must follow, whatever the peer does. */
  readonly close?: ((now: Instant) => void) | undefined;
  /** Calls of every API method; each must throw `InvalidStateError` once the protocol has closed. */
  readonly afterClosed?: readonly ((now: Instant) => void)[] | undefined;
  /** Which event is the last one. Default: the one whose `type` is `"closed"`. */
  readonly isClosed?: ((event: E) => boolean) | undefined;
  /** Routes that datagrams from strangers come on. Default: `[undefined]`, which fits `Protocol<E, void>` only. */
  readonly routes?: readonly R[] | undefined;
  /** A route for one datagram of the flood of law 8, such as a path from a made-up address. Default: one of `routes`. */
  readonly strangeRoute?: ((random: SeededRandom) => R) | undefined;
  /**
   * The route on which the other end gets what was sent on `route`; undefined drops it. Default: the ends of a `Path` are swapped, and other
   * routes stay as they are.
   */
  readonly arrivalRoute?: ((route: R) => R | undefined) | undefined;
  /**
   * A datagram that the protocol must refuse in its present state, for law 6: a bad MAC, a replay, a wrong tag. `real` is one that the peer
   * sent before, if there is one. Undefined when there is nothing to forge now. Besides these, datagrams too short for any protocol are tried.
   */
  readonly forge?: ((random: SeededRandom, real: Uint8Array | undefined) => Uint8Array | undefined) | undefined;
  /** Whether a refused datagram may be answered, as STUN answers with an error and SCTP with an ABORT. Default false: silence. */
  readonly answersForgeries?: boolean | undefined;
}

/** How long and how hard a check is. */
export interface ContractOptions {
  /** Default `[1, 2, 3]`. Pass `simulationSeeds(process.env.SIMULATION_SEED, [...])`. */
  readonly seeds?: readonly number[];
  /** Steps of each run: deliveries, timeouts, API calls, hostile datagrams. Default 200. */
  readonly steps?: number;
  /** Size of the buffers handed to `pollTransmit`. Default 1500. */
  readonly mtu?: number;
  /**
   * Bytes of memory in use now, after garbage collection. Law 8 is checked only with it, because the simulator has no way to know. In Node it is
   * `memoryInUse` of `@purertc/simulator/node`.
   */
  readonly memoryInUse?: () => number;
  /** Number of hostile datagrams of law 8. Default 20,000. */
  readonly floodDatagrams?: number;
  /** By how much memory may grow during the flood, in bytes. Default 2 MiB. */
  readonly floodGrowth?: number;
}

/** What a check did. Look at it: a scene in which nothing ever arrives keeps all laws. */
export interface ContractReport {
  /** The laws that could be checked with what the scene offers. */
  readonly laws: readonly number[];
  readonly runs: number;
  /** Datagrams that the protocol was given, over all runs. */
  readonly datagrams: number;
  /** Events that the protocol gave, over all runs. */
  readonly events: number;
  /** Runs in which the closed event came. */
  readonly closed: number;
}
