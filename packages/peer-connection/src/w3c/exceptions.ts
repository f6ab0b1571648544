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

/** What `send` throws when the association refuses a message: InvalidStateError when it is gone, OperationError when it is full. */
export function sendExceptionOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return new DOMException(error.message, error instanceof InvalidStateError ? "InvalidStateError" : "OperationError");
}
