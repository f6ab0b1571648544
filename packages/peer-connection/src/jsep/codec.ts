/** Codecs as sections describe them (a=rtpmap, a=fmtp, a=rtcp-fb), and when two of them are the same codec. */
import { formatParameters, type MediaDescription } from "@purertc/sdp";
import { parseProfileLevelId } from "./h264-level.ts";
import type { MediaKind, NegotiatedCodec, RtpCodec } from "./media-types.ts";

/** Every codec of a section in the order of its m= line. Formats that are no payload type, or have no name, are left out. */
export function describedCodecs(media: MediaDescription): readonly NegotiatedCodec[] {
  const known = described.get(media);
  if (known !== undefined) return known;
  const codecs = readCodecs(media);
  described.set(media, codecs);
  return codecs;
}

/** Sections do not change, and the steps of one negotiation ask for their codecs again and again. */
const described = new WeakMap<MediaDescription, readonly NegotiatedCodec[]>();

function readCodecs(media: MediaDescription): readonly NegotiatedCodec[] {
  if (media.kind !== "audio" && media.kind !== "video") return [];
  const maps = firstByPayloadType(media.rtpmap, (one) => one.payloadType);
  const parameters = firstByPayloadType(media.fmtp, (one) => payloadTypeOf(one.format));
  const feedback = feedbackByPayloadType(media);
  const codecs = new Map<number, NegotiatedCodec>();
  for (const format of media.formats) {
    const payloadType = payloadTypeOf(format);
    if (payloadType === undefined || codecs.has(payloadType)) continue;
    const map = maps.get(payloadType);
    const named = map === undefined ? STATIC_CODECS.get(payloadType) : undefined;
    const name = map?.encodingName ?? named?.name;
    const clockRate = map?.clockRate ?? named?.clockRate;
    if (name === undefined || clockRate === undefined || (named !== undefined && named.kind !== media.kind)) continue;
    const sdpFmtpLine = parameters.get(payloadType)?.parameters;
    const mimeType = `${media.kind}/${name}`;
    const repairs = isRtx(mimeType) ? payloadTypeOf(formatParameters(sdpFmtpLine ?? "").get("apt") ?? "") : undefined;
    codecs.set(payloadType, {
      mimeType,
      clockRate,
      // RFC 8866 §6.6: one channel when the parameter is left out.
      ...(media.kind === "audio" && { channels: Number(map?.encodingParameters ?? named?.channels ?? 1) || 1 }),
      ...(sdpFmtpLine !== undefined && { sdpFmtpLine }),
      payloadType,
      rtcpFeedback: [...new Set([...(feedback.get(payloadType) ?? []), ...(feedback.get("*") ?? [])])],
      ...(repairs !== undefined && { repairs }),
    });
  }
  return [...codecs.values()];
}

/**
 * A text that is the same for codecs that are the same, parameters that only describe one side's abilities left out. Retransmission and redundancy are
 * told apart by what they protect, which is not in here.
 */
export function codecIdentity(codec: RtpCodec): string {
  const mimeType = codec.mimeType.toLowerCase();
  const base = `${mimeType}/${codec.clockRate}${mimeType.startsWith("audio/") ? `/${codec.channels ?? 1}` : ""}`;
  const distinguish = DISTINGUISHING.get(mimeType);
  return distinguish === undefined ? base : `${base} ${distinguish(formatParameters(codec.sdpFmtpLine ?? ""))}`;
}

/** RFC 4588. */
export function isRtx(mimeType: string): boolean {
  return mimeType.slice(mimeType.indexOf("/") + 1).toLowerCase() === "rtx";
}

/** RFC 2198. */
export function isRed(mimeType: string): boolean {
  return mimeType.slice(mimeType.indexOf("/") + 1).toLowerCase() === "red";
}

/** Whether it carries media by itself: not retransmission, redundancy, error correction, comfort noise or telephone events. */
export function isPrimary(codec: RtpCodec): boolean {
  return !AUXILIARY.includes(codec.mimeType.slice(codec.mimeType.indexOf("/") + 1).toLowerCase());
}

/** RFC 2198 §5: the payload types that a=fmtp of red lists, the primary encoding's first; empty when it lists none. */
export function redundantPayloadTypes(codec: RtpCodec): readonly number[] {
  const types = (codec.sdpFmtpLine ?? "").split("/").map(payloadTypeOf);
  return types.every((one) => one !== undefined) ? types : [];
}

