/**
 * A description as negotiation sees it: one view per m= section, with what the session level says inherited (RFC 9429 §5.8), mids filled in, bundle
 * groups resolved and data sections understood.
 */
import type { Fingerprint, Group, MediaDescription, SessionDescription, Setup } from "@purertc/sdp";
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
  readonly bundle?: Group;
  /** Both ice-ufrag and ice-pwd, media or session level. */
  readonly ice?: IceParameters;
  readonly iceLite: boolean;
  readonly iceOptions: readonly string[];
  readonly fingerprints: readonly Fingerprint[];
  readonly setup?: Setup;
  readonly tlsId?: string;
  readonly data?: DataView;
}

/** Views of every section. `knownMids` gives, by index, the mids of sections that state none, where an earlier description settled them. */
export function sectionViews(description: SessionDescription, knownMids: readonly (string | undefined)[] = []): readonly SectionView[] {
  const stated = description.media.map((media) => media.mid);
  const taken = new Set(stated.filter((mid) => mid !== undefined));
  const groups = description.groups.filter((group) => group.semantics === "BUNDLE");
  return description.media.map((media, index) => {
    const mid = stated[index] ?? unusedMid(knownMids[index] ?? String(index), taken);
    taken.add(mid);
    const bundle = groups.find((group) => group.mids.includes(mid));
    const ice =
      iceParameters(media) ?? (media.hasAttribute("ice-ufrag") || media.hasAttribute("ice-pwd") ? undefined : iceParameters(description));
    const setup = media.setup ?? description.setup;
    const tlsId = media.tlsId ?? description.tlsId;
    const data = dataView(media);
    return {
      index,
      mid,
      midStated: stated[index] !== undefined,
      media,
      rejected: media.port === 0 && !media.bundleOnly,
      bundleOnly: media.bundleOnly,
      ...(bundle && { bundle }),
      ...(ice && { ice }),
      iceLite: description.iceLite || media.iceLite,
      iceOptions: [...new Set([...description.iceOptions, ...media.iceOptions])],
      // RFC 8122 §5: media-level fingerprints override session-level ones.
      fingerprints: media.fingerprints.length > 0 ? media.fingerprints : description.fingerprints,
      ...(setup && { setup }),
      ...(tlsId !== undefined && { tlsId }),
      ...(data && { data }),
    };
  });
}

/**
 * The section that describes the transport of `view`: itself, or the tag of its BUNDLE group. In an offer a section that has an address of its own
 * (credentials, not bundle-only) keeps it until the answer bundles it (RFC 9143 §7.2); in an answer the group decides (§7.3).
 */
export function transportSection(view: SectionView, views: readonly SectionView[], type: "offer" | "pranswer" | "answer"): SectionView {
  if (type === "offer" && !view.bundleOnly && view.ice !== undefined) return view;
  return bundleTag(view.bundle, views) ?? view;
}

/** RFC 9143 §7.1: the first section of a group that is not rejected. */
export function bundleTag(bundle: Group | undefined, views: readonly SectionView[]): SectionView | undefined {
  for (const mid of bundle?.mids ?? []) {
    const view = views.find((one) => one.mid === mid);
    if (view !== undefined && !view.rejected) return view;
  }
  return undefined;
}

/** Whether the section uses DTLS in a way this stack knows: SCTP over DTLS, or RTP keyed by DTLS (RFC 8841 §4, RFC 5764 §8). */
export function usesDtls(media: MediaDescription): boolean {
  return DATA_PROTOCOLS.includes(media.protocol) || media.protocol === LEGACY_DATA_PROTOCOL || RTP_PROTOCOLS.includes(media.protocol);
}

/** Whether the section carries RTP keyed by DTLS. (RFC 9429 §5.1.2). */
export function usesDtlsSrtp(media: MediaDescription): boolean {
  return RTP_PROTOCOLS.includes(media.protocol);
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

function unusedMid(wish: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wish)) return wish;
  let number = 0;
  while (taken.has(String(number))) number += 1;
  return String(number);
}

/** RFC 8841 §4. */
const DATA_PROTOCOLS: readonly string[] = ["UDP/DTLS/SCTP", "TCP/DTLS/SCTP"];
const LEGACY_DATA_PROTOCOL = "DTLS/SCTP";
/** RFC 9429 §5.1.2. Its other names, `RTP/SAVPF` and the like, are DTLS only when the section says so elsewhere; such sections are not required to. */
const RTP_PROTOCOLS: readonly string[] = ["UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "TCP/DTLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVP"];
/** RFC 8841 §6.1. */
const DEFAULT_MAX_MESSAGE_SIZE = 65_536;
const DEFAULT_SCTP_PORT = 5000;
