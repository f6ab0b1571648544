/** setLocalDescription and setRemoteDescription (RFC 9429 §5.5, §5.6; webrtc-pc §4.4.1.5): may it be applied, and what follows when it is. */
import { parseSdp, SdpMalformed } from "@purertc/sdp";
import { AppliedDescription } from "./applied-description.ts";
import { describedCodecs } from "./codec.ts";
import { rememberedExtensionIds } from "./header-extensions.ts";
import type { LocalTransceiver } from "./media-types.ts";
import { negotiatedMedia } from "./negotiated-media.ts";
import { rememberedPayloadTypes } from "./payload-types.ts";
import { type SectionView, transportSection } from "./section-view.ts";
import { agreedPair, localFragments, signalingStateAfter, viewsWithin, withDescription, withRollback } from "./state.ts";
import { sectionTransceivers } from "./transceiver-sections.ts";
import { dataOf, establish, transportsOf } from "./transports.ts";
import {
  JsepFailure,
  type LocalSessionParameters,
  type Negotiated,
  type NegotiatedSection,
  type NegotiatedTransport,
  type NegotiationState,
  type SdpType,
  type Side,
} from "./types.ts";
import { verifyDescription } from "./verify-description.ts";
import { verifyAnswer, verifyOffer } from "./verify-exchange.ts";

/**
 * Judges a description and, when it is good, applies it to a copy of the state. `sdp` is ignored for a rollback. Never throws.
 *
 * Failures, in the order they are looked for: InvalidModificationError (a local text other than the last created one), InvalidStateError, RTCError
 * (syntax, with its line), OperationError (more sections than we take), InvalidAccessError (content).
 */
export function checkDescription(
  state: NegotiationState,
  local: LocalSessionParameters,
  side: Side,
  type: SdpType,
  sdp: string,
): Negotiated | JsepFailure {
  // RFC 9429 §5.4 and webrtc-pc's setLocalDescription: what createOffer and createAnswer gave may not be altered.
  if (side === "local" && type !== "rollback" && sdp !== (type === "offer" ? state.lastCreatedOffer : state.lastCreatedAnswer)) {
    return new JsepFailure(
      "InvalidModificationError",
      `the ${type} is not what was last created; the text may not be altered before it is set`,
    );
  }
  if (signalingStateAfter(state.signalingState, side, type) === undefined) {
    return new JsepFailure("InvalidStateError", `a ${side} ${type} in signaling state "${state.signalingState}"`);
  }
  const before = transportsOf(state);
  if (type === "rollback") return negotiated({ type, side, next: withRollback(state), before, views: [], transceivers: new Map() });

  const parsed = parseSdp(sdp, side === "local" ? { maxLength: sdp.length, maxLines: sdp.length } : REMOTE_LIMITS);
  if (parsed instanceof SdpMalformed) {
    const about = parsed.about === "" ? "" : ` (${parsed.about})`;
    return new JsepFailure("RTCError", `SDP line ${parsed.line}${about}: ${parsed.reason}`, parsed.line);
  }
  if (parsed.media.length > MAX_SECTIONS) return new JsepFailure("OperationError", `more than ${MAX_SECTIONS} m= sections`);
  const description = new AppliedDescription(type, parsed, sdp);
  const views = viewsWithin(state, side, description);
  const failure =
    verifyDescription(parsed, views, type, local) ??
    (type === "offer" ? verifyOffer(state, side, views) : verifyAnswer(state, side, views));
  if (failure !== undefined) return failure;

  const transceivers = sectionTransceivers(state, local, side, type, views);
  let next = withDescription(state, side, description);
  if (side === "local") next = withAppliedCredentials(next, description, views);
  next = withNumbers(next, side, views);
  const pair = type === "offer" ? undefined : agreedPair(next);
  if (pair !== undefined) {
    const again = state.signalingState.endsWith("pranswer");
    next = { ...next, established: establish(pair, state.established, agreedPair(state), again) };
  }
  if (type === "answer") next = withReplacedCredentials(next);
  return negotiated({ type, side, next, before, views, transceivers });
}

/** Credentials that our applied description carries are no longer fresh: they are its own. */
function withAppliedCredentials(state: NegotiationState, description: AppliedDescription, views: readonly SectionView[]): NegotiationState {
  const applied = new Set(views.map((view) => transportSection(view, views, description.type).ice?.usernameFragment));
  const fresh = [...state.freshCredentials].filter(([, { usernameFragment }]) => !applied.has(usernameFragment));
  return { ...state, freshCredentials: new Map(fresh) };
}

/** Payload types of ours and extension ids of both keep their meaning (RFC 3264 §8.3.2, RFC 8285 §6). */
function withNumbers(state: NegotiationState, side: Side, views: readonly SectionView[]): NegotiationState {
  const sections = views.flatMap(({ media, mediaKind, rejected }) => (mediaKind === undefined || rejected ? [] : [media]));
  if (sections.length === 0) return state;
  return {
    ...state,
    ...(side === "local" && { payloadTypes: rememberedPayloadTypes(state.payloadTypes, sections.map(describedCodecs)) }),
    extensionIds: rememberedExtensionIds(state.extensionIds, side, sections),
  };
}

/** webrtc-pc §4.4.1.5: [[LocalIceCredentialsToReplace]] is emptied when none of them is in our new description. */
function withReplacedCredentials(state: NegotiationState): NegotiationState {
  const inUse = localFragments(state.currentLocalDescription);
  return state.credentialsToReplace.some((fragment) => inUse.includes(fragment)) ? state : { ...state, credentialsToReplace: [] };
}

function negotiated(init: {
  readonly type: SdpType;
  readonly side: Side;
  readonly next: NegotiationState;
  readonly before: readonly NegotiatedTransport[];
  readonly views: readonly SectionView[];
  readonly transceivers: ReadonlyMap<number, LocalTransceiver>;
}): Negotiated {
  const { type, side, next, before, views, transceivers } = init;
  const transports = transportsOf(next, before);
  const data = dataOf(next, transports);
  const sections = views.map((view) => section(view, transports));
  const media = negotiatedMedia(views, { side, type, pair: agreedPair(next), transports, transceivers });
  return { type, side, next, sections, transports, ...(data && { data }), media };
}

function section(view: SectionView, transports: readonly NegotiatedTransport[]): NegotiatedSection {
  const transport = view.rejected ? undefined : transports.find((one) => one.mids.includes(view.mid));
  const { index, mid, rejected } = view;
  return { index, mid, kind: view.media.kind, rejected, ...(transport && { transportId: transport.id }) };
}

/** What a peer may send; our own texts are what they are. Hundreds of sections as browsers write them, 5 kB each. */
const REMOTE_LIMITS = { maxLength: 4_194_304, maxLines: 100_000 };

/** Several times what the largest conferences offer; keeps the work that an offer can ask for small. */
const MAX_SECTIONS = 1024;
