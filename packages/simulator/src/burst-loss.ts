import { InvalidArgumentError } from "@purertc/core";
import type { SeededRandom } from "./seeded-random.ts";

/**
 * Losses that come in bursts: the two-state Markov chain of Gilbert (1960) and Elliott (1963). The chain takes one step for each datagram.
 * The share of time in the bad state is `enterRate / (enterRate + leaveRate)`; a burst lasts `1 / leaveRate` datagrams on average.
 */
export interface BurstLossOptions {
  /** Probability, per datagram, of going from the good state to the bad one. */
  readonly enterRate: number;
  /** Probability, per datagram, of going back. */
  readonly leaveRate: number;
  /** Loss in the bad state. Default 1. */
  readonly badLossRate?: number;
  /** Loss in the good state. Default 0. */
  readonly goodLossRate?: number;
}

/** A function that says, for one datagram after another, whether it is lost. Starts in the good state. */
export function createBurstLoss(options: BurstLossOptions, random: SeededRandom): () => boolean {
  const { enterRate, leaveRate, badLossRate = 1, goodLossRate = 0 } = options;
  for (const rate of [enterRate, leaveRate, badLossRate, goodLossRate]) {
    if (!(rate >= 0 && rate <= 1))
      throw new InvalidArgumentError(`a burst loss rate is ${rate}; it must be 0 to 1`, { code: "SIMULATOR_LINK_OPTION" });
  }
  let bad = false;
  return () => {
    const turns = random.chance(bad ? leaveRate : enterRate);
    if (turns) bad = !bad;
    return random.chance(bad ? badLossRate : goodLossRate);
  };
}
