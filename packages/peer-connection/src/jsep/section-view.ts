/**
 * A description as negotiation sees it: one view per m= section, with what the session level says inherited (RFC 9429 §5.8), mids filled in, bundle
 * groups resolved and data sections understood.
 */
import type { Fingerprint, MediaDescription, SessionDescription, Setup } from "@purertc/sdp";
import { statedDirection } from "./direction.ts";
import type { Direction, MediaKind } from "./media-types.ts";
import type { IceParameters } from "./types.ts";

/** What a data section says of SCTP (RFC 8841). */
export interface DataView {
  /** a=sctp-port; 0 means that no association is wanted. */
  readonly port: number;
  /** Bytes; 0 means any size. */
  readonly maxMessageSize: number;
  /** `DTLS/SCTP 5000` with a=sctpmap, the form before RFC 8841. */
  readonly legacy: boolean;
}

/** One BUNDLE group; the same object in each of its sections. */
export interface BundleView {
  readonly mids: readonly string[];
  /** RFC 9143 §7.1: index of the first section of the group, in the group's order, that is not rejected; absent when all are. */
  readonly tagIndex?: number;
}

/** One m= section. */
export interface SectionView {
  readonly index: number;
  readonly mid: string;
  /** Whether the description itself says a=mid. */
  readonly midStated: boolean;
  readonly media: MediaDescription;
  /** Port zero without a=bundle-only (RFC 9143 §6). */
  readonly rejected: boolean;
  readonly bundleOnly: boolean;
  /** The BUNDLE group it is in; absent when in none. */
  readonly bundle?: BundleView;
  /** Both ice-ufrag and ice-pwd, media or session level. */
  readonly ice?: IceParameters;
  readonly iceLite: boolean;
  readonly iceOptions: readonly string[];
  readonly fingerprints: readonly Fingerprint[];
  readonly setup?: Setup;
  readonly tlsId?: string;
  readonly data?: DataView;
  /** Whether it is "audio" or "video"; absent for anything else. */
  readonly mediaKind?: MediaKind;
  /** Of its media, from the side that wrote it. */
  readonly direction: Direction;
  /** RFC 8285 §6: a=extmap-allow-mixed, session or media level. */
  readonly allowsMixedExtensions: boolean;
  /** RFC 9335 §4: a=cryptex, session or media level. */
  readonly cryptex: boolean;
}

/** Views of every section. `knownMids` gives, by index, the mids of sections that state none, where an earlier description settled them. */
export function sectionViews(description: SessionDescription, knownMids: readonly (string | undefined)[] = []): readonly SectionView[] {
  const mids = allMids(description.media, knownMids);
  const bundles = bundleViews(description, mids);
  const session = sessionView(description);
  return description.media.map((media, index) => {
    const mid = mids[index]!;
    const bundle = bundles.get(mid);
    const statesIce = media.hasAttribute("ice-ufrag") || media.hasAttribute("ice-pwd");
    const ice = statesIce ? iceParameters(media) : session.ice;
    const setup = media.setup ?? session.setup;
    const tlsId = media.tlsId ?? session.tlsId;
    const fingerprints = media.fingerprints;
    const data = dataView(media);
    return {
      index,
      mid,
      midStated: media.mid !== undefined,
      media,
      rejected: isRejected(media),
      bundleOnly: media.bundleOnly,
      ...(bundle && { bundle }),
      ...(ice && { ice }),
      iceLite: session.iceLite || media.iceLite,
      iceOptions: [...new Set([...session.iceOptions, ...media.iceOptions])],
      // RFC 8122 §5: media-level fingerprints override session-level ones.
      fingerprints: fingerprints.length > 0 ? fingerprints : session.fingerprints,
      ...(setup && { setup }),
      ...(tlsId !== undefined && { tlsId }),
      ...(data && { data }),
      ...((media.kind === "audio" || media.kind === "video") && { mediaKind: media.kind }),
      direction: statedDirection(media, description),
      allowsMixedExtensions: description.extmapAllowMixed || media.extmapAllowMixed,
      cryptex: description.hasAttribute("cryptex") || media.hasAttribute("cryptex"),
    };
  });
}

/**
 * The section that describes the transport of `view`: itself, or the tag of its BUNDLE group. In an offer a section that has an address of its own
 * (credentials, not bundle-only) keeps it until the answer bundles it (RFC 9143 §7.2); in an answer the group decides (§7.3).
 */
export function transportSection(view: SectionView, views: readonly SectionView[], type: "offer" | "pranswer" | "answer"): SectionView {
  if (type === "offer" && !view.bundleOnly && view.ice !== undefined) return view;
  return (view.bundle?.tagIndex === undefined ? undefined : views[view.bundle.tagIndex]) ?? view;
}

/** Whether the section uses DTLS in a way this stack knows: SCTP over DTLS, or RTP keyed by DTLS (RFC 8841 §4, RFC 5764 §8). */
export function usesDtls(view: SectionView): boolean {
  return DATA_PROTOCOLS.includes(view.media.protocol) || view.media.protocol === LEGACY_DATA_PROTOCOL || usesDtlsSrtp(view);
}

/** Whether the section carries RTP keyed by DTLS: its profile says so, or it is one of the others that RFC 9429 §5.1.2 takes and has fingerprints. */
export function usesDtlsSrtp(view: SectionView): boolean {
  const { protocol } = view.media;
  return RTP_PROTOCOLS.includes(protocol) || (OTHER_RTP_PROTOCOLS.includes(protocol) && view.fingerprints.length > 0);
}

