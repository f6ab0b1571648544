/**
 * Collisions and loops of SSRCs (RFC 3550 §8.2): two sources with one identifier, or our own packets coming back.
 */
import type { Instant } from "@purertc/core";

/**
 * What a packet's SSRC and source address mean together.
 * `ok`: as before. `own-collision`: another source uses our SSRC: send BYE, take a new one. `own-loop`: our own packets come back: drop them. `foreign-conflict`: two other
 * sources share an SSRC, or one is looped: drop the packet. `too-many`: no more SSRCs are remembered.
 */
export type SsrcVerdict = "ok" | "own-collision" | "own-loop" | "foreign-conflict" | "too-many";

/** Limits. */
export interface SsrcCollisionsOptions {
  /** SSRCs of others that are remembered. Default 256. */
  readonly maxSources?: number;
  /** §8.2: conflicting addresses are forgotten after this long without a packet from them. Default 50 000: ten times the least RTCP interval. */
  readonly conflictTimeoutMs?: number;
  /** A source that was silent for this long may come back from another address. Default 25 000. */
  readonly sourceTimeoutMs?: number;
}

/** Conflicting addresses that are remembered, as §8.2's list; the oldest is forgotten first. */
const MAX_CONFLICTS = 16;

/** Watches which address each SSRC comes from. `Source` is whatever stands for a transport address: the same for the same address, by `===`. */
export class SsrcCollisions<Source> {
  readonly #maxSources: number;
  readonly #conflictTimeoutMs: number;
  readonly #sourceTimeoutMs: number;
  readonly #own = new Set<number>();
  readonly #sources = new Map<number, { source: Source; at: Instant }>();
  readonly #conflicts = new Map<Source, Instant>();

  constructor(options: SsrcCollisionsOptions = {}) {
    this.#maxSources = options.maxSources ?? 256;
    this.#conflictTimeoutMs = options.conflictTimeoutMs ?? 50_000;
    this.#sourceTimeoutMs = options.sourceTimeoutMs ?? 25_000;
  }

  /** We send with this SSRC from now on. */
  addOwn(ssrc: number): void {
    this.#own.add(ssrc);
  }

  /** We no longer do. */
  removeOwn(ssrc: number): void {
    this.#own.delete(ssrc);
  }

  /** Judges a packet, RTP or RTCP. */
  check(now: Instant, ssrc: number, source: Source): SsrcVerdict {
    if (this.#own.has(ssrc)) {
      // §8.2: the first packet from an address with our SSRC is a collision; more from there after we changed it are a loop.
      const at = this.#conflicts.get(source);
      this.#noteConflict(now, source);
      return at === undefined || now - at > this.#conflictTimeoutMs ? "own-collision" : "own-loop";
    }
    const known = this.#sources.get(ssrc);
    if (known === undefined) {
      if (this.#sources.size >= this.#maxSources && !this.#forgetSilent(now)) return "too-many";
      this.#sources.set(ssrc, { source, at: now });
      return "ok";
    }
    if (known.source !== source && now - known.at <= this.#sourceTimeoutMs) return "foreign-conflict"; // the first address keeps it
    known.source = source;
    known.at = now;
    return "ok";
  }

  #noteConflict(now: Instant, source: Source): void {
    this.#conflicts.delete(source);
    this.#conflicts.set(source, now);
    if (this.#conflicts.size <= MAX_CONFLICTS) return;
    for (const oldest of this.#conflicts.keys()) {
      this.#conflicts.delete(oldest);
      return;
    }
  }

  /** Forgets sources that were silent for long; false: there is none. */
  #forgetSilent(now: Instant): boolean {
    for (const [ssrc, { at }] of this.#sources) if (now - at > this.#sourceTimeoutMs) this.#sources.delete(ssrc);
    return this.#sources.size < this.#maxSources;
  }

  /** A BYE came, or the transport moved: the SSRC may come from anywhere. */
  forget(ssrc: number): void {
    this.#sources.delete(ssrc);
  }
}
