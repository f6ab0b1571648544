/** https://w3c.github.io/webrtc-pc/#dictionaries: codecs, encodings and parameters, and their conversion. */
import type { SupportedMedia } from "../../engine/media/capabilities.ts";
import type { MediaKind, NegotiatedCodec, NegotiatedHeaderExtension, RtpCodec } from "../../jsep/media-types.ts";
import type { RTCPriorityType } from "../rtc-data-channel.ts";
import { toDictionary, toDOMString, toDouble, toEnumeration, toSequence, toUnsignedLong, toUnsignedShort } from "../webidl.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpcodec */
export interface RTCRtpCodec {
  mimeType: string;
  clockRate: number;
  channels?: number;
  sdpFmtpLine?: string;
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpcodecparameters */
export interface RTCRtpCodecParameters extends RTCRtpCodec {
  payloadType: number;
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpheaderextensionparameters */
export interface RTCRtpHeaderExtensionParameters {
  uri: string;
  id: number;
  encrypted: boolean;
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtcpparameters */
export interface RTCRtcpParameters {
  cname?: string;
  reducedSize?: boolean;
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpparameters */
export interface RTCRtpParameters {
  headerExtensions: RTCRtpHeaderExtensionParameters[];
  rtcp: RTCRtcpParameters;
  codecs: RTCRtpCodecParameters[];
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpreceiveparameters */
export type RTCRtpReceiveParameters = RTCRtpParameters;

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpencodingparameters */
export interface RTCRtpEncodingParameters {
  rid?: string;
  active?: boolean;
  codec?: RTCRtpCodec;
  /** Bits per second. */
  maxBitrate?: number;
  /** Frames per second. */
  maxFramerate?: number;
  scaleResolutionDownBy?: number;
  /** https://w3c.github.io/webrtc-priority/#dom-rtcrtpencodingparameters-priority; default "low". */
  priority?: RTCPriorityType;
  networkPriority?: RTCPriorityType;
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpsendparameters */
export interface RTCRtpSendParameters extends RTCRtpParameters {
  transactionId: string;
  encodings: RTCRtpEncodingParameters[];
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpheaderextensioncapability */
export interface RTCRtpHeaderExtensionCapability {
  uri: string;
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpcapabilities */
export interface RTCRtpCapabilities {
  codecs: RTCRtpCodec[];
  headerExtensions: RTCRtpHeaderExtensionCapability[];
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-getcapabilities and the receiver's: null for a kind there is not. */
export function capabilitiesOf(supported: SupportedMedia, kind: string): RTCRtpCapabilities | null {
  if (kind !== "audio" && kind !== "video") return null;
  const { codecs, headerExtensions } = supported[kind];
  return { codecs: codecs.map(codecOf), headerExtensions: headerExtensions.map(({ uri }) => ({ uri })) };
}

/** A dictionary of a codec's own members. */
export function codecOf({ mimeType, clockRate, channels, sdpFmtpLine }: RtpCodec): RTCRtpCodec {
  return {
    clockRate,
    mimeType,
    ...(channels === undefined ? {} : { channels }),
    ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine }),
  };
}

/** A dictionary of a negotiated codec. */
export function codecParametersOf(codec: NegotiatedCodec): RTCRtpCodecParameters {
  return { ...codecOf(codec), payloadType: codec.payloadType };
}

/** A dictionary of a negotiated header extension. */
export function headerExtensionParametersOf({ uri, id, encrypted }: NegotiatedHeaderExtension): RTCRtpHeaderExtensionParameters {
  return { uri, id, encrypted };
}

/** Whether it carries media, and not retransmissions, redundancy, parity, noise or tones for another. */
export function carriesMedia({ mimeType }: Pick<RtpCodec, "mimeType">): boolean {
  return !AUXILIARY.includes(mimeType.toLowerCase().replace(/^.*\//, ""));
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiver-setcodecpreferences, step 8: whether there is something to offer with it alone. */
export function standsAlone({ mimeType }: RtpCodec): boolean {
  return /\/telephone-event$/i.test(mimeType) || carriesMedia({ mimeType });
}

/** Converts to RTCRtpCodec; members in the order Web IDL reads them. */
export function toCodec(value: unknown, name: string): RTCRtpCodec {
  const init = toDictionary(value, name);
  const { channels, clockRate, mimeType, sdpFmtpLine } = init;
  const channelCount = channels === undefined ? undefined : toUnsignedShort(channels);
  if (clockRate === undefined) throw new TypeError(`${name}: clockRate is required`);
  const rate = toUnsignedLong(clockRate);
  if (mimeType === undefined) throw new TypeError(`${name}: mimeType is required`);
  return {
    clockRate: rate,
    mimeType: toDOMString(mimeType),
    ...(channelCount === undefined ? {} : { channels: channelCount }),
    ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine: toDOMString(sdpFmtpLine) }),
  };
}

/** Converts to a mime type of `kind`: TypeError for another one's, or for a bare name. */
export function toMimeType(value: unknown, kind: MediaKind, name: string): string {
  const mimeType = toDOMString(value);
  if (!mimeType.toLowerCase().startsWith(`${kind}/`))
    throw new TypeError(`${name}: "${mimeType}" is not "${kind}/" and the name of a codec`);
  return mimeType;
}

/** Converts to RTCRtpEncodingParameters, defaults filled in; members of inherited dictionaries first. */
export function toEncoding(value: unknown): RTCRtpEncodingParameters & { active: boolean } {
  const init = toDictionary(value, "RTCRtpEncodingParameters");
  const { rid, active, codec, maxBitrate, maxFramerate, networkPriority, priority, scaleResolutionDownBy } = init;
  const toPriority = (given: unknown): RTCPriorityType => toEnumeration(given, PRIORITIES, "RTCPriorityType");
  return {
    ...(rid === undefined ? {} : { rid: toDOMString(rid) }),
    active: active === undefined ? true : Boolean(active),
    ...(codec === undefined ? {} : { codec: toCodec(codec, "RTCRtpCodec") }),
    ...(maxBitrate === undefined ? {} : { maxBitrate: toUnsignedLong(maxBitrate) }),
    ...(maxFramerate === undefined ? {} : { maxFramerate: toDouble(maxFramerate, "maxFramerate") }),
    ...(networkPriority === undefined ? {} : { networkPriority: toPriority(networkPriority) }),
    priority: priority === undefined ? "low" : toPriority(priority),
    ...(scaleResolutionDownBy === undefined ? {} : { scaleResolutionDownBy: toDouble(scaleResolutionDownBy, "scaleResolutionDownBy") }),
  };
}

/** Converts to RTCRtpSendParameters. */
export function toSendParameters(value: unknown): RTCRtpSendParameters {
  const init = toDictionary(value, "RTCRtpSendParameters");
  const required = (name: string): unknown => {
    const member = init[name];
    if (member === undefined) throw new TypeError(`RTCRtpSendParameters: ${name} is required`);
    return member;
  };
  const codecs = toSequence(required("codecs"), toCodecParameters, "RTCRtpParameters.codecs");
  const headerExtensions = toSequence(required("headerExtensions"), toHeaderExtension, "RTCRtpParameters.headerExtensions");
  const rtcp = toRtcpParameters(required("rtcp"));
  const encodings = toSequence(required("encodings"), toEncoding, "RTCRtpSendParameters.encodings");
  return { codecs, headerExtensions, rtcp, encodings, transactionId: toDOMString(required("transactionId")) };
}

function toCodecParameters(value: unknown): RTCRtpCodecParameters {
  const codec = toCodec(value, "RTCRtpCodecParameters");
  const { payloadType } = toDictionary(value, "RTCRtpCodecParameters");
  if (payloadType === undefined) throw new TypeError("RTCRtpCodecParameters: payloadType is required");
  return { ...codec, payloadType: toUnsignedLong(payloadType) & 0xff };
}

function toHeaderExtension(value: unknown): RTCRtpHeaderExtensionParameters {
  const { encrypted, id, uri } = toDictionary(value, "RTCRtpHeaderExtensionParameters");
  if (id === undefined) throw new TypeError("RTCRtpHeaderExtensionParameters: id is required");
  if (uri === undefined) throw new TypeError("RTCRtpHeaderExtensionParameters: uri is required");
  return { encrypted: Boolean(encrypted), id: toUnsignedShort(id), uri: toDOMString(uri) };
}

function toRtcpParameters(value: unknown): RTCRtcpParameters {
  const { cname, reducedSize } = toDictionary(value, "RTCRtcpParameters");
  return {
    ...(cname === undefined ? {} : { cname: toDOMString(cname) }),
    ...(reducedSize === undefined ? {} : { reducedSize: Boolean(reducedSize) }),
  };
}

/** Converts the milliseconds of RTCRtpReceiver's jitterBufferTarget; null is kept. */
export function toJitterBufferTarget(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  return toDouble(value, "RTCRtpReceiver.jitterBufferTarget");
}

/** Converts to "audio" or "video": TypeError for anything else (https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-addtransceiver, step 5.2). */
export function toMediaKind(value: unknown): MediaKind {
  const kind = toDOMString(value);
  if (kind !== "audio" && kind !== "video") throw new TypeError(`addTransceiver: "${kind}" is no kind of track`);
  return kind;
}

const PRIORITIES = ["very-low", "low", "medium", "high"] as const;
const AUXILIARY = ["rtx", "red", "ulpfec", "flexfec-03", "flexfec", "cn", "telephone-event"];
