/** createOffer (RFC 9429 §5.2). */
import type { MediaDescription } from "@purertc/sdp";
import { codecIdentity, describedCodecs } from "./codec.ts";
import { type CodecCapability, wantedCodecs } from "./codec-agreement.ts";
import { isSending } from "./direction.ts";
import { dataSection, finishDescription, freshCredentials, rejectedSection, type SectionPlace, sharedPlace } from "./generate.ts";
import { ExtensionIdChoice, type KnownExtensionIds, lastingExtensionIds, offeredExtensions } from "./header-extensions.ts";
import { mediaSection, NO_FORMATS } from "./media-section.ts";
import { planBundles } from "./offer-bundle.ts";
import { type LivePlan, type OfferPlan, type OldSection, planOffer } from "./offer-plan.ts";
import { type KnownPayloadTypes, PayloadTypeChoice, payloadTypesOf } from "./payload-types.ts";
import { allowsCryptex } from "./section-view.ts";
import { offeredSimulcast } from "./simulcast.ts";
import { finalPair } from "./state.ts";
import { hasStreamFeedback, STREAM_FEEDBACK } from "./stream-feedback.ts";
import { type CreatedDescription, type IceParameters, JsepFailure, type LocalSessionParameters, type NegotiationState } from "./types.ts";

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
  const plans = planOffer(state, local);
  const reportsStreams = hasStreamFeedback(state);
  const offered = plans.map((plan) => {
    const wanted = plan.action === "media" ? wantedOf(plan, local) : [];
    return reportsStreams
      ? wanted.map((codec) => ({ ...codec, rtcpFeedback: [...new Set([...codec.rtcpFeedback, STREAM_FEEDBACK])] }))
      : wanted;
  });
  // §5.2.1: a transceiver for which there is no codec has a section all the same, which is off.
  const live = plans.flatMap((plan, index) => (plan.action === "data" || offered[index]!.length > 0 ? [plan as LivePlan] : []));
  const bundles = planBundles(state, live, local.bundlePolicy);
  const fresh = new Map(state.freshCredentials);
  const places = placesOf(state, local, live, bundles, options.iceRestart === true, fresh);
  const sessions = rtpSessions(state, live, bundles.tags);
  const goesOnWithCryptex = hasCryptex(state);
  const media = plans.map((plan, index): MediaDescription => {
    const place = plan.action === "off" ? undefined : places.get(plan.mid);
    if (plan.action === "off") return rejectedSection(plan.old.view.media, plan.old.view.mid);
    if (plan.action === "data") return offeredData(local, plan, place ?? { bundleOnly: false });
    const { transceiver, mid, old } = plan;
    if (place === undefined) return rejectedSection({ kind: transceiver.kind, protocol: MEDIA_PROTOCOL, formats: NO_FORMATS }, mid);
    const { payloadTypes, extensionIds } = sessions.get(bundles.tags.get(mid) ?? mid)!;
    const simulcast = isSending(transceiver.direction) ? offeredSimulcast(transceiver.encodings) : { rids: [] };
    return mediaSection(local, {
      kind: transceiver.kind,
      // A section that began under an older profile's name keeps it.
      protocol: old?.view.media.protocol ?? MEDIA_PROTOCOL,
      mid,
      place,
      direction: transceiver.direction,
      codecs: payloadTypes.offered(offered[index]!, currentTypes(plan)),
      // DEVIATION from RFC 9429 §5.2.2, which has a re-offer repeat only the extensions of the last answer: as browsers do, all are offered again, since a
      // section that begins to send simulcast needs some that it did not before.
      extensions: offeredExtensions(local.capabilities?.[transceiver.kind], extensionIds, {
        encryption: local.headerExtensionEncryption ?? "accept",
        simulcast: simulcast.simulcast !== undefined,
        current: old && currentExtensionIds(state, old),
      }),
      allowsMixedExtensions: false,
      rtcp: !place.bundleOnly && old?.answered !== true,
      rtcpMuxOnly: (local.rtcpMuxPolicy ?? "require") === "require" && old?.answered !== true,
      rtcpReducedSize: true,
      cryptex: local.cryptex === "offer" || (local.cryptex !== "never" && goesOnWithCryptex),
      transceiver,
      simulcast,
    });
  });
  const hasMedia = live.some(({ action }) => action === "media");
  const created = finishDescription(state, "offer", media, bundles.groups, hasMedia, fresh);
  const offeredTransceivers = new Map(
    plans.flatMap((plan, index) => (plan.action === "media" ? [[index, plan.transceiver.id] as const] : [])),
  );
  return { ...created, next: { ...created.next, offeredTransceivers } };
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

function offeredData(local: LocalSessionParameters, plan: Extract<OfferPlan, { action: "data" }>, place: SectionPlace): MediaDescription {
  const old = plan.old?.view;
  const legacy = old?.data?.legacy === true;
  return dataSection(local, {
    // A section agreed on in the old form keeps it: an m= line's protocol never changes (RFC 8841 §10.5).
    protocol: legacy ? old.media.protocol : "UDP/DTLS/SCTP",
    formats: ["webrtc-datachannel"],
    mid: plan.mid,
    legacy,
    place,
  });
}

