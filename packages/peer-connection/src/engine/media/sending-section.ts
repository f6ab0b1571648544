/** What an answer settled for a section that sends, prepared for its streams. */
import { utf8FromString } from "@purertc/core";
import type { AgreedMedia, MediaKind, NegotiatedCodec, NegotiatedHeaderExtension } from "../../jsep/media-types.ts";
import { type ExtensionIds, extensionIds } from "./extension-ids.ts";

/** See the file's header. */
export class SendingSection {
  readonly kind: MediaKind;
  readonly agreed: AgreedMedia;
  readonly ids: ExtensionIds;
  readonly mid: Uint8Array;
  /** Octets of the largest RTP packet, before SRTP. */
  readonly largestPacket: number;
  /** The codec of frames that name none. */
  readonly primary: NegotiatedCodec | undefined;
  /** Media codecs first, what only helps them behind. */
  readonly codecs: readonly NegotiatedCodec[];
  /** RFC 2198, when the peer prefers it to all else. */
  readonly red: NegotiatedCodec | undefined;
  /** Whether lost packets are sent again. */
  readonly repairs: boolean;

  constructor(kind: MediaKind, mid: string, agreed: AgreedMedia, largestPacket: number) {
    this.kind = kind;
    this.agreed = agreed;
    this.largestPacket = largestPacket;
    this.ids = extensionIds(agreed.headerExtensions, "sends");
    this.mid = utf8FromString(mid);
    const media = agreed.sendCodecs.filter((codec) => !isHelper(codec));
    this.primary = media[0];
    this.codecs = [...media, ...agreed.sendCodecs.filter(isHelper)];
    const first = agreed.sendCodecs[0];
    this.red = first !== undefined && isNamed(first, "red") && media.length > 0 ? first : undefined;
    this.repairs = media.some(({ rtcpFeedback }) => rtcpFeedback.includes("nack"));
  }

  get headerExtensions(): readonly NegotiatedHeaderExtension[] {
    return this.agreed.headerExtensions;
  }

  /** Undefined for no rid. */
  ridBytes(rid: string | undefined): Uint8Array {
    return rid === undefined ? NOTHING : utf8FromString(rid);
  }

  /** The codec for frames of a mime type, and among several of that type the one whose parameters fit best; without one, the primary. */
  codecFor(mimeType: string | undefined, sdpFmtpLine: string | undefined): NegotiatedCodec | undefined {
    if (mimeType === undefined) return this.primary;
    const named = this.#named(mimeType);
    const inStep = named.filter(({ clockRate }) => clockRate === this.primary?.clockRate); // RFC 4733 §2.1: tones keep to the audio's clock
    return closest(inStep.length > 0 ? inStep : named, sdpFmtpLine);
  }

  /** The codec for packets that another leg has as `codec`. */
  codecLike({ mimeType, clockRate, sdpFmtpLine }: NegotiatedCodec): NegotiatedCodec | undefined {
    return closest(
      this.#named(mimeType).filter((codec) => codec.clockRate === clockRate),
      sdpFmtpLine,
    );
  }

  #named(mimeType: string): readonly NegotiatedCodec[] {
    const wanted = mimeType.toLowerCase();
    return this.codecs.filter((codec) => codec.mimeType.toLowerCase() === wanted && codec.repairs === undefined);
  }

  /** What a frame's packets say their payload type is: RED where that goes around it. */
  carrierOf(codec: NegotiatedCodec): NegotiatedCodec {
    return this.red !== undefined && codec === this.primary ? this.red : codec;
  }

  /** RFC 4588 §8.6: the payload type of retransmissions of a payload type; -1: they are not sent in a stream of their own. */
  rtxTypeOf(payloadType: number): number {
    return this.agreed.sendCodecs.find(({ repairs }) => repairs === payloadType)?.payloadType ?? -1;
  }
}

const HELPERS: ReadonlySet<string> = new Set(["rtx", "red", "ulpfec", "flexfec-03", "cn", "telephone-event"]);

function isHelper({ mimeType }: NegotiatedCodec): boolean {
  return HELPERS.has(mimeType.slice(mimeType.indexOf("/") + 1).toLowerCase());
}

function isNamed({ mimeType }: NegotiatedCodec, name: string): boolean {
  return mimeType.slice(mimeType.indexOf("/") + 1).toLowerCase() === name;
}

function closest(codecs: readonly NegotiatedCodec[], sdpFmtpLine: string | undefined): NegotiatedCodec | undefined {
  return codecs.find((codec) => sameProfile(codec.sdpFmtpLine, sdpFmtpLine)) ?? codecs[0];
}

/** Parameters that tell bit streams of one codec apart: H.264's profile and mode, VP9's and AV1's profile. Levels do not. */
function sameProfile(a: string | undefined, b: string | undefined): boolean {
  return PROFILE_PARAMETERS.every((name) => parameter(a, name) === parameter(b, name));
}

function parameter(line: string | undefined, name: string): string | undefined {
  for (const part of (line ?? "").split(";")) {
    const [key, value] = part.split("=");
    if (key?.trim().toLowerCase() !== name) continue;
    const text = value?.trim().toLowerCase();
    return name === "profile-level-id" ? text?.slice(0, 4) : text;
  }
  return undefined;
}

const PROFILE_PARAMETERS = ["profile-level-id", "packetization-mode", "profile-id", "profile"];
const NOTHING = new Uint8Array(0);
