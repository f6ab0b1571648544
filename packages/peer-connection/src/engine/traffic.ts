/** Counters of what crossed a transport, in all and by path, for statistics only. */
import { type Instant, type Path, samePath } from "@purertc/core";

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

  /** The counters of a path; undefined when it carried nothing. A host may use several objects for one path: they count together. */
  of(path: Path): Readonly<TrafficCounters> | undefined {
    let sum: TrafficCounters | undefined;
    for (const [counted, counters] of this.#byPath) {
      if (!samePath(counted, path)) continue;
      if (sum === undefined) {
        sum = { ...counters };
        continue;
      }
      sum.packetsSent += counters.packetsSent;
      sum.bytesSent += counters.bytesSent;
      sum.packetsReceived += counters.packetsReceived;
      sum.bytesReceived += counters.bytesReceived;
      sum.lastSentAt = later(sum.lastSentAt, counters.lastSentAt);
      sum.lastReceivedAt = later(sum.lastReceivedAt, counters.lastReceivedAt);
    }
    return sum;
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

function later(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined) return b;
  return b === undefined || a > b ? a : b;
}

function newCounters(): TrafficCounters {
  return { packetsSent: 0, bytesSent: 0, packetsReceived: 0, bytesReceived: 0, lastSentAt: undefined, lastReceivedAt: undefined };
}

/** As many as ICE keeps pairs. Only validated paths are counted, so a stranger cannot add any. */
const MAX_PATHS = 100;
