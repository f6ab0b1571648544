/** createAnswer (RFC 9429 §5.3). */
import type { ExtMap, MediaDescription } from "@purertc/sdp";
import { acceptedSections } from "./answer-acceptance.ts";
import { intersection, isReceiving, isSending, reversed } from "./direction.ts";
import {
  dataSection,
  finishDescription,
  freshCredentials,
  rejectedSection,
  type SectionPlace,
  sharedPlace,
  type TransportLines,
} from "./generate.ts";
import { answeredExtensions, ExtensionIdChoice, extensionIdsOf } from "./header-extensions.ts";
import { mediaSection } from "./media-section.ts";
import type { LocalTransceiver, NegotiatedCodec } from "./media-types.ts";
import { allowsCryptex, reducesRtcp, type SectionView, transportSection } from "./section-view.ts";
import { answeredSimulcast } from "./simulcast.ts";
import { agreedPair, viewsWithin } from "./state.ts";
import { continues, localSectionByMid, remoteSectionByMid, sameIdentity } from "./transports.ts";
import { type CreatedDescription, type IceParameters, JsepFailure, type LocalSessionParameters, type NegotiationState } from "./types.ts";

/** An answer to the pending remote offer. The same state gives the same text. */
export function createAnswer(state: NegotiationState, local: LocalSessionParameters): CreatedDescription | JsepFailure {
  const offer = state.pendingRemoteDescription;
  if ((state.signalingState !== "have-remote-offer" && state.signalingState !== "have-local-pranswer") || offer === undefined) {
    return new JsepFailure("InvalidStateError", `createAnswer in signaling state "${state.signalingState}"`);
  }
  const views = viewsWithin(state, "remote", offer);
  const { accepted, groups } = acceptedSections(state, local, views);
  const fresh = new Map(state.freshCredentials);
  const places = new Map<number, SectionPlace>();
  const tagOf = new Map(groups.flatMap((group) => group.map((view) => [view.index, group[0]!] as const)));
  for (const index of accepted.keys()) {
    const view = views[index]!;
    if ((tagOf.get(index) ?? view) === view) {
      places.set(index, { transport: answerTransport(state, local, view, views, fresh), bundleOnly: false });
    }
  }
  const sessionAllowsMixed = offer.parsed.extmapAllowMixed;
  const extensionIds = new ExtensionIdChoice(state.extensionIds);
  for (const view of views) extensionIds.keep(extensionIdsOf(view.media));
  const media = views.map((view): MediaDescription => {
    const mid = view.midStated ? view.mid : undefined; // §5.3.1: if and only if present in the offer
    const acceptance = accepted.get(view.index);
    if (acceptance === undefined) return rejectedSection(view.media, mid);
    const place = places.get(view.index) ?? sharedPlace(places.get(tagOf.get(view.index)?.index ?? -1), false);
    if (acceptance.kind === "data") {
      const { protocol, formats } = view.media;
      return dataSection(local, { protocol, formats, ...(mid !== undefined && { mid }), legacy: view.data?.legacy === true, place });
    }
    const { transceiver, codecs } = acceptance;
    return answeredMedia(local, { view, views, mid, place, transceiver, codecs, extensionIds, sessionAllowsMixed });
  });
  // §5.3.1: every offered group, with the mids that live. One whose sections are all rejected is left out (RFC 9143 §7.3.1).
  const bundles = groups.map((group) => group.map((view) => view.mid));
  return finishDescription(state, "answer", media, bundles, sessionAllowsMixed && hasMedia(accepted.values()), fresh);
}

function hasMedia(acceptances: Iterable<{ readonly kind: "data" | "media" }>): boolean {
  return [...acceptances].some(({ kind }) => kind === "media");
}

interface AnsweredMediaInit {
  readonly view: SectionView;
  readonly views: readonly SectionView[];
  readonly mid: string | undefined;
  readonly place: SectionPlace;
  readonly transceiver: LocalTransceiver;
  readonly codecs: readonly NegotiatedCodec[];
  readonly extensionIds: ExtensionIdChoice;
  readonly sessionAllowsMixed: boolean;
}

function answeredMedia(local: LocalSessionParameters, init: AnsweredMediaInit): MediaDescription {
  const { view, views, mid, transceiver, codecs } = init;
  const { media } = view;
  const direction = transceiver.stopping ? "inactive" : intersection(transceiver.direction, reversed(view.direction));
  const extensions = answeredExtensions(media.extmap, local.capabilities?.[transceiver.kind], init.extensionIds, {
    encryption: local.headerExtensionEncryption ?? "accept",
    allowMixed: view.allowsMixedExtensions,
  });
  return mediaSection(local, {
    kind: transceiver.kind,
    protocol: media.protocol,
    ...(mid !== undefined && { mid }),
    place: init.place,
    direction,
    codecs,
    extensions,
    allowsMixedExtensions: media.extmapAllowMixed && !init.sessionAllowsMixed,
    rtcp: false,
    rtcpMuxOnly: false, // RFC 8858 §4.3
    rtcpReducedSize: reducesRtcp(view, views, "offer"),
    cryptex: allowsCryptex(view, views, "offer") && local.cryptex !== "never",
    transceiver,
    // RFC 8853 §5.3.2: without the extension that names them, streams could not be told apart.
    simulcast: hasRid(extensions)
      ? answeredSimulcast(media, {
          receives: isReceiving(direction),
          sends: isSending(direction),
          encodings: transceiver.encodings,
          codecs,
        })
      : { rids: [] },
  });
}

function hasRid(extensions: readonly ExtMap[]): boolean {
  return extensions.some(({ uri, attributes }) => [uri, attributes].includes("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"));
}

/** §5.3.2: what lives on stays as it is; an ICE restart gets new credentials, a new DTLS association a new role. */
function answerTransport(
  state: NegotiationState,
  local: LocalSessionParameters,
  offered: SectionView,
  views: readonly SectionView[],
  fresh: Map<string, IceParameters>,
): TransportLines {
  const described = transportSection(offered, views, "offer");
  const pair = agreedPair(state);
  // A new section that is its bundle's tag: what the bundle had until now.
  const mid = [offered.mid, ...(offered.bundle?.mids ?? [])].find((one) => state.established.has(one)) ?? offered.mid;
  const ours = pair === undefined ? undefined : localSectionByMid(pair, mid);
  const theirs = pair === undefined ? undefined : remoteSectionByMid(pair, mid);
  const sameSession =
    theirs?.ice?.usernameFragment === described.ice?.usernameFragment && theirs?.ice?.password === described.ice?.password;
  const goesOn = continues(state.established, offered, views, pair);
  const role = goesOn && theirs !== undefined && sameIdentity(theirs, described) ? state.established.get(mid)?.dtlsRole : undefined;
  return {
    // INTEROP: Firefox 153 begins a new transport without new credentials, and refuses an answer with new ones as an ICE restart it did not ask for.
    ice: (sameSession ? ours?.ice : undefined) ?? freshCredentials(fresh, offered.mid, local.random),
    ...(sameSession && goesOn && ours && { gathered: ours.media }),
    // §5.3.1: active when we may choose (RFC 8842 §5.3).
    setup: role === "server" || (role === undefined && described.setup === "active") ? "passive" : "active",
    trickle: described.iceOptions.includes("trickle"),
  };
}
