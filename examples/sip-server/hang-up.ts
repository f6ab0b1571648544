// Ending dialogs of our own accord.
import type { DialogPair, Leg } from "./dialog-pair.ts";
import type { Switchboard } from "./switchboard.ts";

/** Sends BYE to one side or both, an ACK first where one is owed, and forgets the dialog. Whatever comes of the BYEs, it is over. */
export function hangUp(board: Switchboard, pair: DialogPair, side: "callee" | "both", reason?: string): void {
  if (!pair.ended) {
    for (const leg of side === "both" ? [pair.caller, pair.callee] : [pair.callee]) void bye(board, leg, reason);
    board.dialogs.remove(pair);
  }
}

async function bye(board: Switchboard, leg: Leg, reason: string | undefined): Promise<void> {
  const { dialog, invite } = leg;
  if (dialog.role === "uac" && dialog.state === "early") dialog.confirm(); // it has sent a 2xx, or we would not be here
  const ack = dialog.role === "uac" && invite !== undefined ? dialog.createAck(invite.request) : undefined;
  const request = dialog.createRequest("BYE", reason === undefined ? {} : { headers: { Reason: reason } });
  try {
    const flow = await board.nextHop.flowTo(dialog.nextHop, leg.flow, 0);
    if (ack !== undefined) board.stack.send(ack, flow);
    board.stack.request(request, flow, { response: () => {}, failed: () => {} });
  } catch {
    // That side cannot be reached: it is over there as well.
  }
}