/** Whether the section carries RTP of any profile that RFC 9429 §5.1.2 names, DTLS or not. */
export function isRtp(media: MediaDescription): boolean {
  return RTP_PROTOCOLS.includes(media.protocol) || OTHER_RTP_PROTOCOLS.includes(media.protocol);
}

/** RFC 5761 §5.1.1: a=rtcp-mux of the section, or of the tag of its bundle, since RFC 9143 §7.1.3 has attributes like this one stand only there. */
export function multiplexesRtcp(view: SectionView, views: readonly SectionView[], type: "offer" | "pranswer" | "answer"): boolean {
  return view.media.rtcpMux || transportSection(view, views, type).media.rtcpMux;
}

/** RFC 5506 §5: a=rtcp-rsize of the section, or of its tag when the section leaves this kind of attributes to it. */
export function reducesRtcp(view: SectionView, views: readonly SectionView[], type: "offer" | "pranswer" | "answer"): boolean {
  return view.media.rtcpRsize || (!view.media.rtcpMux && transportSection(view, views, type).media.rtcpRsize);
}

/** RFC 9335 §4: a=cryptex, which is an attribute of the transport, so that a bundle's tag speaks for all. */
export function allowsCryptex(view: SectionView, views: readonly SectionView[], type: "offer" | "pranswer" | "answer"): boolean {
  return view.cryptex || transportSection(view, views, type).cryptex;
}

function iceParameters(section: SessionDescription | MediaDescription): IceParameters | undefined {
  const { iceUfrag, icePwd } = section;
  return iceUfrag === undefined || icePwd === undefined ? undefined : { usernameFragment: iceUfrag, password: icePwd };
}

function dataView(media: MediaDescription): DataView | undefined {
  if (media.kind !== "application") return undefined;
  const maxMessageSize = media.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE;
  if (DATA_PROTOCOLS.includes(media.protocol)) {
    if (!media.formats.includes("webrtc-datachannel")) return undefined;
    // INTEROP: RFC 9429 §5.8.2 wants a=sctp-port; peers that leave it out mean 5000 (libwebrtc reads it so too).
    return { port: media.sctpPort ?? DEFAULT_SCTP_PORT, maxMessageSize, legacy: false };
  }
  if (media.protocol !== LEGACY_DATA_PROTOCOL) return undefined;
  // INTEROP: before RFC 8841 the format was the SCTP port and a=sctpmap named the application (Chromium before 77, Firefox before 63).
  const map = media.sctpmap.find((one) => one.protocol === "webrtc-datachannel" && media.formats.includes(String(one.port)));
  if (map !== undefined) return { port: map.port, maxMessageSize, legacy: true };
  return media.formats.includes("webrtc-datachannel")
    ? { port: media.sctpPort ?? DEFAULT_SCTP_PORT, maxMessageSize, legacy: true }
    : undefined;
}

function isRejected(media: MediaDescription): boolean {
  return media.port === 0 && !media.bundleOnly;
}

/** What the session level says for every section that does not say otherwise. */
function sessionView(
  description: SessionDescription,
): Pick<SectionView, "ice" | "iceLite" | "iceOptions" | "fingerprints" | "setup" | "tlsId"> {
  const ice = iceParameters(description);
  const { iceLite, iceOptions, fingerprints, setup, tlsId } = description;
  return { ...(ice && { ice }), iceLite, iceOptions, fingerprints, ...(setup && { setup }), ...(tlsId !== undefined && { tlsId }) };
}

/** The mid of every section: what it states, else what is known of it, else a number that no other section has. */
function allMids(media: readonly MediaDescription[], knownMids: readonly (string | undefined)[]): readonly string[] {
  const stated = media.map((one) => one.mid);
  const taken = new Set(stated);
  let number = 0;
  return stated.map((mid, index) => {
    if (mid !== undefined) return mid;
    let made = knownMids[index] ?? String(index);
    while (taken.has(made)) made = String(number++);
    taken.add(made);
    return made;
  });
}

/** The BUNDLE group of each mid; of two groups with the same mid the first. */
function bundleViews(description: SessionDescription, mids: readonly string[]): ReadonlyMap<string, BundleView> {
  const indexes = new Map(mids.map((mid, index) => [mid, index]));
  const bundles = new Map<string, BundleView>();
  for (const group of description.groups) {
    if (group.semantics !== "BUNDLE") continue;
    const tag = group.mids.find((mid) => indexes.has(mid) && !isRejected(description.media[indexes.get(mid)!]!));
    const bundle: BundleView = { mids: group.mids, ...(tag !== undefined && { tagIndex: indexes.get(tag)! }) };
    for (const mid of group.mids) if (!bundles.has(mid)) bundles.set(mid, bundle);
  }
  return bundles;
}

/** RFC 8841 §4. */
const DATA_PROTOCOLS: readonly string[] = ["UDP/DTLS/SCTP", "TCP/DTLS/SCTP"];
const LEGACY_DATA_PROTOCOL = "DTLS/SCTP";
/** RFC 9429 §5.1.2. */
const RTP_PROTOCOLS: readonly string[] = ["UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVP"];
/** RFC 9429 §5.1.2, §5.1.3: whatever the profile is called, it is treated as the above. Old libwebrtc and some gateways write `RTP/SAVPF`. */
const OTHER_RTP_PROTOCOLS: readonly string[] = ["RTP/SAVPF", "RTP/SAVP", "RTP/AVPF", "RTP/AVP"];
/** RFC 8841 §6.1. */
const DEFAULT_MAX_MESSAGE_SIZE = 65_536;
const DEFAULT_SCTP_PORT = 5000;
