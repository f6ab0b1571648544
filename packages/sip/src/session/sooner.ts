/** The soonest of several deadlines, none of which need be set. */
import type { Instant } from "@purertc/core";

export function sooner(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined) return b;
  return b === undefined || a < b ? a : b;
}
