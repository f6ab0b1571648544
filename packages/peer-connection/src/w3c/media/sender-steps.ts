/** The methods of RTCRtpSender, after conversion: https://w3c.github.io/webrtc-pc/#rtcrtpsender-interface. */
import type { EncodingParameters } from "../../engine/media/types.ts";
import type { ConnectionSlots } from "../connection-slots.ts";
import { updateNegotiationNeededFlag } from "../negotiation-needed-flag.ts";
import { isNegotiated } from "./codec-match.ts";
import type { MediaStreamTrack } from "./media-stream-track.ts";
import type { SenderSlots } from "./rtc-rtp-sender.ts";
import { codecParametersOf, headerExtensionParametersOf, type RTCRtpSendParameters } from "./rtp-parameters.ts";
import { checkSetParameters, type SendEncoding } from "./send-encodings.ts";
import type { TransceiverRecord } from "./transceiver-record.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-getparameters */
export function getParametersSteps(slots: ConnectionSlots, sender: SenderSlots): RTCRtpSendParameters {
  // Step 2.
  if (sender.lastReturnedParameters !== null) return structuredClone(sender.lastReturnedParameters);
  // Step 3.
  const parameters: RTCRtpSendParameters = {
    transactionId: crypto.randomUUID(),
    encodings: sender.encodings.map((encoding) => structuredClone(encoding)),
    headerExtensions: sender.headerExtensions.map(headerExtensionParametersOf),
    rtcp: { cname: slots.engine.cname, reducedSize: sender.reducedSize },
    codecs: sender.sendCodecs.map(codecParametersOf),
  };
  // Steps 4 and 5.
  sender.lastReturnedParameters = parameters;
  slots.tasks.queue(() => {
    if (sender.lastReturnedParameters === parameters) sender.lastReturnedParameters = null;
  });
  return structuredClone(parameters);
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-setparameters */
export function setParametersSteps(slots: ConnectionSlots, record: TransceiverRecord, parameters: RTCRtpSendParameters): Promise<void> {
  const { senderSlots: sender, slots: transceiver } = record;
  // Step 4.
  if (transceiver.stopping) return Promise.reject(new DOMException("The transceiver is stopped.", "InvalidStateError"));
  // Step 5.
  if (sender.lastReturnedParameters === null) {
    return Promise.reject(new DOMException("setParameters must follow getParameters in the same task.", "InvalidStateError"));
  }
  // Step 6.
  const { codecs } = slots.media[sender.kind];
  const sendable = sender.sendCodecs.length > 0 ? sender.sendCodecs : codecs;
  const encodings = checkSetParameters(parameters, sender.lastReturnedParameters, sender.kind, (codec) =>
    isNegotiated(codec, sendable, codecs),
  );
  // Steps 7 to 9.
  return new Promise((resolve, reject) => {
    slots.tasks.queue(() => {
      sender.lastReturnedParameters = null;
      // A description applied meanwhile may have taken layers away.
      if (encodings.length !== sender.encodings.length) {
        reject(new DOMException("The encodings have changed with a description.", "OperationError"));
        return;
      }
      setEncodings(slots, record, encodings);
      resolve();
    });
  });
}

/** Sets [[SendEncodings]] and what is sent with them. Their number and rids are those there are. */
export function setEncodings(slots: ConnectionSlots, record: TransceiverRecord, encodings: readonly SendEncoding[]): void {
  record.senderSlots.encodings = encodings;
  if (slots.isClosed) return;
  slots.engine.setEncodings(slots.runtime.now(), record.engine.id, encodings.map(engineEncoding));
  record.flow.changed();
  slots.driver.touch();
}

/** What the engine knows of an encoding. */
export function engineEncoding(encoding: SendEncoding): EncodingParameters {
  const { rid, active, maxBitrate, maxFramerate, scaleResolutionDownBy, codec } = encoding;
  return {
    ...(rid === undefined ? {} : { rid }),
    active,
    ...(maxBitrate === undefined ? {} : { maxBitrate }),
    ...(maxFramerate === undefined ? {} : { maxFramerate }),
    ...(scaleResolutionDownBy === undefined ? {} : { scaleResolutionDownBy }),
    ...(codec === undefined ? {} : { codec }),
  };
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-replacetrack */
export function replaceTrackSteps(slots: ConnectionSlots, record: TransceiverRecord, withTrack: MediaStreamTrack | null): Promise<void> {
  const { senderSlots: sender, slots: transceiver } = record;
  // Step 5.
  if (withTrack !== null && withTrack.kind !== transceiver.kind) {
    return Promise.reject(new TypeError(`replaceTrack: a sender of ${transceiver.kind} cannot send ${withTrack.kind}.`));
  }
  // Step 6.
  return slots.operations.chain(() => {
    // Step 6.1.
    if (transceiver.stopping) throw new DOMException("The transceiver is stopped.", "InvalidStateError");
    // Steps 6.2 to 6.5.
    // DEVIATION from webrtc-pc #dom-rtcrtpsender-replacetrack: because a track does not say what codec its next frame has, none is refused with
    // InvalidModificationError; frames of a codec that was not agreed are dropped.
    return new Promise<void>((resolve) => {
      slots.tasks.queue(() => {
        if (slots.isClosed) return;
        sender.track = withTrack;
        record.flow.attach(withTrack);
        resolve();
      });
    });
  });
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-setstreams */
export function setStreamsSteps(slots: ConnectionSlots, record: TransceiverRecord, streamIds: readonly string[]): void {
  // Step 3.
  if (slots.isClosed) throw new DOMException("The RTCPeerConnection is closed.", "InvalidStateError");
  // Steps 4 and 5.
  associateStreams(slots, record, streamIds);
  // Step 6.
  updateNegotiationNeededFlag(slots);
}

/** Sets [[AssociatedMediaStreamIds]]. */
export function associateStreams(slots: ConnectionSlots, record: TransceiverRecord, streamIds: readonly string[]): void {
  record.senderSlots.streamIds = [...new Set(streamIds)];
  // A stopped transceiver may have left the engine; its streams say nothing to anybody.
  if (!record.slots.stopped) slots.engine.setSenderStreams(record.engine.id, record.senderSlots.streamIds);
}
