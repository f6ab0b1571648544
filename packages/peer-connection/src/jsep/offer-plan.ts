/** Which sections an offer has, in which order, and what each is for (RFC 9429 §5.2.1, §5.2.2). */
import type { LocalTransceiver } from "./media-types.ts";
import { type SectionView, transportSection } from "./section-view.ts";
import { finalPair, viewsWithin } from "./state.ts";
import { transceiversByMid } from "./transceiver-sections.ts";
import { localSectionByMid } from "./transports.ts";
import type { IceParameters, LocalSessionParameters, NegotiationState } from "./types.ts";

/** A section as our last description has it. */
export interface OldSection {
  readonly view: SectionView;
  /** Off in that description, or in the answer to it. */
  readonly rejected: boolean;
  /** Our side of the transport that carries it, and the section that describes that. */
  readonly ice?: IceParameters;
  readonly home: SectionView;
  /** RFC 9143: it was answered as part of a bundle. */
  readonly bundled: boolean;
  /** A final answer was given to it. */
  readonly answered: boolean;
}

/** A section of the offer being made, before its text. `old` is what it continues. */
export type OfferPlan =
  | { readonly action: "off"; readonly old: OldSection }
  | { readonly action: "data"; readonly mid: string; readonly old: OldSection | undefined }
  | { readonly action: "media"; readonly mid: string; readonly old: OldSection | undefined; readonly transceiver: LocalTransceiver };

/** A section that the offer has for use. */
export type LivePlan = Exclude<OfferPlan, { readonly action: "off" }>;

/** The sections of the next offer: those there are, used or off, then what is new, in places that have become free first. */
export function planOffer(state: NegotiationState, local: LocalSessionParameters): readonly OfferPlan[] {
  const old = oldSections(state);
  const transceivers = local.transceivers ?? [];
  const byMid = transceiversByMid(transceivers);
  const plans = old.map((section): OfferPlan => {
    const { view, rejected } = section;
    if (!rejected && view.data !== undefined) return { action: "data", mid: view.mid, old: section };
    const transceiver = rejected || view.mediaKind === undefined ? undefined : byMid.get(view.mid);
    if (transceiver === undefined || transceiver.kind !== view.mediaKind || isEnding(transceiver)) return { action: "off", old: section };
    return { action: "media", mid: view.mid, old: section, transceiver };
  });
  const nextMid = unusedMids(state, old);
  for (const transceiver of transceivers) {
    if (transceiver.mid !== undefined || isEnding(transceiver)) continue;
    place(plans, { action: "media", mid: nextMid(), old: undefined, transceiver }, reusable(state, plans, transceiver));
  }
  if (local.dataChannels && !plans.some(({ action }) => action === "data")) {
    // INTEROP: Firefox 153 refuses an m= line that turns from media into application, so only a data section's place is used for data again.
    const at = plans.findIndex((plan) => plan.action === "off" && plan.old.view.media.kind === "application");
    place(plans, { action: "data", mid: nextMid(), old: undefined }, at);
  }
  return plans;
}

function isEnding(transceiver: LocalTransceiver): boolean {
  return transceiver.stopping || transceiver.stopped;
}

function place(plans: OfferPlan[], plan: OfferPlan, at: number): void {
  if (at < 0) plans.push(plan);
  else plans[at] = plan;
}

/**
 * §5.2.2: a place that either current description has off must be used again; -1 when there is none. One after the first section that lives is taken
 * rather than one before it, which would make the new section the bundle's tag and give the bundle a new transport; then one of the same kind.
 */
function reusable(state: NegotiationState, plans: readonly OfferPlan[], transceiver: LocalTransceiver): number {
  const pair = finalPair(state);
  const firstLive = plans.findIndex(({ action }) => action !== "off");
  const rank = (plan: OfferPlan, index: number): number => {
    const isFree = plan.action === "off" && (pair?.answer[index]?.rejected === true || pair?.offer[index]?.rejected === true);
    if (!isFree || plan.old.view.mediaKind === undefined) return 0;
    return 1 + (index > firstLive ? 2 : 0) + (plan.old.view.mediaKind === transceiver.kind ? 1 : 0);
  };
  const ranks = plans.map(rank);
  const best = Math.max(0, ...ranks);
  return best === 0 ? -1 : ranks.indexOf(best);
}

/** The sections we last described: §5.2.2's "current local description", or the pending one in have-local-offer. */
function oldSections(state: NegotiationState): readonly OldSection[] {
  const pending = state.pendingLocalDescription;
  const description = pending ?? state.currentLocalDescription;
  if (description === undefined) return [];
  const views = viewsWithin(state, "local", description);
  const pair = finalPair(state);
  return views.map((view) => {
    const agreed = pair?.answer[view.index];
    const answered = agreed?.mid === view.mid && !agreed.rejected;
    const offered = transportSection(view, views, description.type);
    const home = pending === undefined && pair !== undefined ? (localSectionByMid(pair, view.mid) ?? offered) : offered;
    return {
      view,
      rejected: view.rejected || (pending === undefined && agreed?.rejected === true),
      ...(home.ice && { ice: home.ice }),
      home,
      bundled: answered && agreed.bundle !== undefined,
      answered,
    };
  });
}

/** §5.2.1: a counter, so that nothing about the user shows; past every mid in effect, those included that no text states because the peer gave none. */
function unusedMids(state: NegotiationState, old: readonly OldSection[]): () => string {
  const pair = finalPair(state);
  const used = new Set([...old.map(({ view }) => view), ...(pair?.offer ?? []), ...(pair?.answer ?? [])].map(({ mid }) => mid));
  let number = 0;
  return () => {
    while (used.has(String(number))) number += 1;
    return String(number++);
  };
}
