/** The negotiation state itself: where it begins, which transitions it allows, and what a rollback, a restart and a close do to it. */
import { type RandomSource, randomBytes } from "@purertc/core";
import type { AppliedDescription } from "./applied-description.ts";
import type { SectionView } from "./section-view.ts";
import type { NegotiationState, SdpType, Side, SignalingState } from "./types.ts";

/** A state in which nothing has happened. Takes 8 random bytes for the session id (RFC 9429 §5.2.1). */
export function newNegotiation(random: RandomSource): NegotiationState {
  let sessionId = 0n;
  for (const byte of randomBytes(random, 8)) sessionId = (sessionId << 8n) | BigInt(byte);
  return {
    signalingState: "stable",
    lastCreatedOffer: "",
    lastCreatedAnswer: "",
    // §5.2.1: below 2^63 - 1, so the highest bit is cleared; and never the excluded value itself.
    sessionId: String((sessionId & 0x7fff_ffff_ffff_ffffn) % 0x7fff_ffff_ffff_ffffn),
    sessionVersion: -1,
    lastGenerated: "",
    freshCredentials: new Map(),
    credentialsToReplace: [],
    established: new Map(),
    offeredTransceivers: new Map(),
    payloadTypes: new Map(),
    extensionIds: new Map(),
  };
}

/** restartIce() of webrtc-pc §4.4.2: every user name fragment of our descriptions is to be replaced. */
export function restartIce(state: NegotiationState): NegotiationState {
  const inUse = new Set<string>();
  for (const description of [state.currentLocalDescription, state.pendingLocalDescription]) {
    for (const fragment of localFragments(description)) inUse.add(fragment);
  }
  return { ...state, credentialsToReplace: [...inUse] };
}

/** close(): every later call fails with InvalidStateError. */
export function closeNegotiation(state: NegotiationState): NegotiationState {
  return { ...state, signalingState: "closed" };
}

/** The signaling state after a description of this side and type, or undefined when RFC 9429 §3.2 and webrtc-pc §4.4.1.5 forbid it now. */
export function signalingStateAfter(state: SignalingState, side: Side, type: SdpType): SignalingState | undefined {
  const mine = side === "local" ? "have-local" : "have-remote";
  const theirs = side === "local" ? "have-remote" : "have-local";
  switch (type) {
    case "offer":
      return state === "stable" || state === `${mine}-offer` ? `${mine}-offer` : undefined;
    case "pranswer":
      return state === `${theirs}-offer` || state === `${mine}-pranswer` ? `${mine}-pranswer` : undefined;
    case "answer":
      return state === `${theirs}-offer` || state === `${mine}-pranswer` ? "stable" : undefined;
    case "rollback":
      // webrtc-pc §4.4.1.5: provisional answers cannot be rolled back, although RFC 9429 §5.7 would.
      return state === "have-local-offer" || state === "have-remote-offer" ? "stable" : undefined;
  }
}

/** The state with `description` applied and the signaling state moved on. `signalingStateAfter` has been asked. */
export function withDescription(state: NegotiationState, side: Side, description: AppliedDescription): NegotiationState {
  const signalingState = signalingStateAfter(state.signalingState, side, description.type);
  if (signalingState === undefined) return state;
  if (description.type !== "answer") {
    const pending = side === "local" ? { pendingLocalDescription: description } : { pendingRemoteDescription: description };
    return { ...state, signalingState, ...pending };
  }
  const offer = side === "local" ? state.pendingRemoteDescription : state.pendingLocalDescription;
  const { pendingLocalDescription: _local, pendingRemoteDescription: _remote, ...rest } = state;
  return {
    ...rest,
    signalingState,
    lastCreatedOffer: "",
    lastCreatedAnswer: "",
    ...currentPair(side === "local" ? description : offer, side === "local" ? offer : description),
  };
}

/** RFC 9429 §5.7: the pending descriptions are gone. Credentials that only they carried are not used again. */
export function withRollback(state: NegotiationState): NegotiationState {
  const { pendingLocalDescription: _local, pendingRemoteDescription: _remote, ...rest } = state;
  return { ...rest, signalingState: "stable", freshCredentials: new Map() };
}

/** An offer and the answer to it, as views. */
export interface AgreedPair {
  readonly offerSide: Side;
  readonly offer: readonly SectionView[];
  readonly answer: readonly SectionView[];
}

/**
 * RTCPeerConnection.canTrickleIceCandidates (RFC 9429 §4.1.17): whether the peer says `trickle`, in any section or for all; null while it has said
 * nothing.
 */
export function canTrickle(state: NegotiationState): boolean | null {
  const remote = (state.pendingRemoteDescription ?? state.currentRemoteDescription)?.parsed;
  if (remote === undefined) return null;
  return [remote, ...remote.media].some((section) => section.iceOptions.includes("trickle"));
}

/** What the last exchange agreed on: the provisional one when there is one, else the final one. */
export function agreedPair(state: NegotiationState): AgreedPair | undefined {
  return pairOf(state.pendingLocalDescription, state.pendingRemoteDescription) ?? finalPair(state);
}

/** What the last final answer agreed on. */
export function finalPair(state: NegotiationState): AgreedPair | undefined {
  return pairOf(state.currentLocalDescription, state.currentRemoteDescription);
}

/**
 * Views of a description that applies, or is about to apply, on top of `state`. Sections without a=mid keep the mid they have: an answer's come from
 * its offer, a re-offer's from the exchange before.
 */
export function viewsWithin(state: NegotiationState, side: Side, description: AppliedDescription): readonly SectionView[] {
  if (description.type !== "offer") {
    const offer = side === "local" ? state.pendingRemoteDescription : state.pendingLocalDescription;
    if (offer !== undefined) {
      const offerSide = side === "local" ? "remote" : "local";
      return description.views(midsOf(viewsWithin(state, offerSide, offer)));
    }
  }
  return description.views(midsOf(finalPair(state)?.answer ?? []));
}

function pairOf(local: AppliedDescription | undefined, remote: AppliedDescription | undefined): AgreedPair | undefined {
  if (local === undefined || remote === undefined) return undefined;
  const offerSide = local.type === "offer" ? "local" : "remote";
  const offer = (offerSide === "local" ? local : remote).views();
  const answer = (offerSide === "local" ? remote : local).views(midsOf(offer));
  return { offerSide, offer, answer };
}

function midsOf(views: readonly SectionView[]): readonly string[] {
  return views.map((view) => view.mid);
}

function currentPair(
  local: AppliedDescription | undefined,
  remote: AppliedDescription | undefined,
): Pick<NegotiationState, "currentLocalDescription" | "currentRemoteDescription"> {
  return { ...(local && { currentLocalDescription: local }), ...(remote && { currentRemoteDescription: remote }) };
}

/** The user name fragments in one of our descriptions. */
export function localFragments(description: AppliedDescription | undefined): readonly string[] {
  return (description?.parsed.media ?? []).flatMap((media) => media.iceUfrag ?? []);
}
