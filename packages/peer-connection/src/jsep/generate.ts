/** Writing our own sections and the lines around them: what createOffer and createAnswer share (RFC 9429 §5.2.1, §5.3.1). */
import { ICE_CHARS, type RandomSource, randomString } from "@purertc/core";
import {
  attribute,
  type Connection,
  createMedia,
  createSession,
  type MediaDescription,
  type SdpLine,
  type Setup,
  writeSdp,
} from "@purertc/sdp";
import type { CreatedDescription, IceParameters, LocalSessionParameters, NegotiationState } from "./types.ts";

/** The part of a section that describes its transport; bundled sections other than the tag have none. */
export interface TransportLines {
  readonly ice: IceParameters;
  /** Lines of our own description to carry over, with the port and c= line they go with: gathered candidates of the same generation. */
  readonly gathered?: MediaDescription;
  readonly setup: Setup;
  readonly trickle: boolean;
}

/** Where a section stands: what goes into its m= and c= lines, and what it says of its transport. */
export interface SectionPlace {
  /** Its own, or its bundle's. */
  readonly transport?: TransportLines;
  /** RFC 9143 §6: port zero. */
  readonly bundleOnly: boolean;
  /** The tag of its bundle, when that has the address. */
  readonly shared?: { readonly port: number; readonly connection: Connection | undefined };
}

/** What a data section says. */
export interface DataSectionInit {
  readonly protocol: string;
  readonly formats: readonly string[];
  /** Absent when the peer's offer had none. */
  readonly mid?: string;
  readonly legacy: boolean;
  readonly place: SectionPlace;
}

/** An accepted or offered data section (RFC 8841 §10). */
export function dataSection(local: LocalSessionParameters, init: DataSectionInit): MediaDescription {
  const sctpPort = local.sctpPort ?? 5000;
  const { attributes, ...place } = placeLines(local, init.place);
  if (init.mid !== undefined) attributes.push(attribute("mid", init.mid));
  if (init.place.bundleOnly) attributes.push(attribute("bundle-only", true));
  if (init.legacy) attributes.push(attribute("sctpmap", { port: sctpPort, protocol: "webrtc-datachannel", streams: 65_535 }));
  else attributes.push(attribute("sctp-port", sctpPort));
  attributes.push(attribute("max-message-size", local.maxMessageSize ?? 262_144));
  return createMedia({
    kind: "application",
    ...place,
    protocol: init.protocol,
    formats: init.legacy ? [String(sctpPort)] : init.formats,
    attributes,
  });
}

/** The parts of a section that its place decides; the attributes are the first of the section. */
export function placeLines(
  local: LocalSessionParameters,
  place: SectionPlace,
): { readonly port: number; readonly connection: Connection; readonly attributes: SdpLine[] } {
  const { transport, bundleOnly, shared } = place;
  const address = bundleOnly ? undefined : (transport?.gathered ?? shared);
  return {
    port: bundleOnly ? 0 : (address?.port ?? DISCARD_PORT),
    connection: address?.connection ?? NO_ADDRESS,
    attributes: transport === undefined ? [] : transportLines(local, transport),
  };
}

/** A section that is off: port zero, and no more than is needed to keep its place (RFC 3264 §6). */
export function rejectedSection(
  of: { readonly kind: string; readonly protocol: string; readonly formats: readonly string[] },
  mid: string | undefined,
): MediaDescription {
  const attributes = [attribute("inactive", true)];
  if (mid !== undefined) attributes.push(attribute("mid", mid));
  return createMedia({ kind: of.kind, port: 0, protocol: of.protocol, formats: of.formats, connection: NO_ADDRESS, attributes });
}

/**
 * The place of a section that shares the transport of its bundle's tag, or has none but that.
 * DEVIATION from RFC 9143 §7.1.3, which keeps the attributes of a transport to the tag: as browsers do, credentials and fingerprints are repeated in all
 * its sections (candidates are not), because peers look for them in each.
 * INTEROP: Chromium 156 answers all but the first two sections of a bundle with port zero when they lack them, and insists on a=rtcp-mux.
 */
