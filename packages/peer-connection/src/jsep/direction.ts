/** Directions of media (RFC 3264 §6.1; "intersection" and "reversed" as in RFC 9429 §5.3.1). */
import type { MediaDescription, SessionDescription } from "@purertc/sdp";
import type { Direction } from "./media-types.ts";

/** Whether we send. */
export function isSending(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

/** Whether we receive. */
export function isReceiving(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

/** The direction with these two halves. */
export function directionOf(sends: boolean, receives: boolean): Direction {
  return sends ? (receives ? "sendrecv" : "sendonly") : receives ? "recvonly" : "inactive";
}

/** The same seen from the other side. */
export function reversed(direction: Direction): Direction {
  return directionOf(isReceiving(direction), isSending(direction));
}

/** What both allow. */
export function intersection(a: Direction, b: Direction): Direction {
  return directionOf(isSending(a) && isSending(b), isReceiving(a) && isReceiving(b));
}

/** A section's direction, from the side that wrote it: its own, else the session's, else sendrecv (RFC 8866 §6.7). */
export function statedDirection(media: MediaDescription, session: SessionDescription): Direction {
  return media.direction ?? session.direction ?? "sendrecv";
}
