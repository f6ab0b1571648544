/** Counters of what crossed a transport, in all and by path, for statistics only. */
import type { Instant, Path } from "@purertc/core";

/** Datagrams and their bytes both ways, connectivity checks not included. */
export interface TrafficCounters {
  packetsSent: number;
  bytesSent: number;
  packetsReceived: number;
  bytesReceived: number;
  /** Of the last datagram; undefined before the first. */
  lastSentAt: Instant | undefined;
  lastReceivedAt: Instant | undefined;
}

/** Counts by path, remembering the last one each way: nearly every datagram uses the same. Bounded. */
export class Traffic {
  readonly total: TrafficCounters = newCounters();
  readonly #byPath = new Map<Path, TrafficCounters>();
  #lastPath: Path | undefined;
  #last: TrafficCounters = this.total;

  /** A datagram went out. */
  sent(now: Instant, bytes: number, path: Path): void {
    const counters = this.#of(path);
    counters.packetsSent += 1;
    counters.bytesSent += bytes;
    counters.lastSentAt = now;
    this.total.packetsSent += 1;
    this.total.bytesSent += bytes;
    this.total.lastSentAt = now;
  }

  /** A datagram came in and was believed. */
  received(now: Instant, bytes: number, path: Path): void {
    const counters = this.#of(path);
    counters.packetsReceived += 1;
    counters.bytesReceived += bytes;
    counters.lastReceivedAt = now;
    this.total.packetsReceived += 1;
    this.total.bytesReceived += bytes;
    this.total.lastReceivedAt = now;
  }

  /** Counters of each path that carried anything. */
  get byPath(): ReadonlyMap<Path, Readonly<TrafficCounters>> {
    return this.#byPath;
  }

  #of(path: Path): TrafficCounters {
    if (path === this.#lastPath) return this.#last;
    let counters = this.#byPath.get(path);
    if (counters === undefined) {
      if (this.#byPath.size >= MAX_PATHS) this.#byPath.clear();
      counters = newCounters();
      this.#byPath.set(path, counters);
    }
    this.#lastPath = path;
    this.#last = counters;
    return counters;
  }
}

function newCounters(): TrafficCounters {
  return { packetsSent: 0, bytesSent: 0, packetsReceived: 0, bytesReceived: 0, lastSentAt: undefined, lastReceivedAt: undefined };
}

/** As many as ICE keeps pairs. Only validated paths are counted, so a stranger cannot add any. */
const MAX_PATHS = 100;
