/**
 * What audio and video sections must be by themselves and within their bundle (RFC 9429 §5.8.3; RFC 9143 §9, §10; RFC 8285 §5). Failures are
 * InvalidAccessError, as in browsers.
 */
import { codecIdentity, describedCodecs } from "./codec.ts";
import { extensionKey } from "./header-extensions.ts";
import type { NegotiatedCodec } from "./media-types.ts";
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
  return firstFailure(live, (view) => verifySection(view, views, type, local)) ?? verifySharedNumbers(live);
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
  // JSEP has a section for each track; what one section says of several would be dropped without a word.
  if (describesSeveralTracks(media)) return refuse(view, 'its a=ssrc lines describe several tracks ("Plan B")');
  // An answer without it would need a second transport, which there is under neither policy.
  if (usesDtlsSrtp(view) && !multiplexesRtcp(view, views, type) && (type !== "offer" || local.rtcpMuxPolicy !== "negotiate")) {
    return refuse(view, "it has no a=rtcp-mux");
  }
  return undefined;
}

/** RFC 9143 §9.1: sections of a bundle share one RTP session, so a payload type, and an extension's id, means one thing in all of them. */
function verifySharedNumbers(live: readonly SectionView[]): JsepFailure | undefined {
  const sessions = new Map<object, { readonly payloadTypes: Map<number, string>; readonly ids: Map<number, string> }>();
  return firstFailure(live, (view) => {
    const key = view.bundle ?? view;
    const session = sessions.get(key) ?? { payloadTypes: new Map<number, string>(), ids: new Map<number, string>() };
    sessions.set(key, session);
    for (const extension of view.media.extmap) {
      const meaning = extensionKey(extension);
      if ((session.ids.get(extension.id) ?? meaning) !== meaning)
        return refuse(view, `header extension id ${extension.id} means two things`);
      session.ids.set(extension.id, meaning);
    }
    for (const codec of describedCodecs(view.media)) {
      const meaning = meaningOf(codec);
      if ((session.payloadTypes.get(codec.payloadType) ?? meaning) !== meaning) {
        return refuse(view, `payload type ${codec.payloadType} means two things`);
      }
      session.payloadTypes.set(codec.payloadType, meaning);
    }
    return undefined;
  });
}

/** Far more than the sixteen layers that are ever taken; keeps small what a section can ask for. */
const MOST_RIDS = 256;

function meaningOf(codec: NegotiatedCodec): string {
  return codec.repairs === undefined ? codecIdentity(codec) : `${codecIdentity(codec)} of ${codec.repairs}`;
}
