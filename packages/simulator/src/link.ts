import { copyBytes, type Instant, InvalidArgumentError } from "@purertc/core";
import { type BurstLossOptions, createBurstLoss } from "./burst-loss.ts";
import { type SeededRandom, seededRandom } from "./seeded-random.ts";

/** What a link does to datagrams. Every field is optional; an empty object is a perfect link of 1 ms. Rates are from 0 to 1, per datagram. */
export interface LinkOptions {
  /** One way, in milliseconds. Default 1. */
  readonly delayMs?: number;
  /** Each datagram is late by a further uniform 0 to `jitterMs`. Jitter alone never reorders: see `reorderRate`. Default 0. */
  readonly jitterMs?: number;
  /** Independent losses. Default 0. */
  readonly lossRate?: number;
  /** Losses in bursts, besides `lossRate`. */
  readonly burstLoss?: BurstLossOptions | undefined;
  /** Datagrams that arrive twice; the copy follows within `reorderMs`. Default 0. */
  readonly duplicateRate?: number;
  /** Datagrams that are held back so that later ones overtake them. Default 0. */
  readonly reorderRate?: number;
  /** The longest time that a reordered datagram or a duplicate is held back. Default 20 ms. */
  readonly reorderMs?: number;
  /** Datagrams of which 1 to 4 bits are flipped, as by a router with bad memory: checksums on the way were right. Default 0. */
  readonly corruptRate?: number;
  /** Bits of payload each second. Default: no limit. */
  readonly rateBitsPerSecond?: number | undefined;
  /** With a rate: what waits in front of it, in bytes; the rest is dropped (drop-tail). Default: no limit. */
  readonly queueBytes?: number | undefined;
  /** The largest datagram in bytes; larger ones are silently dropped, as behind a path MTU black hole. Default: no limit. */
  readonly mtu?: number | undefined;
  /** Times at which nothing that is sent arrives: `from <= now < to`. */
  readonly outages?: readonly Outage[];
}

/** A time without service. */
export interface Outage {
  readonly from: Instant;
  readonly to: Instant;
}

/** One arrival of a datagram at the far end. */
export interface Delivery {
  readonly at: Instant;
  /** The receiver's own copy. */
  readonly datagram: Uint8Array;
}

/** What became of the datagrams so far. `sent` is the sum of the others but `duplicated`, `reordered` and `corrupted`. */
export interface LinkCounts {
  readonly sent: number;
  readonly delivered: number;
  readonly lost: number;
  readonly lostInOutage: number;
  readonly queueFull: number;
  readonly tooBig: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly corrupted: number;
}

/** One direction of a path: a function from a datagram and the time it is sent to its arrivals. */
export interface Link {
  /** What becomes of a datagram sent now; none when it is lost. Call it in order of time. */
  send(now: Instant, datagram: Uint8Array): readonly Delivery[];
  /** Changes some options from now on, such as `{ lossRate: 0.3 }` in the middle of a run. Datagrams on their way are not touched. */
  change(options: LinkOptions): void;
  readonly options: LinkOptions;
  readonly counts: LinkCounts;
}

/**
 * A link. Every kind of trouble draws from a stream of its own forked from `random` (default: seed 0), so a test that turns on corruption loses
 * the same datagrams as before. Throws `InvalidArgumentError` for a rate or a time outside its range.
 */
export function createLink(options: LinkOptions & { readonly random?: SeededRandom }): Link {
  const { random, ...rest } = options;
  return new SeededLink(random ?? seededRandom(0), rest);
}

