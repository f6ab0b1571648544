/** https://w3c.github.io/webrtc-pc/#set-description and the two methods that use it. */
import { type AppliedDescription, JsepFailure, type Negotiated, type Side } from "../jsep/index.ts";
import { DEFAULT_MAX_BUFFERED_AMOUNT } from "../settings.ts";
import { type ChannelRecord, type ConnectionSlots, fire } from "./connection-slots.ts";
import { createAnswerSteps, createOfferSteps } from "./create-description.ts";
import { exceptionOf } from "./exceptions.ts";
import { applyMedia, rememberStableMedia } from "./media/apply-media.ts";
import { announceTrackChanges } from "./media/remote-tracks.ts";
import { updateNegotiationNeededFlag } from "./negotiation-needed-flag.ts";
import { RTCError } from "./rtc-error.ts";
import { RTCErrorEvent } from "./rtc-error-event.ts";
import { updateMaxMessageSize } from "./rtc-sctp-transport.ts";
import { type RTCSdpType, type RTCSessionDescription, showing, shows } from "./rtc-session-description.ts";
import { createSctpRecord, updateTransportRecords } from "./transport-records.ts";

/** https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-setlocaldescription, step 4: the steps that are chained. */
export function setLocalDescriptionSteps(slots: ConnectionSlots, givenType: RTCSdpType | undefined, givenSdp: string): Promise<void> {
  slots.localDescriptionSet = true;
  const { signalingState } = slots;
  // Step 4.1.
  const offering = signalingState === "stable" || signalingState === "have-local-offer" || signalingState === "have-remote-pranswer";
  const type = givenType ?? (offering ? "offer" : "answer");
  const { lastCreatedOffer, lastCreatedAnswer } = slots.engine.negotiation;
  // Steps 4.2 and 4.3.
  if (type === "offer" && givenSdp !== "" && givenSdp !== lastCreatedOffer) return rejectModified("createOffer");
  if ((type === "answer" || type === "pranswer") && givenSdp !== "" && givenSdp !== lastCreatedAnswer)
    return rejectModified("createAnswer");
  // Step 4.4. An offer made earlier may no longer be accurate. Creating it anew tells: the text is the same unless something changed.
  if (givenSdp === "" && type === "offer") {
    const iceRestart = lastCreatedOffer !== "" && slots.lastOfferRestartsIce;
    return createOfferSteps(slots, { iceRestart }).then(({ sdp }) => setDescription(slots, "local", "offer", sdp));
  }
  // Step 4.5.
  if (givenSdp === "" && type !== "rollback") {
    return createAnswerSteps(slots).then(({ sdp }) => setDescription(slots, "local", type, sdp));
  }
  // Step 4.6.
  return setDescription(slots, "local", type, givenSdp);
}

/** https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-setremotedescription, step 3: the steps that are chained. */
export function setRemoteDescriptionSteps(slots: ConnectionSlots, type: RTCSdpType, sdp: string): Promise<void> {
  // Step 3.1: RFC 9429 §5.5 lets a remote offer come in "stable" and "have-remote-offer". With a provisional answer the rollback itself fails.
  if (type === "offer" && slots.signalingState !== "stable" && slots.signalingState !== "have-remote-offer") {
    return setDescription(slots, "local", "rollback", "").then(() => setDescription(slots, "remote", type, sdp));
  }
  // Step 3.2.
  return setDescription(slots, "remote", type, sdp);
}

/** Set a session description. */
function setDescription(slots: ConnectionSlots, side: Side, type: RTCSdpType, sdp: string): Promise<void> {
  // Step 2.
  if (type === "rollback" && slots.signalingState !== "have-local-offer" && slots.signalingState !== "have-remote-offer") {
    const message = `There is nothing to roll back in signaling state "${slots.signalingState}".`;
    return Promise.reject(new DOMException(message, "InvalidStateError"));
  }
  // Steps 4 and 5.
  return new Promise((resolve, reject) => {
    slots.tasks.queue(() => {
      if (slots.isClosed) return;
      try {
        const negotiated = slots.engine.setDescription(slots.runtime.now(), side, type, sdp);
        if (negotiated instanceof JsepFailure) {
          reject(exceptionOf(negotiated));
          return;
        }
        applied(slots, side, negotiated);
        resolve();
      } catch (error) {
        reject(error); // an error of our own ends this promise and not the process
      }
      slots.driver.touch();
    });
  });
}

