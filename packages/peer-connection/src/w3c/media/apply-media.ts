/** https://w3c.github.io/webrtc-pc/#set-description, the steps for audio and video sections and for the rollback of them. */
import { codecIdentity } from "../../jsep/codec.ts";
import type { NegotiatedMedia, RtpCodec } from "../../jsep/media-types.ts";
import type { Negotiated, Side, SignalingState } from "../../jsep/types.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import type { RTCDtlsTransport } from "../rtc-dtls-transport.ts";
import { isNegotiated } from "./codec-match.ts";
import { noTrackChanges, processRemoteTracks, receives, removeRemote, setRemoteStreams, type TrackChanges } from "./remote-tracks.ts";
import { defaultEncodings, proposedEncodings } from "./send-encodings.ts";
import { setEncodings } from "./sender-steps.ts";
import { createTransceiverRecord, type TransceiverRecord } from "./transceiver-record.ts";
import { stopTransceiver } from "./transceiver-steps.ts";

/** Steps for an offer that comes in the stable state: what a rollback is to restore. */
export function rememberStableMedia(slots: ConnectionSlots): void {
  for (const { senderSlots, receiverSlots } of slots.transceivers) {
    senderSlots.lastStableTransport = senderSlots.transport;
    const [only, ...others] = senderSlots.encodings;
    senderSlots.lastStableRidlessEncodings = others.length === 0 && only?.rid === undefined ? senderSlots.encodings : null;
    receiverSlots.lastStableTransport = receiverSlots.transport;
    receiverSlots.lastStableStreams = receiverSlots.streams;
    receiverSlots.lastStableReceiveCodecs = receiverSlots.receiveCodecs;
  }
}

/** Steps 11 and 12, after the engine has applied the description. `before` is the signaling state before it. What is to be announced in the end. */
export function applyMedia(slots: ConnectionSlots, side: Side, negotiated: Negotiated, before: SignalingState): TrackChanges {
  const changes = noTrackChanges();
  if (negotiated.type === "rollback") {
    for (const record of slots.transceivers) rollBack(slots, record, before, changes);
  } else {
    for (const media of negotiated.media ?? []) {
      if (side === "local") applyLocal(slots, negotiated, media, changes);
      else applyRemote(slots, negotiated, media, changes);
    }
  }
  forgetRemoved(slots);
  return changes;
}

/** Step 11.1. */
function applyLocal(slots: ConnectionSlots, { type }: Negotiated, media: NegotiatedMedia, changes: TrackChanges): void {
  const record = recordOf(slots, media);
  if (record === undefined) return;
  const { slots: transceiver, receiverSlots } = record;
  // Steps 1.1 to 1.7. An answer may put the section into the transport of another.
  const associated = transceiver.mid !== null;
  transceiver.mid = media.mid;
  if (transceiver.stopped) return;
  if (!associated || type !== "offer") setTransports(slots, record, media);
  const { direction } = media;
  // Step 5.
  transceiver.receptive = receives(direction);
  // Step 6.
  receiverSlots.receiveCodecs = receives(direction) ? (media.offeredCodecs ?? []) : [];
  // Step 7.
  if (type !== "offer") {
    followLayers(record, []);
    settle(slots, record, media);
    if (!receives(direction) && receives(transceiver.firedDirection)) {
      setRemoteStreams(slots, record, [], changes);
      removeRemote(record, changes);
    }
    transceiver.firedDirection = direction;
  }
  if (record.engine.stopped) stopTransceiver(slots, record);
}

/** Step 11.2. */
function applyRemote(slots: ConnectionSlots, { type }: Negotiated, media: NegotiatedMedia, changes: TrackChanges): void {
  // Steps 5 and 7.
  const record = recordOf(slots, media) ?? createFromRemote(slots, media);
  if (record === undefined) return;
  const { slots: transceiver, engine } = record;
  // Steps 1 to 4, 6 and 8.
  followLayers(record, media.requestedEncodings ?? []);
  // Step 9.
  transceiver.mid = media.mid;
  // Steps 10 and 11.
  const direction = media.rejected ? "inactive" : media.direction;
  // Step 12.
  processRemoteTracks(slots, record, direction, receives(direction) ? engine.remoteStreamIds : [], changes);
  // Step 13: of an offer what can be received of it.
  if (type === "offer") record.receiverSlots.receiveCodecs = receives(direction) ? receivable(slots, media) : [];
  // Steps 14 and 15.
  if (type !== "offer") {
    settle(slots, record, media);
    setTransports(slots, record, media);
  }
  // Step 16.
  if (media.rejected && !transceiver.stopped) stopTransceiver(slots, record);
}

