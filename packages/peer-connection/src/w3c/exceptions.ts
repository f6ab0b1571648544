/** JavaScript exceptions for the failures that the layers below return or throw. */
import { InvalidStateError } from "@purertc/core";
import type { JsepFailure } from "../jsep/index.ts";
import { RTCError } from "./rtc-error.ts";

/** The exception webrtc-pc names for a failed negotiation step. */
export function exceptionOf(failure: JsepFailure): DOMException | TypeError {
  if (failure.name === "TypeError") return new TypeError(failure.message);
  if (failure.name !== "RTCError") return new DOMException(failure.message, failure.name);
  const { sdpLineNumber } = failure;
  return new RTCError({ errorDetail: "sdp-syntax-error", ...(sdpLineNumber === undefined ? {} : { sdpLineNumber }) }, failure.message);
}

/**
 * Why the association did not take a message. Undefined when it, or the channel, is ending and the task that tells the application has not run yet: the
 * message is lost, as one that was sent a moment before. An OperationError when the buffer is full.
 */
export function sendExceptionOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof InvalidStateError && error.code !== "SCTP_SEND_BUFFER_FULL") return undefined;
  return new DOMException(error.message, "OperationError");
}
