/** How many connections there are, in all and by source: what a server admits. */
import { sourceKey } from "./source-key.ts";

export class ConnectionSlots {
  readonly #maxTotal: number;
  readonly #maxPerSource: number;
  readonly #bySource = new Map<string, number>();
  #total = 0;
  /** How often there was none. */
  refused = 0;

  constructor(limits: { readonly maxConnections: number; readonly maxConnectionsPerSource: number }) {
    this.#maxTotal = limits.maxConnections;
    this.#maxPerSource = limits.maxConnectionsPerSource;
  }

  /** Connections that hold a slot. */
  get total(): number {
    return this.#total;
  }

  /** A slot for a connection of one's own making, or why there is none. Call the function once to give it back; further calls do nothing. */
  take(): (() => void) | "too-many-connections" {
    if (this.#total >= this.#maxTotal) {
      this.refused += 1;
      return "too-many-connections";
    }
    this.#total += 1;
    return once(() => {
      this.#total -= 1;
    });
  }

  /** A slot for a connection from `ip`, or why there is none. */
  takeFor(ip: string): (() => void) | "too-many-connections" | "too-many-connections-of-source" {
    const key = sourceKey(ip);
    const count = this.#bySource.get(key) ?? 0;
    if (count >= this.#maxPerSource) {
      this.refused += 1;
      return "too-many-connections-of-source";
    }
    const release = this.take();
    if (typeof release === "string") return release;
    this.#bySource.set(key, count + 1);
    return once(() => {
      release();
      const left = this.#bySource.get(key)! - 1;
      if (left === 0) this.#bySource.delete(key);
      else this.#bySource.set(key, left);
    });
  }
}

function once(callback: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    callback();
  };
}
