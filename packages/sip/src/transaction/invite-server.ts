/**
 * The INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §8.5).
 *
 * ```
 *                  2xx
 *  proceeding ------------> accepted --L--> terminated
 *      |         300-699               ACK                I
 *      +-------------------> completed -----> confirmed ----> terminated
 *                                |
 *                                +--H--> terminated
 * ```
 */
import type { Instant } from "@purertc/core";
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import type { Flow } from "../flow.ts";
import { NEVER } from "./deadlines.ts";
import type { TransactionContext } from "./machine.ts";
import { ServerMachine, type ServerMachineInit } from "./server-machine.ts";
import { transactionLifetime } from "./timers.ts";

/** A running INVITE server transaction. */
export class InviteServerMachine extends ServerMachine {
  /** Timer G's next interval. */
  #interval: number;

  constructor(context: TransactionContext, init: ServerMachineInit) {
    super(context, init, "proceeding");
    this.#interval = context.timers.t1;
  }

  /** §17.2.1: a 100 is owed if the user says nothing within 200 ms. */
  start(now: Instant): void {
    this.setTimers(now + this.context.timers.trying, NEVER);
  }

  override respond(now: Instant, response: SipResponse): void {
    const { statusCode } = response;
    if (this.state === "accepted") {
      // RFC 6026 §8.5: retransmissions of the 2xx, which are its sender's business, and 2xx of other branches.
      if (statusCode >= 200 && statusCode < 300) this.sendFinal(response, false);
      return;
    }
    if (this.state !== "proceeding") return;
    if (statusCode < 200) {
      this.setTimers(NEVER, NEVER);
      this.send(response);
    } else if (statusCode < 300) {
      this.enter("accepted");
      this.setTimers(NEVER, now + transactionLifetime(this.context.timers)); // Timer L
      this.sendFinal(response, false);
    } else {
      this.enter("completed");
      this.setTimers(this.flow.reliable ? NEVER : now + this.#interval, now + transactionLifetime(this.context.timers)); // Timers G and H
      this.sendFinal(response, true);
    }
  }

  override handleRetransmission(flow: Flow): void {
    // RFC 6026 §8.5: absorbed in `accepted`, since the 2xx is retransmitted by its sender; §17.2.1: nothing is owed in `confirmed`.
    if (this.state === "proceeding" || this.state === "completed") this.repeatResponse(flow);
  }

  /** An ACK with the branch of this transaction. */
  handleAck(now: Instant, request: SipRequest): void {
    switch (this.state) {
      case "accepted":
        this.context.emit({ type: "ack", request, flow: this.flow, transaction: this });
        return;
      case "completed":
        this.enter("confirmed");
        this.context.emit({ type: "acknowledged", transaction: this });
        if (this.flow.reliable) this.terminate();
        else this.setTimers(NEVER, now + this.context.timers.t4); // Timer I
        return;
      default:
        return; // too early, or again
    }
  }

  /** Timer G in `completed`; the automatic 100 in `proceeding`. */
  protected override handleRepeat(now: Instant): void {
    if (this.state === "proceeding") {
      this.setTimers(NEVER, NEVER);
      this.sendTrying();
      return;
    }
    this.#interval = Math.min(2 * this.#interval, this.context.timers.t2);
    this.setRepeat(now + this.#interval);
    this.repeatResponse();
  }

  protected override handleEnd(): void {
    if (this.state === "completed") {
      this.enter("terminated");
      this.context.emit({ type: "timeout", transaction: this, reason: "timer H: no ACK" });
    }
    this.terminate();
  }
}
