/**
 * Payload types of offers: no two codecs of a bundle have the same (RFC 9143 §9.1: they share one RTP session), and a codec keeps the one it has from one
 * offer to the next (RFC 3264 §8.3.2), whoever chose it first.
 */
import { codecIdentity, isPrimary, isRed, isRtx, staticPayloadType } from "./codec.ts";
import type { CodecCapability } from "./codec-agreement.ts";
import type { NegotiatedCodec } from "./media-types.ts";

/** Payload types by {@link payloadTypeKey}, of every codec that a description of ours has named. */
export type KnownPayloadTypes = ReadonlyMap<string, number>;

/** Names what a payload type of ours stands for; for retransmissions, of what. `repaired` is the codec with the payload type `repairs`. */
function payloadTypeKey(codec: NegotiatedCodec | CodecCapability, repaired?: NegotiatedCodec | CodecCapability): string {
  return repaired === undefined ? codecIdentity(codec) : `${codecIdentity(codec)} of ${codecIdentity(repaired)}`;
}

/** The payload types of a section, by key. */
export function payloadTypesOf(codecs: readonly NegotiatedCodec[]): KnownPayloadTypes {
  const byType = new Map(codecs.map((codec) => [codec.payloadType, codec]));
  const known = new Map<string, number>();
  for (const codec of codecs) {
    if (isRtx(codec.mimeType) && !byType.has(codec.repairs ?? -1)) continue;
    const key = payloadTypeKey(codec, codec.repairs === undefined ? undefined : byType.get(codec.repairs));
    if (!known.has(key)) known.set(key, codec.payloadType);
  }
  return known;
}

/** `known` and what a description of ours adds to it. Ours name no codecs but those we can do, so this does not grow without end. */
export function rememberedPayloadTypes(known: KnownPayloadTypes, sections: readonly (readonly NegotiatedCodec[])[]): KnownPayloadTypes {
  const remembered = new Map(known);
  for (const codecs of sections) {
    for (const [key, payloadType] of payloadTypesOf(codecs)) if (!remembered.has(key)) remembered.set(key, payloadType);
  }
  return remembered;
}

/** Chooses for the sections of one bundle, one after the other. */
export class PayloadTypeChoice {
  readonly #known: KnownPayloadTypes;
  /** What each payload type stands for, in any of the sections. */
  readonly #keys = new Map<number, string>();
  /** The one that new sections use. */
  readonly #chosen = new Map<string, number>();

  constructor(known: KnownPayloadTypes) {
    this.#known = known;
  }

  /** Sees to it that a section can keep what it has. To be called for every such section before anything is chosen. */
  keep(current: KnownPayloadTypes): void {
    for (const [key, payloadType] of current) if (!this.#keys.has(payloadType)) this.#take(key, payloadType);
  }

  /**
   * The codecs of an offered section: each wanted one with its payload type, and with its retransmissions when these are wanted. `current` are the payload
   * types that the section has.
   */
  offered(wanted: readonly CodecCapability[], current: KnownPayloadTypes): readonly NegotiatedCodec[] {
    const rtx = wanted.find((codec) => isRtx(codec.mimeType));
    const codecs: NegotiatedCodec[] = [];
    const add = (codec: CodecCapability, key: string, rest: Partial<NegotiatedCodec>): number | undefined => {
      const payloadType = this.#choose(key, codec, current);
      if (payloadType !== undefined) codecs.push({ ...codec, payloadType, ...rest });
      return payloadType;
    };
    for (const codec of wanted) {
      if (isRtx(codec.mimeType)) continue;
      const key = payloadTypeKey(codec);
      if (isRed(codec.mimeType)) {
        const carried = wanted.find((one) => isPrimary(one) && one.clockRate === codec.clockRate && one.channels === codec.channels);
        const carriedType = carried === undefined ? undefined : this.#choose(payloadTypeKey(carried), carried, current);
        // RFC 2198 §5: one level of redundancy.
        if (carriedType !== undefined) add(codec, key, { sdpFmtpLine: `${carriedType}/${carriedType}` });
        continue;
      }
      const payloadType = add(codec, key, {});
      if (payloadType === undefined || rtx === undefined || !isPrimary(codec) || codec.clockRate !== rtx.clockRate) continue;
      add(rtx, payloadTypeKey(rtx, codec), { sdpFmtpLine: `apt=${payloadType}`, repairs: payloadType });
    }
    return codecs;
  }

  #choose(key: string, codec: CodecCapability, current: KnownPayloadTypes): number | undefined {
    const own = current.get(key);
    if (own !== undefined && this.#keys.get(own) === key) return own;
    const chosen = this.#chosen.get(key);
    if (chosen !== undefined) return chosen;
    const remembered = this.#known.get(key);
    const usual = isRtx(codec.mimeType) ? undefined : (staticPayloadType(codec) ?? USUAL.get(codecIdentity(codec)));
    for (const payloadType of [remembered, usual]) {
      if (payloadType !== undefined && !this.#keys.has(payloadType)) return this.#take(key, payloadType);
    }
    const others = new Set([...this.#known.values(), ...USUAL.values()]);
    const free =
      DYNAMIC.find((payloadType) => !this.#keys.has(payloadType) && !others.has(payloadType)) ??
      DYNAMIC.find((payloadType) => !this.#keys.has(payloadType));
    return free === undefined ? undefined : this.#take(key, free);
  }

  #take(key: string, payloadType: number): number {
    this.#keys.set(payloadType, key);
    if (!this.#chosen.has(key)) this.#chosen.set(key, payloadType);
    return payloadType;
  }
}

/** What browsers have used for so long that equipment counts on it (Chromium 156). */
const USUAL: ReadonlyMap<string, number> = new Map([
  ["audio/opus/48000/2", 111],
  ["audio/red/48000/2", 63],
  ["audio/telephone-event/48000/1", 110],
  ["audio/telephone-event/8000/1", 126],
]);

/** RFC 3551 §3: 96 to 127 are dynamic; then, as RFC 5761 §4 advises when these are used up, the unassigned below 64. */
const DYNAMIC: readonly number[] = [...range(96, 127), ...range(35, 63)];

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
