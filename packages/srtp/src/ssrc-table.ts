/**
 * What is remembered of each SSRC, bounded in number. Entries are made for authentic packets (or by the owner) only, so a stranger cannot fill the table;
 * and are never dropped by themselves, because with an entry its replay list and rollover counter would be lost. What is large of an entry, its ciphers and
 * their keystream, is dropped when too many are ready: it can be made again.
 */
import { InvalidArgumentError } from "@purertc/core";
import type { MasterKey } from "./master-key.ts";
import { DEFAULT_MAX_READY_SSRCS, DEFAULT_MAX_SSRCS, type SrtpCommonOptions } from "./options.ts";
import type { SsrcKeys } from "./session-keys.ts";

/** What every kind of entry has. */
export class SsrcContext {
  readonly ssrc: number;
  /** The keys used last, and those before them: packets are reordered across a change of keys. */
  keys: SsrcKeys | undefined;
  formerKeys: SsrcKeys | undefined;
  /** When the SSRC was last switched to, in switches. */
  lastUse = 0;

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }
}

/** Ciphers for packet `r` of `ssrc` under `master`: those at hand, or new ones that nothing remembers until `SsrcTable.keep`. */
export function keysFor(context: SsrcContext | undefined, ssrc: number, master: MasterKey, r: number): SsrcKeys {
  if (context !== undefined) {
    const keys = context.keys;
    if (keys !== undefined && keys.master === master && keys.r === r) return keys;
    const former = context.formerKeys;
    if (former !== undefined && former.master === master && former.r === r) return former;
  }
  return master.session(r).forSsrc(ssrc);
}

export class SsrcTable<Context extends SsrcContext> {
  readonly #contexts = new Map<number, Context>();
  readonly #maxSsrcs: number;
  readonly #maxReady: number;
  #ready = 0;
  /** Where the last packet belonged: most often the next one does too. */
  #last: Context | undefined;
  #lastKept: Context | undefined;
  #switches = 0;

  constructor(options: SrtpCommonOptions) {
    this.#maxSsrcs = atLeastOne("maxSsrcs", options.maxSsrcs ?? DEFAULT_MAX_SSRCS);
    this.#maxReady = atLeastOne("maxReadySsrcs", options.maxReadySsrcs ?? DEFAULT_MAX_READY_SSRCS);
  }

  get size(): number {
    return this.#contexts.size;
  }

  get full(): boolean {
    return this.#contexts.size >= this.#maxSsrcs;
  }

  find(ssrc: number): Context | undefined {
    const last = this.#last;
    if (last !== undefined && last.ssrc === ssrc) return last;
    const found = this.#contexts.get(ssrc);
    if (found !== undefined) this.#last = found;
    return found;
  }

  add(context: Context): void {
    this.#contexts.set(context.ssrc, context);
  }

  delete(ssrc: number): void {
    const context = this.#contexts.get(ssrc);
    if (context === undefined) return;
    if (context.keys !== undefined) this.#ready--;
    this.#contexts.delete(ssrc);
    if (this.#last === context) this.#last = undefined;
    if (this.#lastKept === context) this.#lastKept = undefined;
  }

  /** A genuine packet of `context` used `keys`: keeps them for the next. */
  keep(context: Context, keys: SsrcKeys): void {
    if (context !== this.#lastKept) {
      this.#lastKept = context;
      context.lastUse = ++this.#switches;
    }
    if (keys === context.keys || keys === context.formerKeys) return;
    if (context.keys === undefined && ++this.#ready > this.#maxReady) this.#dropOldest();
    context.formerKeys = context.keys;
    context.keys = keys;
  }

  /** Forgets the ciphers made of `masters`, which are no longer accepted. */
  dropKeysOf(masters: readonly MasterKey[]): void {
    for (const master of masters) {
      for (const context of this.#contexts.values()) {
        if (context.formerKeys?.master === master) context.formerKeys = undefined;
        if (context.keys?.master !== master) continue;
        context.keys = context.formerKeys;
        context.formerKeys = undefined;
        if (context.keys === undefined) this.#ready--;
      }
    }
  }

  #dropOldest(): void {
    let oldest: Context | undefined;
    for (const context of this.#contexts.values()) {
      if (context.keys !== undefined && (oldest === undefined || context.lastUse < oldest.lastUse)) oldest = context;
    }
    if (oldest === undefined) return;
    oldest.keys = undefined;
    oldest.formerKeys = undefined;
    this.#ready--;
  }
}

function atLeastOne(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError(`${name} is ${value}, not a positive integer`, { code: "SRTP_LIMIT" });
}
