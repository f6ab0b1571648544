/** What a description must be by itself, whatever came before (RFC 9429 §5.8.3). Failures are InvalidAccessError (webrtc-pc §4.4.1.5). */
import type { SessionDescription } from "@purertc/sdp";
import { firstFailure, refuse } from "./section-failure.ts";
import { type SectionView, transportSection, usesDtls } from "./section-view.ts";
import { JsepFailure, type LocalSessionParameters } from "./types.ts";
import { verifyMediaSections } from "./verify-media.ts";

/** The first thing wrong with a description, or undefined. */
export function verifyDescription(
  description: SessionDescription,
  views: readonly SectionView[],
  type: "offer" | "pranswer" | "answer",
  local: LocalSessionParameters,
): JsepFailure | undefined {
  return (
    verifyMids(views) ??
    verifyBundles(description, views, type) ??
    firstFailure(views, (view) => verifySection(view, views, type)) ??
    verifyMediaSections(views, type, local)
  );
}

/** RFC 5888 §4: unique in the description. */
function verifyMids(views: readonly SectionView[]): JsepFailure | undefined {
  const seen = new Set<string>();
  return firstFailure(views, (view) => {
    if (seen.has(view.mid)) return refuse(view, "another section has the same a=mid");
    seen.add(view.mid);
    return undefined;
  });
}

/** RFC 9143 §7: a mid is in at most one group; groups name existing sections. */
function verifyBundles(
  description: SessionDescription,
  views: readonly SectionView[],
  type: "offer" | "pranswer" | "answer",
): JsepFailure | undefined {
  const byMid = new Map(views.map((view) => [view.mid, view]));
  const grouped = new Set<string>();
  for (const group of description.groups) {
    if (group.semantics !== "BUNDLE") continue;
    for (const mid of group.mids) {
      const view = byMid.get(mid);
      if (view === undefined)
        return new JsepFailure("InvalidAccessError", `a=group:BUNDLE names "${mid}", which no section has as its a=mid`);
      if (grouped.has(mid)) return refuse(view, "it is in two BUNDLE groups");
      if (type !== "offer" && view.rejected) return refuse(view, "it is rejected and yet in a BUNDLE group"); // RFC 9143 §7.3.3
      grouped.add(mid);
    }
  }
  return undefined;
}

function verifySection(view: SectionView, views: readonly SectionView[], type: "offer" | "pranswer" | "answer"): JsepFailure | undefined {
  const { media } = view;
  if (media.rtcpMuxOnly && !media.rtcpMux) return refuse(view, "a=rtcp-mux-only without a=rtcp-mux"); // RFC 8858 §3
  if (view.rejected || !usesDtls(view)) return undefined;
  if (view.bundleOnly && type !== "offer") return refuse(view, "a=bundle-only belongs into offers only"); // RFC 9143 §6
  if (view.bundleOnly && view.bundle === undefined) return refuse(view, "a=bundle-only without a BUNDLE group");
  const described = transportSection(view, views, type);
  if (described !== view) return undefined; // verified with its tag
  if (view.ice === undefined) return refuse(view, "it has no ice-ufrag and ice-pwd");
  if (view.fingerprints.length === 0) return refuse(view, "it has no fingerprint");
  if (view.setup === undefined) return refuse(view, "it has no setup attribute");
  if (view.setup === "holdconn") return refuse(view, "a=setup:holdconn asks for no connection"); // RFC 8842 §5.1
  return undefined;
}
