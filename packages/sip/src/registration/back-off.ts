/** How long to wait before a registration is tried again (RFC 5626 §4.5). */
import { type RandomSource, randomU32 } from "@purertc/core";

/** The variables of RFC 5626 §4.5. */
export interface BackOffOptions {
  /** Milliseconds; while all flows have failed. Default 30,000. */
  readonly baseAllFailedMs?: number;
  /** Milliseconds; while another flow is registered. Default 90,000. */
  readonly baseMs?: number;
  /** Milliseconds that no wait exceeds. Default 1,800,000. */
  readonly maxMs?: number;
}

/**
 * Milliseconds to wait after `failures` attempts in a row (0: no wait). Doubles from the base, and is anywhere from half of that to all of it, so that a
 * registrar that comes back is not met by everybody at once.
 */
export function backOffMs(failures: number, allFailed: boolean, random: RandomSource, options: BackOffOptions = {}): number {
  if (failures <= 0) return 0;
  const base = allFailed ? (options.baseAllFailedMs ?? 30_000) : (options.baseMs ?? 90_000);
  const upper = Math.min(options.maxMs ?? 1_800_000, base * 2 ** Math.min(failures, 30));
  return between(random, upper / 2, upper);
}

/** A number from `low` to `high`. */
export function between(random: RandomSource, low: number, high: number): number {
  return low + ((high - low) * randomU32(random)) / 0xffff_ffff;
}
