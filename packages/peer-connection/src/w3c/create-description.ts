/** https://w3c.github.io/webrtc-pc/#dfn-create-an-offer and https://w3c.github.io/webrtc-pc/#dfn-create-an-answer */
import { JsepFailure } from "../jsep/index.ts";
import type { ConnectionSlots } from "./connection-slots.ts";
import { exceptionOf } from "./exceptions.ts";

/** What createOffer and createAnswer resolve with. */
export interface CreatedDescriptionInit {
  type: "offer" | "answer";
  sdp: string;
}

/** Create an offer. */
export function createOfferSteps(slots: ConnectionSlots, options: { readonly iceRestart: boolean }): Promise<CreatedDescriptionInit> {
  // Step 1.
  if (slots.signalingState !== "stable" && slots.signalingState !== "have-local-offer") return rejectForState(slots, "createOffer");
  // Steps 2 to 4. Making a certificate takes 0.1 ms, so it happens in the task as well.
  return inTask(slots, "offer", () => {
    slots.lastOfferRestartsIce = options.iceRestart;
    return slots.engine.createOffer(slots.runtime.now(), options);
  });
}

/** Create an answer. */
export function createAnswerSteps(slots: ConnectionSlots): Promise<CreatedDescriptionInit> {
  // Step 1.
  if (slots.signalingState !== "have-remote-offer" && slots.signalingState !== "have-local-pranswer") {
    return rejectForState(slots, "createAnswer");
  }
  // Steps 2 to 4.
  return inTask(slots, "answer", () => slots.engine.createAnswer(slots.runtime.now()));
}

/** The final steps, in a task. */
function inTask(slots: ConnectionSlots, type: "offer" | "answer", create: () => string | JsepFailure): Promise<CreatedDescriptionInit> {
  return new Promise((resolve, reject) => {
    slots.tasks.queue(() => {
      // Step 1.
      if (slots.isClosed) return;
      // Steps 3 to 6; the engine keeps [[LastCreatedOffer]] and [[LastCreatedAnswer]].
      try {
        const sdp = create();
        if (sdp instanceof JsepFailure) reject(exceptionOf(sdp));
        else resolve({ type, sdp });
      } catch (error) {
        reject(error); // an error of our own ends this promise and not the process
      }
    });
  });
}

function rejectForState(slots: ConnectionSlots, operation: string): Promise<never> {
  return Promise.reject(
    new DOMException(`${operation} cannot be called in signaling state "${slots.signalingState}".`, "InvalidStateError"),
  );
}
