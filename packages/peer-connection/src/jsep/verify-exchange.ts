/** What a description must be given those before it (RFC 9429 §5.8.3, §5.10, §5.11; RFC 3264 §6, §8). Failures are InvalidAccessError. */
import { describedCodecs } from "./codec.ts";
import { agreedCodecs } from "./codec-agreement.ts";
import { firstFailure, refuse } from "./section-failure.ts";
import { isRtp, type SectionView, transportSection, usesDtlsSrtp } from "./section-view.ts";
import { type AgreedPair, finalPair, viewsWithin } from "./state.ts";
import { continues, localSectionByMid, remoteSectionByMid, sameIdentity } from "./transports.ts";
import { JsepFailure, type NegotiationState, type Side } from "./types.ts";

/** RFC 3264 §8: a re-offer keeps number, order, kind and mid of the sections, except where one is off and used again. */
export function verifyOffer(state: NegotiationState, side: Side, offer: readonly SectionView[]): JsepFailure | undefined {
  const pair = finalPair(state);
  if (pair === undefined) return undefined;
  if (offer.length < pair.answer.length) {
    return new JsepFailure("InvalidAccessError", `the offer has ${offer.length} m= sections, the session already ${pair.answer.length}`);
  }
  return firstFailure(offer, (view) => {
    const old = pair.answer[view.index];
    if (old === undefined || old.rejected || pair.offer[view.index]?.rejected) return undefined;
    if (old.media.kind !== view.media.kind) return refuse(view, `it was "${old.media.kind}" and cannot become "${view.media.kind}"`);
    if (old.mid !== view.mid) return refuse(view, `its mid was "${old.mid}"`);
    return side === "remote" && !view.rejected && continues(state.established, view, offer)
      ? verifyContinuation(state, pair, transportSection(view, offer, "offer"), view.mid)
      : undefined;
  });
}

/** RFC 3264 §6: an answer mirrors its offer, section by section. */
export function verifyAnswer(state: NegotiationState, side: Side, answer: readonly SectionView[]): JsepFailure | undefined {
  const offered = side === "local" ? state.pendingRemoteDescription : state.pendingLocalDescription;
  if (offered === undefined) return new JsepFailure("InvalidStateError", "there is no offer to answer");
  const offer = viewsWithin(state, side === "local" ? "remote" : "local", offered);
  if (answer.length !== offer.length) {
    return new JsepFailure("InvalidAccessError", `the answer has ${answer.length} m= sections, the offer ${offer.length}`);
  }
  return firstFailure(answer, (view) => {
    const asked = offer[view.index]!;
    if (view.media.kind !== asked.media.kind) return refuse(view, `it is "${view.media.kind}", the offer's "${asked.media.kind}"`);
    // RFC 9429 §5.1.3: the names of the RTP profiles say nothing; gateways answer with older ones.
    if (view.media.protocol !== asked.media.protocol && !(isRtp(view.media) && isRtp(asked.media)))
      return refuse(view, `its protocol is ${view.media.protocol}, the offer's ${asked.media.protocol}`);
    if (view.mid !== asked.mid) return refuse(view, `the offer's mid was "${asked.mid}"`);
    if (view.rejected) return undefined;
    if (asked.rejected) return refuse(view, "the offer had rejected it");
    if (view.mediaKind !== undefined) {
      if (usesDtlsSrtp(asked) && !usesDtlsSrtp(view)) return refuse(view, "it has no fingerprint");
      const common = agreedCodecs(describedCodecs(asked.media), describedCodecs(view.media));
      if (common.send.length === 0) return refuse(view, "it has no codec in common with the offer");
    }
    const tag = view.bundle?.tagIndex;
    if (tag !== undefined && (asked.bundle === undefined || offer[tag]?.bundle !== asked.bundle)) {
      return refuse(view, "its BUNDLE group holds sections that the offer had not grouped with it"); // RFC 9143 §7.3
    }
    if (asked.bundleOnly && view.bundle === undefined) return refuse(view, "it was offered bundle-only and is not in a BUNDLE group");
    const described = transportSection(view, answer, "answer");
    if (described !== view) return undefined;
    const setup = transportSection(asked, offer, "offer").setup;
    // RFC 4145 §4.1, RFC 8842 §5.3: active answers passive, and the other way round; actpass takes either, and is no answer.
    if (setup === view.setup) return refuse(view, `both sides say a=setup:${setup}`);
    return side === "remote" && continues(state.established, asked, offer)
      ? verifyRemoteAnswer(state, transportSection(asked, offer, "offer"), view)
      : undefined;
  });
}

/**
 * RFC 9429 §5.8.3: a DTLS association that goes on keeps its roles and is asked nothing else of; one that is replaced (new fingerprints or tls-id)
 * needs an ICE restart.
 */
function verifyContinuation(state: NegotiationState, pair: AgreedPair, described: SectionView, mid: string): JsepFailure | undefined {
  const old = remoteSectionByMid(pair, mid);
  if (old === undefined || described.ice === undefined) return undefined;
  if (!sameIdentity(old, described)) {
    return isRestart(old, described) ? undefined : refuse(described, "new fingerprints or tls-id need an ICE restart");
  }
  return conflictsWithRole(state, described, mid)
    ? refuse(described, `a=setup:${described.setup} does not fit the DTLS role it has`)
    : undefined;
}

/** RFC 9429 §5.10: remote credentials change with the answer if our offer was an ICE restart. */
function verifyRemoteAnswer(state: NegotiationState, asked: SectionView, view: SectionView): JsepFailure | undefined {
  const pair = finalPair(state);
  const theirs = pair === undefined ? undefined : remoteSectionByMid(pair, view.mid);
  const ours = pair === undefined ? undefined : localSectionByMid(pair, view.mid);
  if (pair === undefined || theirs === undefined || ours === undefined) return undefined;
  const weRestarted = isRestart(ours, asked);
  const theyRestarted = isRestart(theirs, view);
  // INTEROP: Chromium 156 restarts ICE with its answer when the offer before was a restart and was rolled back. Our credentials stay, so the new checks find
  // the same path.
  if (weRestarted && !theyRestarted) return refuse(view, "it keeps its ICE credentials although the offer restarts ICE");
  if (!weRestarted && !sameIdentity(theirs, view)) return refuse(view, "new fingerprints or tls-id need an ICE restart"); // §5.11
  // INTEROP: Firefox 153 answers an ICE restart with "active" whatever role it has, says so from then on, and keeps its role all the same: so an answer's
  // a=setup is not held against an association that goes on.
  return undefined;
}

/** RFC 8842 §5.5: a peer that is the DTLS server stays it, and the client the client. */
function conflictsWithRole(state: NegotiationState, described: SectionView, mid: string): boolean {
  const role = state.established.get(mid)?.dtlsRole;
  return (role === "client" && described.setup === "active") || (role === "server" && described.setup === "passive");
}

/** RFC 8839 §4.4.1.1.1. */
function isRestart(before: SectionView, now: SectionView): boolean {
  return before.ice?.usernameFragment !== now.ice?.usernameFragment || before.ice?.password !== now.ice?.password;
}
