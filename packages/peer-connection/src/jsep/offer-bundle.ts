/** How an offer bundles its sections (RFC 9429 §5.2.1, §5.2.2; RFC 9143 §7.2, §7.4): groups, and which sections have a transport of their own. */
import type { LivePlan } from "./offer-plan.ts";
import { finalPair } from "./state.ts";
import type { BundlePolicy, NegotiationState } from "./types.ts";

/** What a live section does for its transport. */
export type Bundling =
  /** It describes one: its group's, or its own until the answer bundles it. */
  | "own"
  /** It uses that of its group's tag, which the last answer agreed on. */
  | "shared"
  /** It has none but the group's. */
  | "bundle-only";

/** An offer's groups, and what becomes of each live section in them, by mid. */
export interface BundlePlan {
  /** The tag first. */
  readonly groups: readonly (readonly string[])[];
  readonly bundling: ReadonlyMap<string, Bundling>;
  /** The mid of the tag of the group that each grouped section is in. */
  readonly tags: ReadonlyMap<string, string>;
}

/** The groups of the last answer as far as they live, and all that is new in the first of them. Without an answer: everything in one. */
export function planBundles(state: NegotiationState, live: readonly LivePlan[], policy: BundlePolicy): BundlePlan {
  const groups = groupsOf(state, live);
  const tags = new Map(groups.flatMap((mids) => mids.map((mid) => [mid, mids[0]!] as const)));
  const kinds = new Set<string>();
  const bundling = new Map<string, Bundling>();
  const knowsBundle = finalPair(state)?.answer.some((view) => !view.rejected && view.bundle !== undefined) === true;
  for (const plan of live) {
    const kind = plan.action === "data" ? "application" : plan.transceiver.kind;
    const isFirst = !kinds.has(kind);
    kinds.add(kind);
    bundling.set(plan.mid, bundlingOf(plan, tags.get(plan.mid), policy, isFirst && !knowsBundle));
  }
  return { groups, bundling, tags };
}

/** `needed`: a peer that does not bundle could use nothing else of its kind. */
function bundlingOf(plan: LivePlan, tag: string | undefined, policy: BundlePolicy, needed: boolean): Bundling {
  if (tag === undefined || tag === plan.mid) return "own";
  const { old } = plan;
  if (old?.bundled) return "shared";
  // A section of our pending offer, or one that the answer left outside, goes on as it is.
  if (old !== undefined) return old.view.bundleOnly ? "bundle-only" : "own";
  // §4.1.1: "balanced" has a transport for the first section of each kind, in case the peer does not bundle; one that has bundled does.
  return policy === "max-compat" || (policy === "balanced" && needed) ? "own" : "bundle-only";
}

/**
 * The mids of each group: those of the last answer in its order, and what is new after them, or in the first place when its section comes before the tag's.
 * INTEROP: Chromium 156 answers with the mids in the order of the sections whatever the offer's was, and fails when the first is then another.
 */
function groupsOf(state: NegotiationState, live: readonly LivePlan[]): readonly (readonly string[])[] {
  const answer = finalPair(state)?.answer;
  if (answer === undefined) return live.length === 0 ? [] : [live.map(({ mid }) => mid)];
  const places = new Map(live.map(({ mid }, place) => [mid, place]));
  const groups = new Map<object, string[]>();
  for (const { mid, bundle, rejected } of answer) {
    if (rejected || bundle === undefined || !places.has(mid) || groups.has(bundle)) continue;
    groups.set(
      bundle,
      bundle.mids.filter((one) => places.has(one) && answer.some((view) => view.mid === one && view.bundle === bundle)),
    );
  }
  const agreed = new Set(answer.flatMap((view) => (view.rejected ? [] : [view.mid])));
  const added = live.flatMap(({ mid }) => (agreed.has(mid) ? [] : [mid]));
  const [first = [], ...others] = groups.values();
  const tagPlace = first[0] === undefined ? 0 : places.get(first[0])!;
  const isBefore = (mid: string): boolean => places.get(mid)! < tagPlace;
  const joined = [...added.filter(isBefore), ...first, ...added.filter((mid) => !isBefore(mid))];
  return [joined, ...others].filter((mids) => mids.length > 0);
}
