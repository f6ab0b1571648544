/** Writing an audio or video section (RFC 9429 §5.2.1, §5.3.1), in the order of lines that Chromium uses. */
import { attribute, createMedia, type ExtMap, type MediaDescription, rawAttribute, type SdpLine } from "@purertc/sdp";
import { isRtx } from "./codec.ts";
import { isSending } from "./direction.ts";
import { placeLines, type SectionPlace } from "./generate.ts";
import type { Direction, LocalTransceiver, MediaKind, NegotiatedCodec } from "./media-types.ts";
import type { SimulcastLines } from "./simulcast.ts";
import { STREAM_FEEDBACK } from "./stream-feedback.ts";
import type { LocalSessionParameters } from "./types.ts";

/** What an audio or video section says. */
export interface MediaSectionInit {
  readonly kind: MediaKind;
  readonly protocol: string;
  /** Absent when the peer's offer had none. */
  readonly mid?: string;
  readonly place: SectionPlace;
  readonly direction: Direction;
  /** At least one. */
  readonly codecs: readonly NegotiatedCodec[];
  readonly extensions: readonly ExtMap[];
  /** a=extmap-allow-mixed in the section itself. */
  readonly allowsMixedExtensions: boolean;
  /** a=rtcp with no address as yet (§5.2.1), where multiplexing is not agreed. */
  readonly rtcp: boolean;
  readonly rtcpMuxOnly: boolean;
  readonly rtcpReducedSize: boolean;
  readonly cryptex: boolean;
  readonly transceiver: LocalTransceiver;
  readonly simulcast: SimulcastLines;
}

/** An offered or accepted section. */
export function mediaSection(local: LocalSessionParameters, init: MediaSectionInit): MediaDescription {
  const { attributes, ...place } = placeLines(local, init.place);
  if (init.rtcp) attributes.unshift(attribute("rtcp", { port: 9, netType: "IN", addressType: "IP4", address: "0.0.0.0" }));
  if (init.mid !== undefined) attributes.push(attribute("mid", init.mid));
  if (init.place.bundleOnly) attributes.push(attribute("bundle-only", true));
  if (init.allowsMixedExtensions) attributes.push(attribute("extmap-allow-mixed", true));
  for (const extension of init.extensions) attributes.push(attribute("extmap", extension));
  attributes.push(attribute(init.direction, true));
  // By the transceiver's direction, though an answer may not let it send (RFC 9429 §5.3.1): so the peer knows, and negotiation is not needed for it.
  if (isSending(init.transceiver.direction)) {
    for (const { id, trackId } of msidsOf(init.transceiver)) attributes.push(attribute("msid", { id, appData: trackId }));
  }
  attributes.push(attribute("rtcp-mux", true));
  if (init.rtcpMuxOnly) attributes.push(attribute("rtcp-mux-only", true));
  if (init.rtcpReducedSize) attributes.push(attribute("rtcp-rsize", true));
  if (init.cryptex) attributes.push(rawAttribute("cryptex"));
  for (const codec of init.codecs) attributes.push(...codecLines(codec));
  // RFC 8888 §6: it is said of all payload types at once.
  const reportsStreams = init.codecs.some(({ rtcpFeedback }) => rtcpFeedback.includes(STREAM_FEEDBACK));
  if (reportsStreams) attributes.push(attribute("rtcp-fb", { payloadType: "*", type: "ack", parameter: "ccfb" }));
  const { rids, simulcast } = init.simulcast;
  if (isSending(init.direction) && simulcast?.send === undefined) attributes.push(...sourceLines(init));
  for (const rid of rids) attributes.push(attribute("rid", rid));
  if (simulcast !== undefined) attributes.push(attribute("simulcast", simulcast));
  return createMedia({
    kind: init.kind,
    ...place,
    protocol: init.protocol,
    formats: init.codecs.map((codec) => String(codec.payloadType)),
    attributes,
  });
}

/** The m= section of a transceiver for which there is no codec to offer. */
export const NO_FORMATS: readonly string[] = ["0"];

/** RFC 8830 §2: a line for each stream, or one for none. */
function msidsOf({ streamIds, trackId }: LocalTransceiver): readonly { readonly id: string; readonly trackId: string }[] {
  const ids = streamIds.length === 0 ? ["-"] : [...new Set(streamIds)];
  return ids.map((id) => ({ id, trackId }));
}

function codecLines(codec: NegotiatedCodec): readonly SdpLine[] {
  const { payloadType, clockRate, mimeType, channels } = codec;
  const encodingName = mimeType.slice(mimeType.indexOf("/") + 1);
  const encodingParameters = channels !== undefined && channels !== 1 ? { encodingParameters: String(channels) } : {};
  const lines = [attribute("rtpmap", { payloadType, encodingName, clockRate, ...encodingParameters })];
  for (const feedback of codec.rtcpFeedback) {
    if (feedback === STREAM_FEEDBACK) continue;
    const [type, ...rest] = feedback.split(" ");
    lines.push(attribute("rtcp-fb", { payloadType, type: type!, ...(rest.length > 0 && { parameter: rest.join(" ") }) }));
  }
  if (codec.sdpFmtpLine !== undefined) lines.push(attribute("fmtp", { format: String(payloadType), parameters: codec.sdpFmtpLine }));
  return lines;
}

/**
 * RFC 5576: the source and its retransmissions.
 * INTEROP: JSEP needs none of this, but libwebrtc's receivers before mid extensions, and SFUs, find streams by it; browsers still write it.
 */
function sourceLines({ transceiver, codecs }: MediaSectionInit): readonly SdpLine[] {
  const [encoding] = transceiver.encodings;
  if (encoding === undefined) return [];
  const { ssrc, rtxSsrc } = encoding;
  const repaired = codecs.some((codec) => isRtx(codec.mimeType));
  const { id, trackId } = msidsOf(transceiver)[0]!;
  const lines: SdpLine[] = repaired ? [attribute("ssrc-group", { semantics: "FID", ssrcs: [ssrc, rtxSsrc] })] : [];
  for (const source of repaired ? [ssrc, rtxSsrc] : [ssrc]) {
    lines.push(attribute("ssrc", { ssrc: source, attribute: "cname", value: transceiver.cname }));
    lines.push(attribute("ssrc", { ssrc: source, attribute: "msid", value: `${id} ${trackId}` }));
  }
  return lines;
}
