/** How many connections there are, in all and by source: what a server admits, and whom it sends away for others. */
import { sourceKey } from "./source-key.ts";

/** A connection's place. */
export interface ConnectionSlot {
  /** The connection has carried a message: its place is its own from now on. */
  prove(): void;
  /** Gives it back; further calls do nothing. */
  release(): void;
}

/**
 * When there is no room, the oldest connection that has not said anything yet has to go: who opens connections and holds them for nothing, from wherever,
 * keeps nobody out for long. Those that have carried a message stay, and then it is the newcomer who is refused.
 */
export class ConnectionSlots {
  readonly #maxTotal: number;
  readonly #maxPerSource: number;
  readonly #bySource = new Map<string, number>();
  /** Those without a message yet, oldest first. */
  readonly #unproven = new Set<Slot>();
  #total = 0;
  /** How often there was none, or somebody had to go. */
  refused = 0;

  constructor(limits: { readonly maxConnections: number; readonly maxConnectionsPerSource: number }) {
    this.#maxTotal = limits.maxConnections;
    this.#maxPerSource = limits.maxConnectionsPerSource;
  }

  /** Connections that hold a slot. */
  get total(): number {
    return this.#total;
  }

  /** A slot for a connection of one's own making, or why there is none. */
  take(): ConnectionSlot | "too-many-connections" {
    if (!this.#hasRoom()) return "too-many-connections";
    return this.#taken(undefined, undefined);
  }

  /** A slot for a connection from `ip`, or why there is none. `evict` closes the connection when its place is given to another one; it has none then. */
  takeFor(ip: string, evict: () => void): ConnectionSlot | "too-many-connections" | "too-many-connections-of-source" {
    const source = sourceKey(ip);
    const isFull = (this.#bySource.get(source) ?? 0) >= this.#maxPerSource;
    if (isFull && !this.#evict((slot) => slot.source === source)) return "too-many-connections-of-source";
    if (!this.#hasRoom()) return "too-many-connections";
    return this.#taken(source, evict);
  }

  #hasRoom(): boolean {
    return this.#total < this.#maxTotal || this.#evict(() => true);
  }

  #taken(source: string | undefined, evict: (() => void) | undefined): ConnectionSlot {
    this.#total += 1;
    if (source !== undefined) this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + 1);
    const slot: Slot = {
      source,
      evict,
      prove: () => void this.#unproven.delete(slot),
      release: once(() => this.#released(slot)),
    };
    if (evict !== undefined) this.#unproven.add(slot);
    return slot;
  }

  #released(slot: Slot): void {
    this.#unproven.delete(slot);
    this.#total -= 1;
    if (slot.source === undefined) return;
    const left = this.#bySource.get(slot.source)! - 1;
    if (left === 0) this.#bySource.delete(slot.source);
    else this.#bySource.set(slot.source, left);
  }

  /** False when all have proved themselves. */
  #evict(isCandidate: (slot: Slot) => boolean): boolean {
    this.refused += 1;
    for (const slot of this.#unproven) {
      if (!isCandidate(slot)) continue;
      slot.release();
      slot.evict?.();
      return true;
    }
    return false;
  }
}

interface Slot extends ConnectionSlot {
  readonly source: string | undefined;
  readonly evict: (() => void) | undefined;
}

function once(callback: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    callback();
  };
}
