/** https://w3c.github.io/webrtc-pc/#rtcpeerconnection-interface-extensions-rtp (§5.1): addTrack, removeTrack and addTransceiver, after conversion. */
import type { Direction, MediaKind } from "../../jsep/media-types.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import { updateNegotiationNeededFlag } from "../negotiation-needed-flag.ts";
import { toDictionary, toEnumeration, toSequence } from "../webidl.ts";
import { type MediaStream, toStream } from "./media-stream.ts";
import { isTrack, type MediaStreamTrack } from "./media-stream-track.ts";
import type { RTCRtpSender } from "./rtc-rtp-sender.ts";
import type { RTCRtpTransceiver, RTCRtpTransceiverDirection } from "./rtc-rtp-transceiver.ts";
import { type RTCRtpEncodingParameters, toEncoding, toMediaKind } from "./rtp-parameters.ts";
import { checkSendEncodings, defaultEncodings, type SendEncoding } from "./send-encodings.ts";
import { associateStreams, engineEncoding } from "./sender-steps.ts";
import { createTransceiverRecord, type TransceiverRecord } from "./transceiver-record.ts";
import { changeDirection } from "./transceiver-steps.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiverinit */
export interface RTCRtpTransceiverInit {
  direction?: RTCRtpTransceiverDirection;
  streams?: MediaStream[];
  sendEncodings?: RTCRtpEncodingParameters[];
}

interface FullTransceiverInit {
  readonly direction: RTCRtpTransceiverDirection;
  readonly streams: readonly MediaStream[];
  readonly sendEncodings: readonly SendEncoding[];
}

/** Converts the first argument of addTransceiver: a track, or else a kind, which the steps will check. */
export function toTrackOrKind(value: unknown): MediaStreamTrack | string {
  return isTrack(value) ? value : `${value}`;
}

