/** Which codecs an answer takes of an offer (RFC 9429 §5.3.1, RFC 3264 §6.1), and what both sides may then send (§5.11). */
import { codecIdentity, isMuxablePayloadType, isPrimary, isRed, isRtx, redundantPayloadTypes } from "./codec.ts";
import { answeredParameters } from "./codec-parameters.ts";
import type { MediaCapabilities, NegotiatedCodec, RtpCodec } from "./media-types.ts";
import { answeredFeedback } from "./stream-feedback.ts";

/** A codec as capabilities list it. */
export type CodecCapability = MediaCapabilities["codecs"][number];

/** What a transceiver takes, in order: its preferences as far as they are capabilities, or all capabilities. */
export function wantedCodecs(capabilities: MediaCapabilities | undefined, preferences: readonly RtpCodec[]): readonly CodecCapability[] {
  const capable = new Map<string, CodecCapability>();
  for (const codec of capabilities?.codecs ?? []) {
    const identity = codecIdentity(codec);
    if (!capable.has(identity)) capable.set(identity, codec);
  }
  if (preferences.length === 0) return [...capable.values()];
  return [...new Set(preferences.map(codecIdentity))].flatMap((identity) => capable.get(identity) ?? []);
}

/**
 * The codecs of an answer, with the offer's payload types: those offered that are wanted, in the offer's order, or in ours when the application has stated
 * preferences. Empty when nothing that carries media is left.
 */
export function answeredCodecs(
  offered: readonly NegotiatedCodec[],
  wanted: readonly CodecCapability[],
  preferOurs: boolean,
  acceptedFeedback: readonly string[] = [],
): readonly NegotiatedCodec[] {
  const wantedBy = new Map(wanted.map((codec, rank) => [codecIdentity(codec), { codec, rank }]));
  const accepted = new Map<number, { readonly answer: NegotiatedCodec; readonly rank: number }>();
  const taken = new Set<string>();
  const accept = (offer: NegotiatedCodec, identity: string, fmtp: string | undefined, rank: number, codec: CodecCapability): void => {
    taken.add(identity);
    const { clockRate, channels, payloadType, repairs } = offer;
    const rtcpFeedback = answeredFeedback(offer.rtcpFeedback, [...codec.rtcpFeedback, ...acceptedFeedback]);
    const answer = {
      mimeType: codec.mimeType, // as we spell it
      clockRate,
      ...(channels !== undefined && { channels }),
      ...(fmtp !== undefined && { sdpFmtpLine: fmtp }),
      payloadType,
      rtcpFeedback,
      ...(repairs !== undefined && { repairs }),
    };
    accepted.set(payloadType, { answer, rank });
  };
  const usable = offered.filter((offer) => isMuxablePayloadType(offer.payloadType));
  for (const offer of usable) {
    const identity = codecIdentity(offer);
    const match = isRtx(offer.mimeType) || isRed(offer.mimeType) ? undefined : wantedBy.get(identity);
    if (match !== undefined && !taken.has(identity)) {
      accept(offer, identity, answeredParameters(match.codec, offer), match.rank, match.codec);
    }
  }
  if (![...accepted.values()].some(({ answer }) => isPrimary(answer))) return [];
  for (const offer of usable) {
    const identity = codecIdentity(offer);
    const match = isRed(offer.mimeType) ? wantedBy.get(identity) : undefined;
    if (match === undefined || taken.has(identity)) continue;
    // RFC 2198 §5: what it carries must have been accepted too.
    if (redundantPayloadTypes(offer).every((one) => accepted.has(one))) {
      accept(offer, identity, offer.sdpFmtpLine, match.rank, match.codec);
    }
  }
  for (const offer of usable) {
    const match = isRtx(offer.mimeType) ? wantedBy.get(codecIdentity(offer)) : undefined;
    const repaired = offer.repairs === undefined ? undefined : accepted.get(offer.repairs);
    const identity = `rtx ${offer.repairs}`;
    // RFC 4588 §8.6: for a codec that was accepted, with its clock rate.
    if (match === undefined || repaired === undefined || taken.has(identity) || isRtx(repaired.answer.mimeType)) continue;
    if (repaired.answer.clockRate !== offer.clockRate) continue;
    accept(offer, identity, `apt=${offer.repairs}`, repaired.rank, match.codec);
  }
  const answers = offered.flatMap((offer) => {
    const one = accepted.get(offer.payloadType);
    return one === undefined ? [] : [one];
  });
  return (preferOurs ? answers.toSorted(byRank) : answers).map(({ answer }) => answer);
}

/** Codecs that both descriptions of a section have, from either side's view. */
export interface AgreedCodecs {
  /** With the peer's payload types and parameters, in the peer's order. */
  readonly send: readonly NegotiatedCodec[];
  /** With ours, in our order. */
  readonly receive: readonly NegotiatedCodec[];
}

/** What the two descriptions have in common. Payload types may differ (RFC 3264 §5.1), though those who bundle hardly let them. */
export function agreedCodecs(ours: readonly NegotiatedCodec[], theirs: readonly NegotiatedCodec[]): AgreedCodecs {
  const mineOf = new Map<number, NegotiatedCodec>(); // by their payload type
  const theirsOf = new Map<number, NegotiatedCodec>(); // by ours
  const match = (their: NegotiatedCodec, fits: (our: NegotiatedCodec) => boolean): void => {
    const free = ours.filter((our) => !theirsOf.has(our.payloadType) && fits(our));
    const our = free.find((one) => one.payloadType === their.payloadType) ?? free[0];
    if (our === undefined) return;
    const rtcpFeedback = our.rtcpFeedback.filter((one) => their.rtcpFeedback.includes(one));
    mineOf.set(their.payloadType, { ...our, rtcpFeedback });
    theirsOf.set(our.payloadType, { ...their, mimeType: our.mimeType, rtcpFeedback });
  };
  const usable = theirs.filter((their) => isMuxablePayloadType(their.payloadType));
  for (const their of usable) {
    if (isRtx(their.mimeType)) continue;
    const identity = codecIdentity(their);
    match(their, (our) => !isRtx(our.mimeType) && codecIdentity(our) === identity);
  }
  for (const their of usable) {
    const repaired = isRtx(their.mimeType) && their.repairs !== undefined ? mineOf.get(their.repairs) : undefined;
    if (repaired === undefined) continue;
    match(their, (our) => isRtx(our.mimeType) && our.repairs === repaired.payloadType && our.clockRate === their.clockRate);
  }
  return {
    send: theirs.filter((their) => mineOf.has(their.payloadType)).map((their) => theirsOf.get(mineOf.get(their.payloadType)!.payloadType)!),
    receive: ours.filter((our) => theirsOf.has(our.payloadType)).map((our) => mineOf.get(theirsOf.get(our.payloadType)!.payloadType)!),
  };
}

function byRank(a: { readonly rank: number }, b: { readonly rank: number }): number {
  return a.rank - b.rank;
}
