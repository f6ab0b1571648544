import { COMMON_HEADER_LENGTH } from "../codec/packet.ts";
import type { AssociationContext, Tcb } from "./context.ts";
import type { Heartbeat } from "./heartbeat.ts";

/**
 * Writes the chunks of the next packet after the common header (RFC 9260 §6.10): control, SACK, FORWARD-TSN, DATA, as far as they fit. Returns the end; the
 * header's length when there is nothing to send.
 */
export function assembleChunks(context: AssociationContext, tcb: Tcb, heartbeat: Heartbeat, out: Uint8Array): number {
  const { outbox, state } = context;
  const room = out.length & ~3;
  const limit = Math.min(context.packetSize, room);
  let at = COMMON_HEADER_LENGTH;
  for (let chunk = outbox.chunks.peek(); chunk !== undefined && at + chunk.length <= limit; chunk = outbox.chunks.peek()) {
    out.set(chunk, at);
    at += chunk.length;
    outbox.chunks.shift();
  }
  if (state === "cookie-echoed") return at;
  const { tx } = tcb;
  const { tracker } = tcb.rx;
  const beforeSack = at;
  // A SACK that could wait goes along when there is something else to send; alone it waits (§6.2).
  if (tracker.hasUnreported) at = tracker.writeSack(out, at, limit, tcb.rx.window);
  const afterSack = at;
  if (!context.moved && (state === "established" || state === "shutdown-pending" || state === "shutdown-received")) {
    const beforeData = at;
    at = tx.write(context.now, out, at, limit, room);
    if (at > beforeData) heartbeat.pathUsed();
  }
  if (afterSack === beforeSack) return at;
  if (at === afterSack && beforeSack === COMMON_HEADER_LENGTH && !tracker.sackDue) return COMMON_HEADER_LENGTH;
  tracker.sackSent();
  tcb.rx.windowWasClosed = tcb.rx.window < context.options.receiveWindow >> 3;
  context.timers.clear("delayed-sack");
  return at;
}