class SeededLink implements Link {
  readonly #random: SeededRandom;
  readonly #streams: Record<"loss" | "jitter" | "duplicate" | "reorder" | "corrupt", SeededRandom>;
  readonly #counts = {
    sent: 0,
    delivered: 0,
    lost: 0,
    lostInOutage: 0,
    queueFull: 0,
    tooBig: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
  };
  #options: LinkOptions = {};
  #burstLoss: ReturnType<typeof createBurstLoss> | undefined;
  /** When the last bit that is queued will have left. */
  #idleAt: Instant = Number.NEGATIVE_INFINITY;
  /** Arrival of the last datagram that was not held back: jitter does not make a later one overtake it. */
  #lastInOrder: Instant = Number.NEGATIVE_INFINITY;

  constructor(random: SeededRandom, options: LinkOptions) {
    this.#random = random;
    this.#streams = {
      loss: random.fork("loss"),
      jitter: random.fork("jitter"),
      duplicate: random.fork("duplicate"),
      reorder: random.fork("reorder"),
      corrupt: random.fork("corrupt"),
    };
    this.change(options);
  }

  get options(): LinkOptions {
    return this.#options;
  }

  get counts(): LinkCounts {
    return this.#counts;
  }

  change(options: LinkOptions): void {
    checkOptions(options);
    this.#options = { ...this.#options, ...options };
    if ("burstLoss" in options) {
      this.#burstLoss = options.burstLoss && createBurstLoss(options.burstLoss, this.#random.fork("burst-loss"));
    }
  }

  send(now: Instant, datagram: Uint8Array): readonly Delivery[] {
    const {
      delayMs = 1,
      jitterMs = 0,
      lossRate = 0,
      duplicateRate = 0,
      reorderRate = 0,
      reorderMs = 20,
      corruptRate = 0,
      mtu,
      outages,
    } = this.#options;
    const streams = this.#streams;
    const counts = this.#counts;
    counts.sent += 1;
    // Draw before any refusal: one datagram more or less in an outage then changes nothing for those after it.
    const isLost = streams.loss.chance(lossRate);
    const isLostInBurst = this.#burstLoss?.() ?? false;
    const jitter = streams.jitter.next() * jitterMs;
    const isDuplicated = streams.duplicate.chance(duplicateRate);
    const duplicateHold = streams.duplicate.next() * reorderMs;
    const isReordered = streams.reorder.chance(reorderRate);
    const reorderHold = streams.reorder.next() * reorderMs;
    const isCorrupted = streams.corrupt.chance(corruptRate);

    if (mtu !== undefined && datagram.length > mtu) {
      counts.tooBig += 1;
      return [];
    }
    if (outages?.some(({ from, to }) => now >= from && now < to) === true) {
      counts.lostInOutage += 1;
      return [];
    }
    const departure = this.#queue(now, datagram.length);
    if (departure === undefined) {
      counts.queueFull += 1;
      return [];
    }
    if (isLost || isLostInBurst) {
      counts.lost += 1;
      return [];
    }
    counts.delivered += 1;
    let at = departure + delayMs + jitter;
    if (isReordered) {
      counts.reordered += 1;
      at += reorderHold;
    } else {
      at = Math.max(at, this.#lastInOrder);
      this.#lastInOrder = at;
    }
    const deliveries = [{ at, datagram: isCorrupted ? this.#corrupt(datagram) : copyBytes(datagram) }];
    if (isDuplicated) {
      counts.duplicated += 1;
      deliveries.push({ at: at + duplicateHold, datagram: copyBytes(datagram) });
    }
    return deliveries;
  }

  /** When the datagram has left the queue; undefined when there is no room for it. */
  #queue(now: Instant, length: number): Instant | undefined {
    const { rateBitsPerSecond, queueBytes } = this.#options;
    if (rateBitsPerSecond === undefined) return now;
    const bytesPerMs = rateBitsPerSecond / 8000;
    const start = Math.max(now, this.#idleAt);
    const waiting = (start - now) * bytesPerMs;
    if (queueBytes !== undefined && waiting + length > queueBytes) return undefined;
    this.#idleAt = start + length / bytesPerMs;
    return this.#idleAt;
  }

  #corrupt(datagram: Uint8Array): Uint8Array {
    const copy = copyBytes(datagram);
    if (copy.length === 0) return copy;
    this.#counts.corrupted += 1;
    for (let flips = this.#streams.corrupt.integer(1, 4); flips > 0; flips--) {
      const bit = this.#streams.corrupt.integer(0, copy.length * 8 - 1);
      copy[bit >> 3]! ^= 0x80 >> (bit & 7);
    }
    return copy;
  }
}

function checkOptions(options: LinkOptions): void {
  for (const name of ["lossRate", "duplicateRate", "reorderRate", "corruptRate"] as const) {
    const rate = options[name];
    if (rate !== undefined && !(rate >= 0 && rate <= 1)) throw badOption(name, rate, "0 to 1");
  }
  for (const name of ["delayMs", "jitterMs", "reorderMs", "queueBytes", "mtu"] as const) {
    const value = options[name];
    if (value !== undefined && !(value >= 0 && value < Number.POSITIVE_INFINITY)) throw badOption(name, value, "0 or more");
  }
  const rate = options.rateBitsPerSecond;
  if (rate !== undefined && !(rate > 0)) throw badOption("rateBitsPerSecond", rate, "more than 0");
}

function badOption(name: string, value: number, range: string): InvalidArgumentError {
  return new InvalidArgumentError(`${name} is ${value}; it must be ${range}`, { code: "SIMULATOR_LINK_OPTION" });
}
