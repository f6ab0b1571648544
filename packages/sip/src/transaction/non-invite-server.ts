/**
 * The non-INVITE server transaction (RFC 3261 §17.2.2 with erratum 1470, RFC 4320).
 *
 * ```
 *           1xx               200-699
 *  trying ------> proceeding ---------> completed --J--> terminated
 *                                      (200-699 also straight from trying)
 * ```
 */
import type { Instant } from "@purertc/core";
import type { SipResponse } from "@purertc/sip-parser";
import type { Flow } from "../flow.ts";
import { NEVER } from "./deadlines.ts";
import type { TransactionContext } from "./machine.ts";
import { ServerMachine, type ServerMachineInit } from "./server-machine.ts";
import { nonInviteTryingDelay, transactionLifetime } from "./timers.ts";

/** A running server transaction of any method but INVITE and ACK. */
export class NonInviteServerMachine extends ServerMachine {
  constructor(context: TransactionContext, init: ServerMachineInit) {
    super(context, init, "trying");
  }

  /** RFC 4320 §4.1: a 100 is owed when the client's Timer E has come to T2, whatever the transport. */
  start(now: Instant): void {
    this.setTimers(now + nonInviteTryingDelay(this.context.timers), NEVER);
  }

  override respond(now: Instant, response: SipResponse): void {
    if (this.state !== "trying" && this.state !== "proceeding") return; // §17.2.2: other final responses are discarded
    if (response.statusCode < 200) {
      this.enter("proceeding");
      this.setTimers(NEVER, NEVER);
      this.send(response);
      return;
    }
    this.enter("completed");
    this.sendFinal(response, true);
    if (this.flow.reliable) this.terminate();
    else this.setTimers(NEVER, now + transactionLifetime(this.context.timers)); // Timer J
  }

  override handleRetransmission(flow: Flow): void {
    this.repeatResponse(flow); // nothing yet in `trying`
  }

  protected override handleRepeat(): void {
    this.setTimers(NEVER, NEVER);
    this.sendTrying();
  }

  protected override handleEnd(): void {
    this.terminate();
  }
}
