/** What audio and video sections must be by themselves (RFC 9429 §5.8.3; RFC 8285 §5). Failures are InvalidAccessError, as in browsers. */
import { extensionKey } from "./header-extensions.ts";
import { describesSeveralTracks } from "./remote-stream.ts";
import { firstFailure, refuse } from "./section-failure.ts";
import { multiplexesRtcp, type SectionView, usesDtlsSrtp } from "./section-view.ts";
import type { JsepFailure, LocalSessionParameters } from "./types.ts";

/** The first thing wrong with the audio and video sections of a description. */
export function verifyMediaSections(
  views: readonly SectionView[],
  type: "offer" | "pranswer" | "answer",
  local: LocalSessionParameters,
): JsepFailure | undefined {
  const live = views.filter((view) => view.mediaKind !== undefined && !view.rejected);
  return firstFailure(live, (view) => verifySection(view, views, type, local));
}

function verifySection(
  view: SectionView,
  views: readonly SectionView[],
  type: "offer" | "pranswer" | "answer",
  local: LocalSessionParameters,
): JsepFailure | undefined {
  const { media } = view;
  if (media.attributeTexts("rid").length > MOST_RIDS) return refuse(view, `it has more than ${MOST_RIDS} a=rid lines`);
  if (media.simulcast !== undefined) {
    const rids = new Set(media.rid.map((rid) => rid.id));
    const named = [...(media.simulcast.send ?? []), ...(media.simulcast.recv ?? [])].flat();
    if (named.some((one) => !rids.has(one.id))) return refuse(view, "a=simulcast names a rid that no a=rid line describes");
  }
  if (hasAmbiguousId(view)) return refuse(view, "one header extension id stands for two extensions");
  // JSEP has a section for each track; what one section says of several would be dropped without a word.
  if (describesSeveralTracks(media)) return refuse(view, 'its a=ssrc lines describe several tracks ("Plan B")');
  // An answer without it would need a second transport, which there is under neither policy.
  if (usesDtlsSrtp(view) && !multiplexesRtcp(view, views, type) && (type !== "offer" || local.rtcpMuxPolicy !== "negotiate")) {
    return refuse(view, "it has no a=rtcp-mux");
  }
  return undefined;
}

/**
 * RFC 8285 §5: an id means one extension in its section.
 * INTEROP: across a bundle neither ids nor payload types are held against a peer, though RFC 9143 §9.1 and §10 have them mean one thing: Firefox 153 offers
 * new sections with its own payload types where ours stand for other codecs already. Streams are told apart by mid and SSRC.
 */
function hasAmbiguousId({ media }: SectionView): boolean {
  const meanings = new Map<number, string>();
  return media.extmap.some((extension) => {
    const meaning = extensionKey(extension);
    const known = meanings.get(extension.id) ?? meaning;
    meanings.set(extension.id, known);
    return known !== meaning;
  });
}

/** Far more than the sixteen layers that are ever taken; keeps small what a section can ask for. */
const MOST_RIDS = 256;
