/** Which sections of an offer an answer accepts (RFC 9429 §5.3.1), and how it bundles them (RFC 9143 §7.3). */
import { describedCodecs } from "./codec.ts";
import { answeredCodecs, wantedCodecs } from "./codec-agreement.ts";
import type { LocalTransceiver, NegotiatedCodec } from "./media-types.ts";
import { type BundleView, multiplexesRtcp, type SectionView, transportSection, usesDtls, usesDtlsSrtp } from "./section-view.ts";
import { transceiversByMid } from "./transceiver-sections.ts";
import type { BundlePolicy, LocalSessionParameters, NegotiationState } from "./types.ts";

/** An accepted section. */
export type Acceptance =
  | { readonly kind: "data" }
  | { readonly kind: "media"; readonly transceiver: LocalTransceiver; readonly codecs: readonly NegotiatedCodec[] };

/** What of an offer is accepted: by m= line index; and the groups of the answer, the tag first. */
export interface AcceptedSections {
  readonly accepted: ReadonlyMap<number, Acceptance>;
  readonly groups: readonly (readonly SectionView[])[];
}

/** Decides about every section. */
export function acceptedSections(state: NegotiationState, local: LocalSessionParameters, views: readonly SectionView[]): AcceptedSections {
  const accepted = new Map<number, Acceptance>();
  const transceivers = transceiversByMid(local.transceivers ?? []);
  const firsts = firstSections(views, local.bundlePolicy);
  for (const view of views) {
    if (!isAllowed(view, firsts)) continue;
    const acceptance =
      view.data === undefined ? mediaAcceptance(view, views, transceivers.get(view.mid), local) : dataAcceptance(view, accepted);
    if (acceptance !== undefined) accepted.set(view.index, acceptance);
  }
  const groups = answeredGroups(state, views, accepted);
  const grouped = new Set(groups.flat());
  // What no group of the answer has needs a transport that the offer describes.
  for (const view of views) {
    const hasTransport = view.ice !== undefined && !view.bundleOnly && transportSection(view, views, "offer") === view;
    if (!grouped.has(view) && (view.bundle !== undefined || !hasTransport)) accepted.delete(view.index);
  }
  return { accepted, groups };
}

/**
 * §5.3.1: the section that each must be bundled with by our bundle policy: the first, or the first of its kind. Sections that the offer has off do not
 * count, or nothing could live on after the first transceiver of a kind was stopped.
 */
function firstSections(views: readonly SectionView[], policy: BundlePolicy): (view: SectionView) => SectionView | undefined {
  if (policy === "max-compat") return () => undefined;
  const live = views.filter((view) => !view.rejected);
  if (policy === "max-bundle") return () => live[0];
  const byKind = new Map<string, SectionView>();
  for (const view of live) if (!byKind.has(view.media.kind)) byKind.set(view.media.kind, view);
  return (view) => byKind.get(view.media.kind);
}

function isAllowed(view: SectionView, firstOf: (view: SectionView) => SectionView | undefined): boolean {
  if (view.rejected || !usesDtls(view)) return false;
  const first = firstOf(view);
  return first === undefined || first === view || (view.bundle !== undefined && view.bundle === first.bundle);
}

/** The first data section, unless it wants no association (RFC 8841 §10.3). */
function dataAcceptance(view: SectionView, accepted: ReadonlyMap<number, Acceptance>): Acceptance | undefined {
  const isSecond = [...accepted.values()].some(({ kind }) => kind === "data");
  return view.data === undefined || view.data.port === 0 || isSecond ? undefined : { kind: "data" };
}

/**
 * A section whose transceiver is not stopped, that multiplexes RTCP, and that has a codec in common with us. One that is stopping is accepted, and inactive
 * (webrtc-pc, RTCRtpTransceiver.stop: it "will not affect createAnswer"): a rejected section would take down a bundle of which it is the tag. Negotiation
 * stays needed, and our own offer then ends the section.
 */
function mediaAcceptance(
  view: SectionView,
  views: readonly SectionView[],
  transceiver: LocalTransceiver | undefined,
  local: LocalSessionParameters,
): Acceptance | undefined {
  if (transceiver === undefined || transceiver.stopped) return undefined;
  if (view.mediaKind === undefined || transceiver.kind !== view.mediaKind) return undefined;
  if (!usesDtlsSrtp(view) || !multiplexesRtcp(view, views, "offer")) return undefined;
  const { codecPreferences } = transceiver;
  const capabilities = local.capabilities?.[view.mediaKind];
  const wanted = wantedCodecs(capabilities, codecPreferences);
  const codecs = answeredCodecs(describedCodecs(view.media), wanted, codecPreferences.length > 0, capabilities?.acceptedFeedback);
  return codecs.length === 0 ? undefined : { kind: "media", transceiver, codecs };
}

/** The offered groups as far as they are accepted, in the offer's order but for the tag. */
function answeredGroups(
  state: NegotiationState,
  views: readonly SectionView[],
  accepted: ReadonlyMap<number, Acceptance>,
): readonly (readonly SectionView[])[] {
  const byMid = new Map(views.map((view) => [view.mid, view]));
  const bundles = new Set(views.flatMap((view): readonly BundleView[] => (view.bundle === undefined ? [] : [view.bundle])));
  return [...bundles].flatMap((bundle) => {
    const members = [...new Set(bundle.mids)].flatMap((mid) => {
      const view = byMid.get(mid);
      return view !== undefined && view.bundle === bundle && accepted.has(view.index) ? [view] : [];
    });
    // DEVIATION from RFC 9429 §5.3.1, which rejects a whole group with its tag: RFC 9143 §7.3.1 makes the next section of the group the tag. It must
    // then have a transport: its own, or one that was agreed on before.
    const tag =
      members.find((view) => transportSection(view, views, "offer") === view && view.ice !== undefined) ??
      members.find((view) => state.established.has(view.mid));
    return tag === undefined ? [] : [[tag, ...members.filter((view) => view !== tag)]];
  });
}
