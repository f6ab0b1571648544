/** https://w3c.github.io/webrtc-pc/#process-remote-tracks: what a description means for the tracks that the peer sends, and for their streams. */
import type { Direction } from "../../jsep/media-types.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import { addRemoteTrack, createRemoteStream, type MediaStream, removeRemoteTrack } from "./media-stream.ts";
import { RTCTrackEvent } from "./rtc-track-event.ts";
import type { TransceiverRecord } from "./transceiver-record.ts";

/** The lists that https://w3c.github.io/webrtc-pc/#set-description gathers, to be acted upon when everything has its final state. */
export interface TrackChanges {
  readonly added: TransceiverRecord[];
  readonly muted: TransceiverRecord[];
  readonly streamAdditions: { readonly stream: MediaStream; readonly record: TransceiverRecord }[];
  readonly streamRemovals: { readonly stream: MediaStream; readonly record: TransceiverRecord }[];
}

/** Empty lists. */
export function noTrackChanges(): TrackChanges {
  return { added: [], muted: [], streamAdditions: [], streamRemovals: [] };
}

/** https://w3c.github.io/webrtc-pc/#process-remote-tracks */
export function processRemoteTracks(
  slots: ConnectionSlots,
  record: TransceiverRecord,
  direction: Direction | null,
  streamIds: readonly string[],
  changes: TrackChanges,
): void {
  const before = changes.streamAdditions.length;
  // Step 1.
  setRemoteStreams(slots, record, streamIds, changes);
  // Step 2.
  if (receives(direction) && (!receives(record.slots.firedDirection) || changes.streamAdditions.length > before))
    changes.added.push(record);
  // Step 3.
  if (!receives(direction)) record.slots.receptive = false;
  // Step 4.
  if (!receives(direction) && receives(record.slots.firedDirection)) removeRemote(record, changes);
  // Step 5.
  record.slots.firedDirection = direction;
}

/** https://w3c.github.io/webrtc-pc/#process-remote-track-removal */
export function removeRemote(record: TransceiverRecord, changes: TrackChanges): void {
  if (!record.receiverSlots.track.muted) changes.muted.push(record);
}

/** https://w3c.github.io/webrtc-pc/#set-associated-remote-streams */
export function setRemoteStreams(
  slots: ConnectionSlots,
  record: TransceiverRecord,
  streamIds: readonly string[],
  { streamAdditions, streamRemovals }: TrackChanges,
): void {
  const { receiverSlots } = record;
  // Steps 2 and 3.
  const streams = [...new Set(streamIds)].map((id) => slots.remoteStreams.get(id) ?? newStream(slots, id));
  // Step 5.
  for (const stream of receiverSlots.streams) if (!streams.includes(stream)) streamRemovals.push({ stream, record });
  // Step 6.
  for (const stream of streams) if (!receiverSlots.streams.includes(stream)) streamAdditions.push({ stream, record });
  // Step 7.
  receiverSlots.streams = streams;
}

/** https://w3c.github.io/webrtc-pc/#set-description, the last steps: muting, streams, and `track` events. */
export function announceTrackChanges(slots: ConnectionSlots, { added, muted, streamAdditions, streamRemovals }: TrackChanges): void {
  for (const { source } of muted) source.setMuted(true);
  for (const { stream, record } of streamRemovals) removeRemoteTrack(stream, record.receiverSlots.track);
  for (const { stream, record } of streamAdditions) addRemoteTrack(stream, record.receiverSlots.track);
  const events = added.map(({ receiver, receiverSlots: { track, streams }, transceiver }) => {
    return new RTCTrackEvent("track", { receiver, track, streams: [...streams], transceiver });
  });
  for (const event of events) slots.connection.dispatchEvent(event);
}

/** Whether the peer sends. */
export function receives(direction: Direction | null): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

/** "Unless a MediaStream object has previously been created with this id for this connection": as long as anybody could tell. */
function newStream(slots: ConnectionSlots, id: string): MediaStream {
  const stream = createRemoteStream(id);
  slots.remoteStreams.set(id, stream);
  return stream;
}