/** Step 12. */
function rollBack(slots: ConnectionSlots, record: TransceiverRecord, before: SignalingState, changes: TrackChanges): void {
  const { slots: transceiver, senderSlots, receiverSlots, engine } = record;
  // Step 2.1.
  transceiver.mid = engine.mid ?? null;
  // Steps 2.2 to 2.4.
  senderSlots.transport = senderSlots.lastStableTransport;
  receiverSlots.transport = receiverSlots.lastStableTransport;
  receiverSlots.receiveCodecs = receiverSlots.lastStableReceiveCodecs;
  if (senderSlots.lastStableRidlessEncodings !== null && senderSlots.encodings.some(({ rid }) => rid !== undefined)) {
    setEncodings(slots, record, senderSlots.lastStableRidlessEncodings);
    senderSlots.lastReturnedParameters = null;
  }
  // Step 2.5.
  if (before === "have-remote-offer" && !transceiver.stopped) {
    const streamIds = receiverSlots.lastStableStreams.map(({ id }) => id);
    processRemoteTracks(slots, record, transceiver.currentDirection, streamIds, changes);
  }
  // Step 2.6: one that the rolled back offer made goes with it.
  if (engine.stopped && !transceiver.stopped) stopTransceiver(slots, record);
}

function receivable(
  { media }: ConnectionSlots,
  { kind, offeredCodecs = [] }: NegotiatedMedia,
): NonNullable<NegotiatedMedia["offeredCodecs"]> {
  const known = new Set(media[kind].codecs.map(codecIdentity));
  return offeredCodecs.filter((codec) => known.has(codecIdentity(codec)));
}

/** What an answer settles of a section: codecs, and the direction. */
function settle(slots: ConnectionSlots, record: TransceiverRecord, { agreed, direction, rejected }: NegotiatedMedia): void {
  const { slots: transceiver, senderSlots, receiverSlots, flow } = record;
  senderSlots.sendCodecs = agreed?.sendCodecs ?? [];
  // "If encoding.codec is not in [[SendCodecs]], remove it."
  const { codecs } = slots.media[transceiver.kind];
  const isGone = (codec: RtpCodec | undefined): boolean => codec !== undefined && !isNegotiated(codec, senderSlots.sendCodecs, codecs);
  if (!rejected && senderSlots.encodings.some(({ codec }) => isGone(codec))) {
    const kept = senderSlots.encodings.map(({ codec, ...rest }) => (codec === undefined || isGone(codec) ? rest : { ...rest, codec }));
    setEncodings(slots, record, kept);
  }
  senderSlots.headerExtensions = agreed?.headerExtensions ?? [];
  senderSlots.reducedSize = agreed?.rtcpReducedSize ?? false;
  senderSlots.lastReturnedParameters = null;
  receiverSlots.receiveCodecs = receives(direction) ? (agreed?.receiveCodecs ?? []) : [];
  receiverSlots.headerExtensions = agreed?.headerExtensions ?? [];
  receiverSlots.reducedSize = agreed?.rtcpReducedSize ?? false;
  transceiver.currentDirection = direction;
  if (direction === "sendrecv" || direction === "sendonly") transceiver.hasSent = true;
  flow.changed();
}

/** Steps 11.2.1 to 11.2.8: [[SendEncodings]] become what the engine has made of them, as the peer asked for layers or took fewer than there were. */
function followLayers(
  { engine, senderSlots, flow }: TransceiverRecord,
  requested: NonNullable<NegotiatedMedia["requestedEncodings"]>,
): void {
  const before = senderSlots.encodings;
  const rids = engine.sender.encodings.map(({ rid }) => rid);
  if (rids.length === before.length && rids.every((rid, index) => rid === before[index]!.rid)) return;
  const proposed = proposedEncodings(requested);
  const known = [...before, ...proposed];
  senderSlots.encodings = rids.map((rid) => known.find((encoding) => encoding.rid === rid) ?? { ...before[0]!, ...(rid && { rid }) });
  senderSlots.lastReturnedParameters = null;
  flow.changed();
}

function setTransports(slots: ConnectionSlots, { senderSlots, receiverSlots }: TransceiverRecord, { transportId }: NegotiatedMedia): void {
  const transport = slots.engine.transports.find(({ agreed }) => agreed.id === transportId);
  const dtls: RTCDtlsTransport | null = (transport && slots.transports.get(transport.id)?.dtls) ?? null;
  if (dtls === null) return;
  senderSlots.transport = dtls;
  receiverSlots.transport = dtls;
}

function recordOf(slots: ConnectionSlots, { transceiver: id }: NegotiatedMedia): TransceiverRecord | undefined {
  return slots.transceivers.find(({ engine }) => engine.id === id);
}

/** Step 11.2.7. */
function createFromRemote(slots: ConnectionSlots, { transceiver: id, kind }: NegotiatedMedia): TransceiverRecord | undefined {
  const engine = slots.engine.transceivers.find((transceiver) => transceiver.id === id);
  if (engine === undefined) return undefined;
  const { remoteTrackId } = engine;
  return createTransceiverRecord(slots, engine, {
    track: null,
    streamIds: [],
    encodings: defaultEncodings(kind),
    ...(remoteTrackId === undefined ? {} : { remoteTrackId }),
  });
}

/** Transceivers leave the set when their sections are gone for good. */
function forgetRemoved(slots: ConnectionSlots): void {
  const left = new Set(slots.engine.transceivers);
  const removed = slots.transceivers.filter(({ engine }) => !left.has(engine));
  if (removed.length === 0) return;
  slots.transceivers = slots.transceivers.filter(({ engine }) => left.has(engine));
  for (const record of removed) if (!record.slots.stopped) stopTransceiver(slots, record);
}
