/** What a description that was just applied means for each of its audio and video sections (RFC 9429 §5.9-5.11). */
import { describedCodecs } from "./codec.ts";
import { agreedCodecs } from "./codec-agreement.ts";
import { intersection, reversed } from "./direction.ts";
import { agreedExtensions } from "./header-extensions.ts";
import type { AgreedMedia, LocalTransceiver, NegotiatedMedia } from "./media-types.ts";
import { remoteStream } from "./remote-stream.ts";
import { allowsCryptex, multiplexesRtcp, reducesRtcp, type SectionView } from "./section-view.ts";
import { agreedSimulcast, requestedRids } from "./simulcast.ts";
import type { AgreedPair } from "./state.ts";
import type { NegotiatedTransport, SdpType, Side } from "./types.ts";

/** The description's own facts, and what is known around it. */
export interface MediaContext {
  readonly side: Side;
  readonly type: SdpType;
  /** The exchange in effect with the description applied. */
  readonly pair: AgreedPair | undefined;
  readonly transports: readonly NegotiatedTransport[];
  readonly transceivers: ReadonlyMap<number, LocalTransceiver>;
}

/** Every audio and video section, in order. Rejected ones that no transceiver has (any more) are nobody's and left out. */
export function negotiatedMedia(views: readonly SectionView[], context: MediaContext): readonly NegotiatedMedia[] {
  const transportIds = new Map(context.transports.flatMap(({ id, mids }) => mids.map((mid) => [mid, id] as const)));
  return views.flatMap((view): NegotiatedMedia[] => {
    const { index, mid, mediaKind, rejected } = view;
    const transceiver = context.transceivers.get(index)?.id;
    if (mediaKind === undefined || (rejected && transceiver === undefined)) return [];
    const transportId = rejected ? undefined : transportIds.get(mid);
    const agreed = context.type === "offer" ? undefined : agreedMedia(view, context.pair);
    const remote = remoteView(view, context);
    // webrtc-pc, addTransceiver: of audio one encoding at a time can be sent.
    const asks = context.side === "remote" && context.type === "offer" && mediaKind === "video";
    const requested = asks ? requestedRids(view.media) : [];
    return [
      {
        index,
        mid,
        kind: mediaKind,
        rejected,
        ...(transportId !== undefined && { transportId }),
        transceiver,
        direction: rejected ? "inactive" : context.side === "local" ? view.direction : reversed(view.direction),
        ...(agreed && { agreed }),
        ...(context.type === "offer" && { offeredCodecs: rejected ? [] : describedCodecs(view.media) }),
        ...(remote && { remote: remoteStream(remote.media) }),
        ...(requested.length > 0 && { requestedEncodings: requested.map(({ id, paused }) => ({ rid: id, active: !paused })) }),
      },
    ];
  });
}

/** The peer's description of the section: the one being applied, or the one in effect. */
function remoteView(view: SectionView, { side, pair }: MediaContext): SectionView | undefined {
  if (side === "remote") return view;
  const theirs = pair?.[pair.offerSide === "remote" ? "offer" : "answer"][view.index];
  return theirs?.mid === view.mid ? theirs : undefined;
}

/** What the answer settles for the section at the index of `view`. */
function agreedMedia(view: SectionView, pair: AgreedPair | undefined): AgreedMedia | undefined {
  const offer = pair?.offer[view.index];
  const answer = pair?.answer[view.index];
  if (pair === undefined || offer === undefined || answer === undefined) return undefined;
  const answerIsOurs = pair.offerSide === "remote";
  const [ours, theirs] = answerIsOurs ? [answer, offer] : [offer, answer];
  const answered = intersection(answer.direction, reversed(offer.direction));
  const live = !answer.rejected;
  const { send, receive } = live ? agreedCodecs(describedCodecs(ours.media), describedCodecs(theirs.media)) : NO_CODECS;
  const { ptime, maxptime } = theirs.media;
  return {
    direction: !live ? "inactive" : answerIsOurs ? answered : reversed(answered),
    sendCodecs: send,
    receiveCodecs: receive,
    headerExtensions: live ? agreedExtensions(offer.media.extmap, answer.media.extmap, answerIsOurs) : [],
    // Of a bundle's attributes of this kind the tag's count (RFC 9143 §7.1.3).
    rtcpMux: live && multiplexesRtcp(offer, pair.offer, "offer") && multiplexesRtcp(answer, pair.answer, "answer"),
    rtcpReducedSize: live && reducesRtcp(offer, pair.offer, "offer") && reducesRtcp(answer, pair.answer, "answer"),
    extmapAllowMixed: live && offer.allowsMixedExtensions && answer.allowsMixedExtensions,
    cryptex: live && allowsCryptex(offer, pair.offer, "offer") && allowsCryptex(answer, pair.answer, "answer"),
    ...(live ? agreedSimulcast(offer.media, answer.media, answerIsOurs) : { sendRids: [], pausedRids: [], receiveRids: [] }),
    ...(ptime !== undefined && { ptime }),
    ...(maxptime !== undefined && { maxptime }),
  };
}

const NO_CODECS = { send: [], receive: [] };
