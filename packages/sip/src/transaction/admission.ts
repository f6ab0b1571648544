/**
 * Who may begin a server transaction. The table is bounded, and no source may fill it: each may hold as many as are still free ("dynamic
 * threshold", as switches share their buffers). One flooding source so gets half of the table at most, two get a third each,
 * and there is always room for the next. Nothing is ever displaced.
 */
import { parseIp, type TransportAddress } from "@purertc/core";

/** Counts the transactions of each source. */
export class Admission {
  readonly #limit: number;
  readonly #held = new Map<string, number>();
  #total = 0;

  /** `limit`: the most that all sources hold together. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many are held by all. */
  get total(): number {
    return this.#total;
  }

  /** Takes a place for the source, or says that it may not have one. */
  admit(source: string): boolean {
    const held = this.#held.get(source) ?? 0;
    if (held >= this.#limit - this.#total) return false;
    this.#held.set(source, held + 1);
    this.#total += 1;
    return true;
  }

  /** Takes a place that is owed whatever the source holds already: that of a CANCEL, which makes room. */
  admitAlways(source: string): void {
    this.#held.set(source, (this.#held.get(source) ?? 0) + 1);
    this.#total += 1;
  }

  /** Gives a place back. */
  release(source: string): void {
    const held = this.#held.get(source) ?? 0;
    if (held > 1) this.#held.set(source, held - 1);
    else this.#held.delete(source);
    this.#total -= 1;
  }
}

/** Who sends from an address: the address, without its port; for IPv6 its first 64 bits, since the rest is anybody's to choose. */
export function sourceOf(remote: TransportAddress): string {
  if (remote.family === 4) return remote.ip;
  const bytes = parseIp(remote.ip);
  return bytes === undefined ? remote.ip : bytes.subarray(0, 8).join(".");
}
