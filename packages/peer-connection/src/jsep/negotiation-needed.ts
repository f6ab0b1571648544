/** "Check if negotiation is needed" (webrtc-pc §4.7.3). */
import { finalPair } from "./state.ts";
import type { LocalSessionParameters, NegotiationState } from "./types.ts";

/** Whether an offer is due. The caller asks in the stable state only, and compares with its [[NegotiationNeeded]] slot. */
export function negotiationNeeded(state: NegotiationState, local: LocalSessionParameters): boolean {
  if (state.credentialsToReplace.length > 0) return true;
  if (!local.dataChannels) return false;
  const pair = finalPair(state);
  // A data section that the peer rejected has been negotiated all the same: offering it again by ourselves would go on for ever.
  return pair === undefined || !pair.offer.some((view) => view.data !== undefined);
}
