/** createOffer (RFC 9429 §5.2). */
import type { MediaDescription } from "@purertc/sdp";
import { dataSection, finishDescription, freshCredentials, rejectedSection } from "./generate.ts";
import { type SectionView, transportSection } from "./section-view.ts";
import { finalPair, viewsWithin } from "./state.ts";
import { type CreatedDescription, type IceParameters, JsepFailure, type LocalSessionParameters, type NegotiationState } from "./types.ts";

/** A section of the offer being made, before its text. */
type Plan =
  | { readonly action: "keep-off"; readonly old: SectionView }
  | { readonly action: "data"; readonly mid: string; readonly old: SectionView | undefined };

/**
 * An offer for what the application wants now. The same state gives the same text. `iceRestart`, or a pending restartIce(), gives every transport new
 * credentials (§5.2.3.1).
 */
export function createOffer(
  state: NegotiationState,
  local: LocalSessionParameters,
  options: { readonly iceRestart?: boolean } = {},
): CreatedDescription | JsepFailure {
  if (state.signalingState !== "stable" && state.signalingState !== "have-local-offer") {
    return new JsepFailure("InvalidStateError", `createOffer in signaling state "${state.signalingState}"`);
  }
  const plans = planSections(state, local, localSections(state));
  const live = plans.flatMap((plan) => (plan.action === "data" ? [plan.mid] : []));
  const bundled = bundledMids(state, live);
  const fresh = new Map(state.freshCredentials);
  const media = plans.map((plan): MediaDescription => {
    if (plan.action === "keep-off") return rejectedSection(plan.old.media, plan.old.mid);
    const current = plan.old?.ice;
    const replace = current === undefined || options.iceRestart === true || state.credentialsToReplace.includes(current.usernameFragment);
    const ice: IceParameters = replace ? freshCredentials(fresh, plan.mid, local.random) : current;
    // §5.2.2: gathered candidates of the same generation are repeated.
    const gathered = replace ? undefined : plan.old?.media;
    return dataSection(local, {
      // A section agreed on in the old form keeps it: an m= line's protocol never changes (RFC 8841 §10.5).
      protocol: plan.old?.data?.legacy === true ? plan.old.media.protocol : "UDP/DTLS/SCTP",
      formats: ["webrtc-datachannel"],
      mid: plan.mid,
      legacy: plan.old?.data?.legacy === true,
      // Only one section can be live as yet, so each live one is the tag of its group or in none, and carries its transport.
      transport: { ice, ...(gathered && { gathered }), setup: "actpass", trickle: true },
    });
  });
  return finishDescription(state, "offer", media, bundled.length > 0 ? [bundled] : [], fresh);
}

/**
 * The offer of a setLocalDescription without a text (webrtc-pc §4.4.1.5): the last created one as long as it still says what would be said now, so that
 * an ICE restart asked of createOffer is kept; otherwise a new one.
 */
export function implicitOffer(state: NegotiationState, local: LocalSessionParameters): CreatedDescription | JsepFailure {
  const restarting = state.lastCreatedOffer === "" ? undefined : createOffer(state, local, { iceRestart: true });
  if (restarting !== undefined && !(restarting instanceof JsepFailure) && restarting.sdp === state.lastCreatedOffer) return restarting;
  return createOffer(state, local);
}

/** The sections we last described: §5.2.2's "current local description", or the pending one in have-local-offer. */
function localSections(state: NegotiationState): readonly SectionView[] {
  const description = state.pendingLocalDescription ?? state.currentLocalDescription;
  if (description === undefined) return [];
  const views = viewsWithin(state, "local", description);
  const agreed = state.pendingLocalDescription === undefined ? finalPair(state)?.answer : undefined;
  return views.map((view) => {
    const off = view.rejected || agreed?.[view.index]?.rejected === true;
    const ice = transportSection(view, views, description.type).ice;
    return { ...view, rejected: off, ...(ice && { ice }) };
  });
}

/** §5.2.1, §5.2.2: the order and number of m= sections never shrinks; rejected ones may be used again, under a new mid. */
function planSections(state: NegotiationState, local: LocalSessionParameters, old: readonly SectionView[]): Plan[] {
  const plans: Plan[] = old.map((view) =>
    !view.rejected && view.data !== undefined ? { action: "data", mid: view.mid, old: view } : { action: "keep-off", old: view },
  );
  if (!local.dataChannels || plans.some((plan) => plan.action === "data")) return plans;
  const plan: Plan = { action: "data", mid: unusedMid(state, old), old: undefined };
  // INTEROP: Firefox 153 refuses an m= line that turns from media into application, so only a data section's place is used for data again.
  const reusable = plans.findIndex((one) => one.action === "keep-off" && one.old.media.kind === "application");
  if (reusable >= 0) return plans.with(reusable, plan);
  return [...plans, plan];
}

/** §5.2.2: the group of the last answer as far as it lives, and all that is new. Without an answer: everything. */
function bundledMids(state: NegotiationState, live: readonly string[]): readonly string[] {
  const answer = finalPair(state)?.answer;
  if (answer === undefined) return live;
  return live.filter((mid) => {
    const agreed = answer.find((view) => view.mid === mid && !view.rejected);
    return agreed === undefined || agreed.bundle !== undefined;
  });
}

/** §5.2.1: a counter, so that nothing about the user shows; past every mid in effect, those included that no text states because the peer gave none. */
function unusedMid(state: NegotiationState, old: readonly SectionView[]): string {
  const pair = finalPair(state);
  const used = new Set([...old, ...(pair?.offer ?? []), ...(pair?.answer ?? [])].map((view) => view.mid));
  let number = 0;
  while (used.has(String(number))) number += 1;
  return String(number);
}
