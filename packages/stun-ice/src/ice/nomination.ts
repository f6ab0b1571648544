/** Which valid pair the controlling agent nominates, and when (RFC 8445 §8.1.1), and which pair is selected (§8.1.2). */
import type { Instant } from "@purertc/core";
import type { CandidatePair } from "./candidate-pair.ts";

/**
 * The controlling agent's choice: the best valid pair, at once when nothing better is still being tried, else when `settleMs` have passed since the
 * first success. An instant means: not yet, ask again then.
 */
export function pairToNominate(
  pairs: readonly CandidatePair[],
  now: Instant,
  firstValidAt: Instant,
  settleMs: number,
): CandidatePair | Instant | undefined {
  const best = bestOf(pairs, ({ valid }) => valid);
  if (best === undefined) return undefined;
  const betterIsPending = pairs.some((pair) => pair.pending && pair.priority > best.priority);
  if (!betterIsPending || now >= firstValidAt + settleMs) return best;
  return firstValidAt + settleMs;
}

/**
 * The pair to send on: the nominated one of highest priority (a peer may nominate several, as RFC 5245 §8.1.1.2's aggressive nomination does and
 * Chromium still does); before any nomination the best valid one.
 */
export function pairToSelect(pairs: readonly CandidatePair[]): CandidatePair | undefined {
  return bestOf(pairs, ({ valid, nominated }) => valid && nominated) ?? bestOf(pairs, ({ valid }) => valid);
}

/** `pairs` come highest priority first. */
function bestOf(pairs: readonly CandidatePair[], suits: (pair: CandidatePair) => boolean): CandidatePair | undefined {
  return pairs.find(suits);
}
