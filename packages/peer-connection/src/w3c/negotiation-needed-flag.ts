/** https://w3c.github.io/webrtc-pc/#dfn-update-the-negotiation-needed-flag */
import { type ConnectionSlots, fire } from "./connection-slots.ts";

/** Looks, now or when the operations chain is empty, whether `negotiationneeded` is to be fired. */
export function updateNegotiationNeededFlag(slots: ConnectionSlots): void {
  // Step 1.
  if (slots.operations.length !== 0) {
    slots.updateNegotiationNeededFlagOnEmptyChain = true;
    return;
  }
  // Step 2.
  slots.tasks.queue(() => {
    // Step 2.1.
    if (slots.isClosed) return;
    // Step 2.2.
    if (slots.operations.length !== 0) {
      slots.updateNegotiationNeededFlagOnEmptyChain = true;
      return;
    }
    // Step 2.3.
    if (slots.signalingState !== "stable") return;
    // Step 2.4.
    if (!slots.engine.negotiationNeeded()) {
      slots.negotiationNeeded = false;
      return;
    }
    // Step 2.5.
    if (slots.negotiationNeeded) return;
    // Step 2.6.
    slots.negotiationNeeded = true;
    // Step 2.7.
    fire(slots.connection, "negotiationneeded");
  });
}

/** The last part of step 7.4 of chaining an operation: the chain ran empty. */
export function operationsChainEmptied(slots: ConnectionSlots): void {
  if (!slots.updateNegotiationNeededFlagOnEmptyChain) return;
  slots.updateNegotiationNeededFlagOnEmptyChain = false;
  updateNegotiationNeededFlag(slots);
}
