/** The methods of RTCRtpTransceiver, after conversion: https://w3c.github.io/webrtc-pc/#rtcrtptransceiver-interface. */
import type { Direction } from "../../jsep/media-types.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import { updateNegotiationNeededFlag } from "../negotiation-needed-flag.ts";
import { codecsMatch } from "./codec-match.ts";
import { type RTCRtpCodec, standsAlone } from "./rtp-parameters.ts";
import type { TransceiverRecord } from "./transceiver-record.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiver-direction, steps 7 and 8. */
export function setDirectionSteps(slots: ConnectionSlots, record: TransceiverRecord, direction: Direction): void {
  changeDirection(slots, record, direction);
  updateNegotiationNeededFlag(slots);
}

/** Sets [[Direction]]. */
export function changeDirection(slots: ConnectionSlots, record: TransceiverRecord, direction: Direction): void {
  record.slots.direction = direction;
  slots.engine.setTransceiverDirection(slots.runtime.now(), record.engine.id, direction);
  slots.driver.touch();
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiver-stop */
export function stopSteps(slots: ConnectionSlots, record: TransceiverRecord): void {
  // Step 3.
  if (slots.isClosed) throw new DOMException("The RTCPeerConnection is closed.", "InvalidStateError");
  // Step 4.
  if (record.slots.stopping) return;
  // Step 5.
  stopSendingAndReceiving(slots, record);
  // Step 6.
  updateNegotiationNeededFlag(slots);
}

/** https://w3c.github.io/webrtc-pc/#stop-sending-and-receiving. The receiver's tracks end at once; the events that say so have tasks of their own. */
export function stopSendingAndReceiving(slots: ConnectionSlots, record: TransceiverRecord): void {
  // Steps 3 and 4.
  record.flow.attach(null);
  if (!slots.isClosed && !record.engine.stopped) {
    slots.engine.stopTransceiver(slots.runtime.now(), record.engine.id);
    slots.driver.touch();
  }
  // Step 5.
  record.source.end((task) => slots.tasks.queue(task));
  // Steps 6 and 7.
  record.slots.direction = "inactive";
  record.slots.stopping = true;
}

/** https://w3c.github.io/webrtc-pc/#stop-the-rtcrtptransceiver */
export function stopTransceiver(slots: ConnectionSlots, record: TransceiverRecord): void {
  // Step 2.
  if (!record.slots.stopping) stopSendingAndReceiving(slots, record);
  record.release();
  // Steps 3 to 5.
  record.slots.stopped = true;
  record.slots.receptive = false;
  record.slots.currentDirection = null;
  // Steps 6 and 7.
  record.receiverSlots.streams = [];
  record.receiverSlots.lastStableStreams = [];
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiver-setcodecpreferences */
export function setCodecPreferencesSteps(slots: ConnectionSlots, record: TransceiverRecord, codecs: readonly RTCRtpCodec[]): void {
  const capabilities = slots.media[record.slots.kind].codecs;
  // Step 4.
  const distinct = codecs.filter((codec, index) => codecs.findIndex((other) => codecsMatch(other, codec)) === index);
  // Steps 6 to 8. An empty list goes back to what is the default.
  for (const codec of distinct) {
    if (!capabilities.some((known) => codecsMatch(known, codec))) {
      throw new DOMException(`setCodecPreferences: ${codec.mimeType} is none of the capabilities.`, "InvalidModificationError");
    }
  }
  if (distinct.length > 0 && !distinct.some(standsAlone)) {
    throw new DOMException("setCodecPreferences: none of these carries media by itself.", "InvalidModificationError");
  }
  // Step 9.
  if (!slots.isClosed && !record.slots.stopped) slots.engine.setCodecPreferences(record.engine.id, distinct);
}