/** The codecs to offer: preferences, or all in the order that the section already has, new ones after (§5.2.2). */
function wantedOf(plan: Extract<OfferPlan, { action: "media" }>, local: LocalSessionParameters): readonly CodecCapability[] {
  const { transceiver, old } = plan;
  const wanted = wantedCodecs(local.capabilities?.[transceiver.kind], transceiver.codecPreferences);
  if (transceiver.codecPreferences.length > 0 || old === undefined) return wanted;
  const order = new Map<string, number>();
  for (const [rank, codec] of describedCodecs(old.view.media).entries()) {
    const identity = codecIdentity(codec);
    if (!order.has(identity)) order.set(identity, rank);
  }
  const rank = (codec: CodecCapability): number => order.get(codecIdentity(codec)) ?? order.size + 1000;
  return wanted.toSorted((a, b) => rank(a) - rank(b));
}

/** The numbers of one RTP session, which is a bundle, or a section outside any. */
interface RtpSession {
  readonly payloadTypes: PayloadTypeChoice;
  readonly extensionIds: ExtensionIdChoice;
}

/** The RTP sessions by the mid of the tag or of the only section, each knowing what its sections have already. */
function rtpSessions(
  state: NegotiationState,
  live: readonly LivePlan[],
  tags: ReadonlyMap<string, string>,
): ReadonlyMap<string, RtpSession> {
  const sessions = new Map<string, RtpSession>();
  for (const plan of live) {
    const tag = tags.get(plan.mid) ?? plan.mid;
    const session = sessions.get(tag) ?? {
      payloadTypes: new PayloadTypeChoice(state.payloadTypes),
      extensionIds: new ExtensionIdChoice(state.extensionIds),
    };
    sessions.set(tag, session);
    if (plan.action !== "media" || plan.old === undefined) continue;
    session.payloadTypes.keep(currentTypes(plan));
    session.extensionIds.keep(currentExtensionIds(state, plan.old));
  }
  return sessions;
}

/** RFC 9335 §4: whether the last answer agreed on it, so that an offer is to go on with it. */
function hasCryptex(state: NegotiationState): boolean {
  const pair = finalPair(state);
  if (pair === undefined) return false;
  return pair.answer.some((view) => {
    const offered = pair.offer[view.index];
    return (
      !view.rejected && offered !== undefined && allowsCryptex(view, pair.answer, "answer") && allowsCryptex(offered, pair.offer, "offer")
    );
  });
}

/** The identifiers of header extensions that a section has already. */
function currentExtensionIds(state: NegotiationState, { view }: OldSection): KnownExtensionIds {
  const pair = finalPair(state);
  const theirs = pair === undefined ? undefined : (pair.offerSide === "local" ? pair.answer : pair.offer)[view.index];
  return lastingExtensionIds(view.media, theirs?.mid === view.mid ? theirs.media : undefined, state.extensionIds);
}

/** The payload types that a section has already. */
function currentTypes({ old }: LivePlan): KnownPayloadTypes {
  return old === undefined ? new Map() : payloadTypesOf(describedCodecs(old.view.media));
}

/** The place of each live section. Those that share a transport come after the tag has been made. */
function placesOf(
  state: NegotiationState,
  local: LocalSessionParameters,
  live: readonly LivePlan[],
  { bundling, tags }: ReturnType<typeof planBundles>,
  iceRestart: boolean,
  fresh: Map<string, IceParameters>,
): ReadonlyMap<string, SectionPlace> {
  const places = new Map<string, SectionPlace>();
  for (const { mid, old } of live) {
    if (bundling.get(mid) !== "own") continue;
    // Another tag than the last answer's restarts ICE, for peers that make a new transport of it (see `continues`); a pending offer of the same did so already.
    const isPending = state.pendingLocalDescription !== undefined && (!state.established.has(mid) || old?.home.mid === mid);
    const begins = !isPending && state.established.get(mid)?.tag !== mid;
    const current = begins ? undefined : old?.ice;
    const replace = current === undefined || iceRestart || state.credentialsToReplace.includes(current.usernameFragment);
    // INTEROP: as in browsers all sections of a bundle have the same credentials; Firefox 153 takes others that change with the answer for half a restart.
    const bundled = old === undefined ? places.get(tags.get(mid) ?? mid)?.transport?.ice : undefined;
    const ice = replace ? (bundled ?? freshCredentials(fresh, mid, local.random)) : current;
    // §5.2.2: gathered candidates of the same generation are repeated.
    const gathered = replace ? undefined : old?.home.media;
    places.set(mid, { transport: { ice, ...(gathered && { gathered }), setup: "actpass", trickle: true }, bundleOnly: false });
  }
  for (const { mid } of live) {
    if (places.has(mid)) continue;
    places.set(mid, sharedPlace(places.get(tags.get(mid) ?? ""), bundling.get(mid) === "bundle-only"));
  }
  return places;
}

/** RFC 9429 §5.1.2. */
const MEDIA_PROTOCOL = "UDP/TLS/RTP/SAVPF";
