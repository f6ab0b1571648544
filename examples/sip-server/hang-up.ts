// Ending dialogs of our own accord.
import { type ClientTransaction, Dialog } from "@purertc/sip";
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import type { DialogPair, Leg } from "./dialog-pair.ts";
import type { Switchboard } from "./switchboard.ts";

/** Sends BYE to both sides and forgets the dialog. Whatever comes of the BYEs, it is over. */
export function hangUp(board: Switchboard, pair: DialogPair, reason: string): void {
  if (pair.ended) return;
  for (const leg of [pair.caller, pair.callee]) void send(board, leg.dialog.createRequest("BYE", { headers: { Reason: reason } }), leg);
  board.dialogs.remove(pair);
}

/**
 * Answers a 2xx that comes too late: the caller has gone, or talks to another phone. It is acknowledged every time it comes, and the dialog it has made
 * ended the first time (RFC 3261 §13.2.2.4).
 */
export function refuseAnswer(
  board: Switchboard,
  response: SipResponse,
  { request, flow }: ClientTransaction,
  { isFirst, pinned }: { readonly isFirst: boolean; readonly pinned: boolean },
): void {
  const contact = request.headers.get("Contact");
  const dialog = contact === undefined || contact === "*" ? undefined : Dialog.fromResponse(request, response, { contact });
  if (dialog === undefined) return;
  const leg = { dialog, flow, pinned };
  void send(board, dialog.createAck(request), leg);
  if (isFirst) void send(board, dialog.createRequest("BYE"), leg);
}

async function send(board: Switchboard, request: SipRequest, leg: Pick<Leg, "dialog" | "flow" | "pinned">): Promise<void> {
  try {
    const flow = await board.nextHop.flowTo(leg.dialog.nextHop, leg, 0);
    if (request.method === "ACK") board.stack.send(request, flow);
    else board.stack.request(request, flow, { response: () => {}, failed: () => {} });
  } catch {
    // That side cannot be reached: it is over there as well.
  }
}
