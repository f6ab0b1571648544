/** "Check if negotiation is needed" (webrtc-pc §4.7.3). */
import { intersection, isSending, reversed } from "./direction.ts";
import type { LocalTransceiver } from "./media-types.ts";
import type { SectionView } from "./section-view.ts";
import { type AgreedPair, finalPair } from "./state.ts";
import type { LocalSessionParameters, NegotiationState } from "./types.ts";

/** Whether an offer is due. The caller asks in the stable state only, and compares with its [[NegotiationNeeded]] slot. */
export function negotiationNeeded(state: NegotiationState, local: LocalSessionParameters): boolean {
  // Step 2.
  if (state.credentialsToReplace.length > 0) return true;
  const pair = finalPair(state);
  // Step 4. A data section that the peer rejected has been negotiated all the same: offering it again by ourselves would go on for ever.
  if (local.dataChannels && pair?.offer.some((view) => view.data !== undefined) !== true) return true;
  // Step 5.
  const mine = new Map(pair === undefined ? [] : localViews(pair).map((view) => [view.mid, view] as const));
  return (local.transceivers ?? []).some((transceiver) => {
    const section = transceiver.mid === undefined ? undefined : mine.get(transceiver.mid);
    return section === undefined || pair === undefined ? needsSection(transceiver) : needsChange(transceiver, section, pair);
  });
}

/** Steps 5.1 and 5.2: a transceiver that no section of the current local description is associated with. */
function needsSection({ stopped }: LocalTransceiver): boolean {
  return !stopped;
}

/** Steps 5.1, 5.3 and 5.4: a transceiver with a section. */
function needsChange(transceiver: LocalTransceiver, section: SectionView, pair: AgreedPair): boolean {
  const { direction, stopping, stopped } = transceiver;
  const offer = pair.offer[section.index];
  const answer = pair.answer[section.index];
  // Step 5.4.
  if (stopped) return offer?.rejected !== true && answer?.rejected !== true;
  if (stopping) return true;
  // Step 5.3.1.
  if (isSending(direction) && !sameStreams(transceiver, section)) return true;
  if (offer === undefined || answer === undefined) return true;
  // Step 5.3.2: we offered; neither what we offered nor what was answered is what is wanted now.
  if (pair.offerSide === "local") return offer.direction !== direction && reversed(answer.direction) !== direction;
  // Step 5.3.3: we answered, as far as the offer let us.
  return answer.direction !== intersection(direction, reversed(offer.direction));
}

/** Whether a=msid of our section names the streams that the sender's track is in. */
function sameStreams({ streamIds }: LocalTransceiver, { media }: SectionView): boolean {
  const lines = media.msid;
  if (lines.length === 0) return false;
  const stated = new Set(lines.map(({ id }) => id));
  stated.delete("-");
  const wanted = new Set(streamIds);
  return stated.size === wanted.size && [...wanted].every((id) => stated.has(id));
}

function localViews(pair: AgreedPair): readonly SectionView[] {
  return pair.offerSide === "local" ? pair.offer : pair.answer;
}