/** Converts to RTCRtpTransceiverInit; members in the order Web IDL reads them. */
export function toTransceiverInit(value: unknown): FullTransceiverInit {
  const { direction, sendEncodings, streams } = toDictionary(value, "RTCRtpTransceiverInit");
  return {
    direction: direction === undefined ? "sendrecv" : toEnumeration(direction, DIRECTIONS, "RTCRtpTransceiverDirection"),
    sendEncodings: sendEncodings === undefined ? [] : toSequence(sendEncodings, toEncoding, "RTCRtpTransceiverInit.sendEncodings"),
    streams: streams === undefined ? [] : toSequence(streams, (item) => toStream(item, "RTCRtpTransceiverInit.streams"), "streams"),
  };
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-addtrack */
export function addTrackSteps(slots: ConnectionSlots, track: MediaStreamTrack, streams: readonly MediaStream[]): RTCRtpSender {
  // Step 5.
  if (slots.isClosed) throw closedError();
  // Steps 6 and 7.
  const senders = slots.transceivers.filter(({ slots: transceiver }) => !transceiver.stopped);
  if (senders.some(({ senderSlots }) => senderSlots.track === track)) {
    throw new DOMException("A sender sends this track already.", "InvalidAccessError");
  }
  const streamIds = [...new Set(streams.map(({ id }) => id))];
  // Step 8.
  const reused = senders.find(
    ({ slots: transceiver, senderSlots }) =>
      senderSlots.track === null && transceiver.kind === track.kind && !transceiver.stopping && !transceiver.hasSent,
  );
  if (reused !== undefined) {
    // Step 9.
    sendTrack(slots, reused, track, streamIds);
    updateNegotiationNeededFlag(slots);
    return reused.sender;
  }
  // Step 10.
  const { sender } = createTransceiver(slots, track.kind, {
    direction: "sendrecv",
    track,
    streamIds,
    encodings: defaultEncodings(track.kind),
    addedByTrack: true,
  });
  // Step 12.
  updateNegotiationNeededFlag(slots);
  return sender;
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-removetrack */
export function removeTrackSteps(slots: ConnectionSlots, sender: RTCRtpSender): void {
  // Step 3.
  if (slots.isClosed) throw closedError();
  // Step 4.
  if (!slots.createdSenders.has(sender)) throw new DOMException("The sender is another connection's.", "InvalidAccessError");
  // Steps 5 to 8.
  const record = slots.transceivers.find((other) => other.sender === sender);
  if (record === undefined || record.slots.stopping || record.senderSlots.track === null) return;
  // Step 9.
  record.senderSlots.track = null;
  record.flow.attach(null);
  // Steps 10 and 11.
  const { direction } = record.slots;
  if (direction === "sendrecv") changeDirection(slots, record, "recvonly");
  else if (direction === "sendonly") changeDirection(slots, record, "inactive");
  // Step 12.
  updateNegotiationNeededFlag(slots);
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-addtransceiver */
export function addTransceiverSteps(
  slots: ConnectionSlots,
  trackOrKind: MediaStreamTrack | string,
  init: FullTransceiverInit,
): RTCRtpTransceiver {
  // Steps 5 and 6.
  const track = typeof trackOrKind === "string" ? null : trackOrKind;
  const kind = typeof trackOrKind === "string" ? toMediaKind(trackOrKind) : trackOrKind.kind;
  // Step 7.
  if (slots.isClosed) throw closedError();
  // Steps 8 and 9.
  const encodings = checkSendEncodings(init.sendEncodings, kind, slots.media[kind].codecs);
  if (init.direction === "stopped") throw new TypeError('addTransceiver: a transceiver cannot begin "stopped"');
  // Steps 10 to 13.
  const { transceiver } = createTransceiver(slots, kind, {
    direction: init.direction,
    track,
    streamIds: [...new Set(init.streams.map(({ id }) => id))],
    encodings,
    addedByTrack: false,
  });
  // Step 14.
  updateNegotiationNeededFlag(slots);
  return transceiver;
}

/** https://w3c.github.io/webrtc-pc/#legacy-configuration-extensions (§4.4.3.2): `offerToReceiveAudio` and `offerToReceiveVideo`. */
export function offerToReceive(slots: ConnectionSlots, kind: MediaKind, wanted: boolean): void {
  const ofKind = slots.transceivers.filter(({ slots: transceiver }) => transceiver.kind === kind && !transceiver.stopping);
  // Step 1.
  if (!wanted) {
    for (const record of ofKind) {
      if (record.slots.direction === "sendrecv") changeDirection(slots, record, "sendonly");
      else if (record.slots.direction === "recvonly") changeDirection(slots, record, "inactive");
    }
    return;
  }
  // Steps 2 to 5.
  if (ofKind.some(({ slots: { direction } }) => direction === "sendrecv" || direction === "recvonly")) return;
  createTransceiver(slots, kind, {
    direction: "recvonly",
    track: null,
    streamIds: [],
    encodings: defaultEncodings(kind),
    addedByTrack: false,
  });
}

/** Gives a sender without a track one: addTrack, steps 9.1 to 9.6. */
function sendTrack(slots: ConnectionSlots, record: TransceiverRecord, track: MediaStreamTrack, streamIds: readonly string[]): void {
  const { engine } = slots;
  record.senderSlots.track = track;
  associateStreams(slots, record, streamIds);
  engine.setSenderTrackId(record.engine.id, track.id);
  engine.noteTrackAdded(record.engine.id);
  const { direction } = record.slots;
  if (direction === "recvonly") changeDirection(slots, record, "sendrecv");
  else if (direction === "inactive") changeDirection(slots, record, "sendonly");
  record.flow.attach(track);
}

function createTransceiver(
  slots: ConnectionSlots,
  kind: MediaKind,
  init: {
    readonly direction: Direction;
    readonly track: MediaStreamTrack | null;
    readonly streamIds: readonly string[];
    readonly encodings: readonly SendEncoding[];
    readonly addedByTrack: boolean;
  },
): TransceiverRecord {
  const { direction, track, streamIds, encodings, addedByTrack } = init;
  const transceiver = slots.engine.addTransceiver(slots.runtime.now(), kind, {
    direction,
    streamIds,
    addedByTrack,
    ...(track === null ? {} : { trackId: track.id }),
    encodings: encodings.map(engineEncoding),
  });
  return createTransceiverRecord(slots, transceiver, { track, streamIds, encodings });
}

function closedError(): DOMException {
  return new DOMException("The RTCPeerConnection is closed.", "InvalidStateError");
}

const DIRECTIONS = ["sendrecv", "sendonly", "recvonly", "inactive", "stopped"] as const;