/** RFC 5761 §4: with RTCP on the same port, 64 to 95 would be taken for RTCP. */
export function isMuxablePayloadType(payloadType: number): boolean {
  return payloadType < 64 || payloadType > 95;
}

/** The payload type that RFC 3551 §6 gives a codec; undefined when it has none. */
export function staticPayloadType(codec: RtpCodec): number | undefined {
  const identity = codecIdentity(codec);
  for (const [payloadType, one] of STATIC_CODECS) {
    if (codecIdentity({ mimeType: `${one.kind}/${one.name}`, clockRate: one.clockRate, channels: one.channels }) === identity)
      return payloadType;
  }
  return undefined;
}

function payloadTypeOf(text: string): number | undefined {
  return /^(0|[1-9][0-9]{0,2})$/.test(text) && Number(text) <= 127 ? Number(text) : undefined;
}

function firstByPayloadType<Value>(
  values: readonly Value[],
  payloadType: (value: Value) => number | undefined,
): ReadonlyMap<number, Value> {
  const map = new Map<number, Value>();
  for (const value of values) {
    const key = payloadType(value);
    if (key !== undefined && !map.has(key)) map.set(key, value);
  }
  return map;
}

function feedbackByPayloadType(media: MediaDescription): ReadonlyMap<number | "*", readonly string[]> {
  const map = new Map<number | "*", string[]>();
  for (const { payloadType, type, parameter } of media.rtcpFb) {
    const text = parameter === undefined ? type : `${type} ${parameter}`;
    const known = map.get(payloadType);
    if (known === undefined) map.set(payloadType, [text]);
    else if (known.length < MOST_FEEDBACK) known.push(text);
  }
  return map;
}

/** Kinds of feedback of one payload type; browsers name five. */
const MOST_FEEDBACK = 32;

/** The parameters that make codecs of one name different codecs. */
const DISTINGUISHING: ReadonlyMap<string, (parameters: ReadonlyMap<string, string>) => string> = new Map([
  [
    // RFC 6184 §8.2.2: profile and packetization-mode are used symmetrically.
    "video/h264",
    (parameters) => {
      const id = parameters.get("profile-level-id");
      return `${parseProfileLevelId(id)?.profile ?? id} ${parameters.get("packetization-mode") ?? "0"}`;
    },
  ],
  ["video/vp9", (parameters) => parameters.get("profile-id") ?? "0"], // RFC 9628 §6
  ["video/av1", (parameters) => parameters.get("profile") ?? "0"], // RTP Payload Format For AV1 §7.2.1
  [
    // RFC 7798 §7.1, §7.2.2.
    "video/h265",
    (parameters) => `${parameters.get("profile-id") ?? "1"} ${parameters.get("tier-flag") ?? "0"} ${parameters.get("tx-mode") ?? "SRST"}`,
  ],
]);

const AUXILIARY: readonly string[] = ["rtx", "red", "ulpfec", "flexfec", "flexfec-03", "parityfec", "cn", "telephone-event"];

interface StaticCodec {
  readonly kind: MediaKind;
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
}

function audio(name: string, clockRate = 8000, channels = 1): StaticCodec {
  return { kind: "audio", name, clockRate, channels };
}

function video(name: string): StaticCodec {
  return { kind: "video", name, clockRate: 90_000, channels: 1 };
}

/** RFC 3551 §6, tables 4 and 5: what payload types without a=rtpmap are. */
const STATIC_CODECS: ReadonlyMap<number, StaticCodec> = new Map([
  [0, audio("PCMU")],
  [3, audio("GSM")],
  [4, audio("G723")],
  [5, audio("DVI4")],
  [6, audio("DVI4", 16_000)],
  [7, audio("LPC")],
  [8, audio("PCMA")],
  [9, audio("G722")],
  [10, audio("L16", 44_100, 2)],
  [11, audio("L16", 44_100)],
  [12, audio("QCELP")],
  [13, audio("CN")],
  [14, audio("MPA", 90_000)],
  [15, audio("G728")],
  [16, audio("DVI4", 11_025)],
  [17, audio("DVI4", 22_050)],
  [18, audio("G729")],
  [25, video("CelB")],
  [26, video("JPEG")],
  [28, video("nv")],
  [31, video("H261")],
  [32, video("MPV")],
  [33, video("MP2T")],
  [34, video("H263")],
]);