export function sharedPlace(tag: SectionPlace | undefined, bundleOnly: boolean): SectionPlace {
  const { gathered, ...transport } = tag?.transport ?? {};
  const address = gathered ?? tag?.shared;
  return { bundleOnly, ...("ice" in transport && { transport }), ...(address && { shared: address }) };
}

/** Puts the sections into a session, gives it the right version, and remembers what was generated. */
export function finishDescription(
  state: NegotiationState,
  type: "offer" | "answer",
  media: readonly MediaDescription[],
  bundles: readonly (readonly string[])[],
  allowsMixedExtensions: boolean,
  freshCredentials: ReadonlyMap<string, IceParameters>,
): CreatedDescription {
  const attributes = bundles.map((mids) => attribute("group", { semantics: "BUNDLE", mids }));
  if (allowsMixedExtensions) attributes.push(attribute("extmap-allow-mixed", true));
  // INTEROP: libwebrtc before Chromium 72 looks for streams only where this announces them; RFC 8830 did without it.
  if (media.some((one) => one.hasAttribute("msid"))) attributes.push(attribute("msid-semantic", { semantic: "WMS", ids: ["*"] }));
  const session = (version: number): string =>
    writeSdp(
      createSession({
        origin: {
          username: "-",
          sessionId: state.sessionId,
          sessionVersion: String(version),
          netType: "IN",
          addressType: "IP4",
          address: "0.0.0.0",
        },
        attributes,
        media,
      }),
    );
  // RFC 9429 §5.2.2, §5.3.2: the version grows by one when the text differs from the last generated, and stays otherwise.
  const unversioned = session(0);
  const sessionVersion = unversioned === state.lastGenerated ? state.sessionVersion : state.sessionVersion + 1;
  const sdp = sessionVersion === 0 ? unversioned : session(sessionVersion);
  const last = type === "offer" ? { lastCreatedOffer: sdp } : { lastCreatedAnswer: sdp };
  return { sdp, next: { ...state, sessionVersion, lastGenerated: unversioned, freshCredentials, ...last } };
}

/** RFC 8839 §5.4: at least 24 and 128 bits of randomness; here 48 and 144. */
function newCredentials(random: RandomSource): IceParameters {
  return { usernameFragment: randomString(random, 8, ICE_CHARS), password: randomString(random, 24, ICE_CHARS) };
}

/**
 * Credentials for the section `mid` that no applied description carries: those generated for an earlier, unapplied text, else those of the other sections
 * of this one, else new ones.
 * INTEROP: as browsers do, all new sections of a description have the same, because pion 3 refuses a description in which they differ.
 */
export function freshCredentials(fresh: Map<string, IceParameters>, mid: string, random: RandomSource): IceParameters {
  const known = fresh.get(mid) ?? fresh.values().next().value ?? newCredentials(random);
  fresh.set(mid, known);
  return known;
}

function transportLines(local: LocalSessionParameters, init: TransportLines): SdpLine[] {
  const lines: SdpLine[] = [];
  if (init.gathered !== undefined) {
    for (const text of init.gathered.attributes("candidate")) lines.push(attribute("candidate", text));
    if (init.gathered.endOfCandidates) lines.push(attribute("end-of-candidates", true));
  }
  lines.push(attribute("ice-ufrag", init.ice.usernameFragment), attribute("ice-pwd", init.ice.password));
  // DEVIATION from RFC 9429 §5.2.1: `ice2` is left out and no a=tls-id is written, because browsers write neither (Chromium 156, Firefox 153) and gateways are tested against browsers.
  if (init.trickle) lines.push(attribute("ice-options", ["trickle"]));
  for (const fingerprint of local.fingerprints) lines.push(attribute("fingerprint", fingerprint));
  lines.push(attribute("setup", init.setup));
  return lines;
}

/** RFC 9429 §5.2.1: the port of a section without candidates. */
const DISCARD_PORT = 9;
const NO_ADDRESS = { netType: "IN", addressType: "IP4", address: "0.0.0.0" };
