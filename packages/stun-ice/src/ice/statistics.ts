/** A picture of an agent for statistics (W3C webrtc-stats: RTCIceCandidatePairStats, RTCTransportStats). */
import type { Path } from "@purertc/core";
import type { IceCandidate } from "../codec/candidate-line.ts";
import type { AgentContext, IceDiscardReason } from "./agent-context.ts";
import type { CandidatePair, IceCandidatePair, PairCounters, PairState } from "./candidate-pair.ts";
import type { Generation } from "./generation.ts";

/** One pair of the checklist. */
export interface IcePairStatistics extends IceCandidatePair, Readonly<PairCounters> {
  readonly state: PairState;
  readonly nominated: boolean;
  readonly selected: boolean;
  readonly path: Path;
}

/** Candidates, pairs and counters of the current generation, and the selected pair where that is of the one before. */
export interface IceStatistics {
  readonly pairs: readonly IcePairStatistics[];
  readonly localCandidates: readonly IceCandidate[];
  readonly remoteCandidates: readonly IceCandidate[];
  readonly selectedPairChanges: number;
  /** Datagrams and candidates that were not used, by reason. */
  readonly discarded: Readonly<Partial<Record<IceDiscardReason, number>>>;
  /** Paths remembered, in use or not. */
  readonly pathsKept: number;
}

/** Takes the picture. */
export function iceStatistics(
  context: AgentContext,
  generation: Generation,
  selected: CandidatePair | undefined,
  selectedPairChanges: number,
): IceStatistics {
  const pairs = generation.checklist.pairs.map((pair): IcePairStatistics => statisticsOf(pair, context, selected));
  // During a restart the selected pair is of the generation before.
  if (selected !== undefined && !generation.checklist.pairs.includes(selected)) pairs.unshift(statisticsOf(selected, context, selected));
  return {
    pairs,
    localCandidates: generation.localCandidates.map(({ candidate }) => candidate),
    remoteCandidates: generation.remoteCandidates.map(({ candidate }) => candidate),
    selectedPairChanges,
    discarded: Object.fromEntries(context.discarded),
    pathsKept: context.paths.size,
  };
}

function statisticsOf(pair: CandidatePair, context: AgentContext, selected: CandidatePair | undefined): IcePairStatistics {
  return {
    ...pair.snapshot(context.role),
    ...pair.counters,
    state: pair.state,
    nominated: pair.nominated,
    selected: pair === selected,
    path: pair.path,
  };
}
