/** Congestion control feedback by stream (RFC 8888 §6), which takes the place of transport-wide feedback where both are there. */
import { describedCodecs } from "./codec.ts";
import type { SectionView } from "./section-view.ts";
import { finalPair } from "./state.ts";
import type { NegotiationState } from "./types.ts";

/** As `rtcpFeedback` has it. */
export const STREAM_FEEDBACK = "ack ccfb";

/** What an answer takes of a codec's offered feedback. One report on every packet is enough. */
export function answeredFeedback(offered: readonly string[], taken: readonly string[]): readonly string[] {
  const both = offered.filter((one) => taken.includes(one));
  return both.includes(STREAM_FEEDBACK) ? both.filter((one) => one !== "transport-cc") : both;
}

/** Whether the last answer agreed on it for any section, so that an offer is to go on with it. */
export function hasStreamFeedback(state: NegotiationState): boolean {
  const pair = finalPair(state);
  const describes = (views: readonly SectionView[], index: number): boolean =>
    views[index] !== undefined && describedCodecs(views[index].media).some(({ rtcpFeedback }) => rtcpFeedback.includes(STREAM_FEEDBACK));
  return pair?.answer.some(({ rejected, index }) => !rejected && describes(pair.answer, index) && describes(pair.offer, index)) === true;
}
