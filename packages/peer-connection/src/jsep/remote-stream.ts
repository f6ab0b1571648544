/** What a section says of the streams its writer sends: a=msid (RFC 8830), a=ssrc and a=ssrc-group (RFC 5576). */
import type { MediaDescription, SsrcAttribute } from "@purertc/sdp";
import type { RemoteStreamDescription } from "./media-types.ts";

/** Reads a remote section. What is beyond the limits is left out. */
export function remoteStream(media: MediaDescription): RemoteStreamDescription {
  const sources = media.ssrc;
  const msids = media.msid.length > 0 ? media.msid : legacyMsids(sources);
  const streamIds = new Set(msids.map(({ id }) => id));
  streamIds.delete("-"); // RFC 8830 §2: no stream
  const trackId = msids.find(({ appData }) => appData !== undefined)?.appData;
  const cname = sources.find(({ attribute }) => attribute === "cname")?.value;
  return {
    ssrcs: [...new Set(sources.map(({ ssrc }) => ssrc))].slice(0, MOST_SSRCS),
    ssrcGroups: media.ssrcGroup.slice(0, MOST_GROUPS).map(({ semantics, ssrcs }) => ({ semantics, ssrcs: ssrcs.slice(0, MOST_SSRCS) })),
    streamIds: [...streamIds].slice(0, MOST_STREAMS),
    ...(trackId !== undefined && { trackId }),
    ...(cname !== undefined && { cname }),
  };
}

/** Whether a section describes several tracks, as "Plan B" did; JSEP has a section for each. */
export function describesSeveralTracks(media: MediaDescription): boolean {
  return new Set(legacyMsids(media.ssrc).map(({ appData }) => appData)).size > 1;
}

interface MsidLike {
  readonly id: string;
  readonly appData?: string;
}

/** INTEROP: libwebrtc before its unified plan (Chromium 72), and some gateways still: `a=ssrc:1 msid:stream track`. */
function legacyMsids(sources: readonly SsrcAttribute[]): readonly MsidLike[] {
  return sources.flatMap(({ attribute, value = "" }): MsidLike[] => {
    if (attribute !== "msid") return [];
    const [id, appData] = value.split(" ");
    return id === "" || id === undefined ? [] : [{ id, ...(appData !== undefined && { appData }) }];
  });
}

/** Streams of one section that the engine keeps state for. */
const MOST_SSRCS = 64;
const MOST_GROUPS = 64;
const MOST_STREAMS = 64;
