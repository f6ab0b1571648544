/** createAnswer (RFC 9429 §5.3). */
import type { MediaDescription } from "@purertc/sdp";
import { dataSection, finishDescription, freshCredentials, rejectedSection, type TransportLines } from "./generate.ts";
import { type SectionView, transportSection, usesDtls } from "./section-view.ts";
import { agreedPair, viewsWithin } from "./state.ts";
import { localSectionByMid, remoteSectionByMid, sameIdentity } from "./transports.ts";
import {
  type BundlePolicy,
  type CreatedDescription,
  type IceParameters,
  JsepFailure,
  type LocalSessionParameters,
  type NegotiationState,
} from "./types.ts";

/** An answer to the pending remote offer. The same state gives the same text. */
export function createAnswer(state: NegotiationState, local: LocalSessionParameters): CreatedDescription | JsepFailure {
  const offer = state.pendingRemoteDescription;
  if ((state.signalingState !== "have-remote-offer" && state.signalingState !== "have-local-pranswer") || offer === undefined) {
    return new JsepFailure("InvalidStateError", `createAnswer in signaling state "${state.signalingState}"`);
  }
  const views = viewsWithin(state, "remote", offer);
  const accepted = views.find((view) => isAcceptable(view, views, local.bundlePolicy));
  const fresh = new Map(state.freshCredentials);
  const media = views.map((view): MediaDescription => {
    const mid = view.midStated ? view.mid : undefined; // §5.3.1: if and only if present in the offer
    if (view !== accepted) return rejectedSection(view.media, mid);
    return dataSection(local, {
      protocol: view.media.protocol,
      formats: view.media.formats,
      ...(mid !== undefined && { mid }),
      legacy: view.data?.legacy === true,
      transport: answerTransport(state, local, view, views, fresh),
    });
  });
  // §5.3.1: every offered group, with the mids that live. One whose sections are all rejected is left out (RFC 9143 §7.3.1).
  const bundles = accepted?.bundle === undefined ? [] : [[accepted.mid]];
  return finishDescription(state, "answer", media, bundles, fresh);
}

/** Whether an offered section can be accepted: a data section with a transport we can speak to, where the bundle policy allows one. */
function isAcceptable(view: SectionView, views: readonly SectionView[], policy: BundlePolicy): boolean {
  if (view.rejected || view.data === undefined || !usesDtls(view.media)) return false;
  if (view.data.port === 0) return false; // RFC 8841 §10.3
  // DEVIATION from RFC 9429 §5.3.1, which rejects a whole group with its tag: RFC 9143 §7.3.1 makes the next section of the group the tag. It must
  // then have a transport of its own, which a bundle-only section has not.
  if (transportSection(view, views, "offer") !== view || view.ice === undefined) return false;
  const first = policy === "max-bundle" ? views[0] : views.find((one) => policy === "balanced" && one.media.kind === view.media.kind);
  return first === undefined || first === view || (view.bundle !== undefined && view.bundle === first.bundle);
}

/** §5.3.2: what lives on stays as it is; an ICE restart gets new credentials, a new DTLS association a new role. */
function answerTransport(
  state: NegotiationState,
  local: LocalSessionParameters,
  offered: SectionView,
  views: readonly SectionView[],
  fresh: Map<string, IceParameters>,
): TransportLines {
  const described = transportSection(offered, views, "offer");
  const pair = agreedPair(state);
  const ours = pair === undefined ? undefined : localSectionByMid(pair, offered.mid);
  const theirs = pair === undefined ? undefined : remoteSectionByMid(pair, offered.mid);
  const continued =
    theirs?.ice?.usernameFragment === described.ice?.usernameFragment && theirs?.ice?.password === described.ice?.password
      ? ours
      : undefined;
  const role = theirs !== undefined && sameIdentity(theirs, described) ? state.established.get(offered.mid)?.dtlsRole : undefined;
  return {
    ice: continued?.ice ?? freshCredentials(fresh, offered.mid, local.random),
    ...(continued && { gathered: continued.media }),
    // §5.3.1: active when we may choose (RFC 8842 §5.3).
    setup: role === "server" || (role === undefined && described.setup === "active") ? "passive" : "active",
    trickle: described.iceOptions.includes("trickle"),
  };
}
