/** https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-getstats and the stats selection algorithm for the whole connection. */
import type { MediaStats } from "../../engine/media/media-stats.ts";
import type { TransceiverId } from "../../jsep/media-types.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import { CONSTRUCT } from "../interface.ts";
import type { MediaStreamTrack } from "../media/media-stream-track.ts";
import { RTCStatsReport } from "../rtc-stats-report.ts";
import type { AnyRTCStats } from "./any-stats.ts";
import type { RTCDataChannelStats, RTCPeerConnectionStats } from "./dictionaries.ts";
import { rtpStats, streamKey } from "./rtp-stats.ts";
import { StatsIds } from "./stats-ids.ts";
import { transportStats } from "./transport-stats.ts";

/** What a report is to be about: all that a sender sends, or a receiver receives. */
export type StatsSelector = { readonly sender: TransceiverId } | { readonly receiver: TransceiverId };

/** https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-getstats, step 3: the only sender or receiver of the track. Throws InvalidAccessError. */
export function selectorOf({ transceivers }: ConnectionSlots, track: MediaStreamTrack): StatsSelector {
  const found: StatsSelector[] = [];
  for (const { engine, senderSlots, receiverSlots } of transceivers) {
    if (senderSlots.track === track) found.push({ sender: engine.id });
    if (receiverSlots.track === track) found.push({ receiver: engine.id });
  }
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new DOMException("getStats: the track must be that of exactly one sender or receiver.", "InvalidAccessError");
  }
  return only;
}

/** Gathers in one go, so that all objects of a report are of the same moment. Works after close() as well, on what is left. */
export function getStatsSteps(slots: ConnectionSlots, selector?: StatsSelector): Promise<RTCStatsReport> {
  return new Promise((resolve) => {
    slots.tasks.queue(() => resolve(new RTCStatsReport(CONSTRUCT, gather(slots, selector))));
  });
}

function gather(slots: ConnectionSlots, selector: StatsSelector | undefined): ReadonlyMap<string, AnyRTCStats> {
  let ids = idsOf.get(slots);
  if (ids === undefined) {
    ids = new StatsIds(slots.runtime.random);
    idsOf.set(slots, ids);
  }
  const timestamp = slots.runtime.timeOrigin + slots.runtime.now();
  const connection: RTCPeerConnectionStats = {
    id: ids.of("connection"),
    timestamp,
    type: "peer-connection",
    dataChannelsOpened: slots.dataChannelsOpened,
    dataChannelsClosed: slots.dataChannelsClosed,
  };
  const report = new Map<string, AnyRTCStats>();
  const add = (stats: AnyRTCStats): void => void report.set(stats.id, stats);
  add(connection);
  for (const record of slots.dataChannels.values()) {
    const { label, protocol, id, readyState } = record.slots;
    const channel: RTCDataChannelStats = {
      id: ids.of(`channel ${record.handle}`),
      timestamp,
      type: "data-channel",
      label,
      protocol,
      ...(id === null ? {} : { dataChannelIdentifier: id }),
      state: readyState,
      messagesSent: record.messagesSent,
      bytesSent: record.bytesSent,
      messagesReceived: record.messagesReceived,
      bytesReceived: record.bytesReceived,
    };
    add(channel);
  }
  if (slots.isClosed) return selector === undefined ? report : new Map();
  const media = slots.engine.mediaStats(slots.runtime.now());
  for (const transport of slots.engine.transports) {
    const found = media.transports.find((other) => other.transport === transport.id);
    transportStats(slots, ids, transport, found, timestamp, add);
  }
  rtpStats(slots, ids, media, timestamp, add);
  return selector === undefined ? report : selected(report, streamIds(ids, media, selector));
}

/** https://w3c.github.io/webrtc-pc/#dfn-stats-selection-algorithm: what is selected, and all that it refers to. */
function selected(report: ReadonlyMap<string, AnyRTCStats>, wanted: readonly string[]): ReadonlyMap<string, AnyRTCStats> {
  const found = new Map<string, AnyRTCStats>();
  const visit = (id: string): void => {
    const stats = report.get(id);
    if (stats === undefined || found.has(id)) return;
    found.set(id, stats);
    for (const [member, value] of Object.entries(stats)) {
      if (member.endsWith("Id") && typeof value === "string") visit(value);
    }
  };
  for (const id of wanted) visit(id);
  return found;
}

/** The streams that a selector is about. */
function streamIds(ids: StatsIds, { inbound, outbound }: MediaStats, selector: StatsSelector): readonly string[] {
  if ("sender" in selector) {
    return outbound.filter(({ transceiver }) => transceiver === selector.sender).map((stream) => ids.of(streamKey("outbound-rtp", stream)));
  }
  return inbound.filter(({ transceiver }) => transceiver === selector.receiver).map((stream) => ids.of(streamKey("inbound-rtp", stream)));
}

/** Made on the first call: most connections are never asked. */
const idsOf = new WeakMap<ConnectionSlots, StatsIds>();