/** Step 5: the description was applied. */
function applied(slots: ConnectionSlots, side: Side, negotiated: Negotiated): void {
  const { type, data } = negotiated;
  const before = slots.signalingState;
  // Step 5.4.
  if (type === "offer" && before === "stable") {
    slots.lastStableStateSctpTransport = slots.sctpTransport;
    rememberStableMedia(slots);
  }
  // Steps 5.5 and 5.6. Early candidates do not exist: gathering begins with a description.
  showDescriptions(slots);
  slots.signalingState = slots.engine.negotiation.signalingState;
  if (side === "remote" && type !== "rollback") slots.canTrickleIceCandidates = supportsTrickle(slots);
  const gatheringChanged = updateTransportRecords(slots);
  // Step 5.7.
  if (type === "offer" && data !== undefined && slots.sctpTransport === null) slots.sctpTransport = createSctpRecord(slots);
  // Step 5.8.
  if (type === "answer" && data === undefined) slots.sctpTransport = null;
  // Step 5.10.
  const errorList = type === "answer" || type === "pranswer" ? negotiatedData(slots, data?.remoteMaxMessageSize) : [];
  // Steps 5.11 and 5.12.
  const trackChanges = applyMedia(slots, side, negotiated, before);
  if (type === "rollback") slots.sctpTransport = slots.lastStableStateSctpTransport;
  // Step 5.14.
  if (slots.signalingState === "stable") {
    slots.negotiationNeeded = false;
    updateNegotiationNeededFlag(slots);
  }
  // Step 5.15.
  if (slots.signalingState !== before) fire(slots.connection, "signalingstatechange");
  if (gatheringChanged) fire(slots.connection, "icegatheringstatechange");
  // Step 5.16.
  for (const { channel } of errorList) {
    const error = new RTCError({ errorDetail: "data-channel-failure" }, "There is no stream left for this channel.");
    channel.dispatchEvent(new RTCErrorEvent("error", { error }));
  }
  // Steps 5.17 to 5.20.
  announceTrackChanges(slots, trackChanges);
}

/** Step 5.10: sizes and ids that the answer settles. The channels for which there is no id are closed and returned. */
function negotiatedData(slots: ConnectionSlots, remoteMaxMessageSize: number | undefined): readonly ChannelRecord[] {
  const { sctpTransport, engine, settings } = slots;
  if (sctpTransport === null) return [];
  const canSendSize = settings.maxBufferedAmount ?? DEFAULT_MAX_BUFFERED_AMOUNT;
  updateMaxMessageSize(sctpTransport.slots, remoteMaxMessageSize ?? DEFAULT_REMOTE_MAX_MESSAGE_SIZE, canSendSize);
  const without: ChannelRecord[] = [];
  for (const record of slots.dataChannels.values()) {
    if (record.slots.id !== null) continue;
    const id = engine.data.opened.id(record.handle);
    if (id !== undefined) record.slots.id = id;
    else if (record.slots.readyState === "connecting") {
      record.slots.enter("closed");
      without.push(record);
    }
  }
  return without;
}

/** Makes the four description attributes show what the engine has now. An object stays the same while its text does. */
export function showDescriptions(slots: ConnectionSlots): void {
  const { negotiation } = slots.engine;
  slots.currentLocalDescription = shown(slots.currentLocalDescription, negotiation.currentLocalDescription);
  slots.currentRemoteDescription = shown(slots.currentRemoteDescription, negotiation.currentRemoteDescription);
  slots.pendingLocalDescription = shown(slots.pendingLocalDescription, negotiation.pendingLocalDescription);
  slots.pendingRemoteDescription = shown(slots.pendingRemoteDescription, negotiation.pendingRemoteDescription);
}

function shown(before: RTCSessionDescription | null, now: AppliedDescription | undefined): RTCSessionDescription | null {
  if (now === undefined) return null;
  return before !== null && shows(before, now) ? before : showing(now);
}

/** RFC 9429 §4.1.17. */
function supportsTrickle(slots: ConnectionSlots): boolean {
  const { pendingRemoteDescription, currentRemoteDescription } = slots.engine.negotiation;
  const description = (pendingRemoteDescription ?? currentRemoteDescription)?.parsed;
  if (description === undefined) return false;
  return [description, ...description.media].some((part) => part.iceOptions.includes("trickle"));
}

function rejectModified(creator: string): Promise<never> {
  return Promise.reject(new DOMException(`The SDP is not what ${creator} gave last.`, "InvalidModificationError"));
}

/** https://w3c.github.io/webrtc-pc/#sctp-transport-update-mms, step 2. */
const DEFAULT_REMOTE_MAX_MESSAGE_SIZE = 65_536;
