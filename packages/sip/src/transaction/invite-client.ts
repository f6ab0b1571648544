/**
 * The INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §8.4).
 *
 * ```
 *            1xx              2xx
 *  calling ------> proceeding -----> accepted --M--> terminated
 *     |  |             |     (2xx also straight from calling)
 *     |  +--300-699----+-----------> completed --D--> terminated      ACK for each 300-699
 *     +--B--> terminated
 * ```
 */
import type { Instant } from "@purertc/core";
import { createAck, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import { ClientMachine, type ClientMachineInit } from "./client-machine.ts";
import { NEVER } from "./deadlines.ts";
import type { TransactionContext } from "./machine.ts";
import { MessageTransmit } from "./message-transmit.ts";
import { transactionLifetime } from "./timers.ts";

/** A running INVITE client transaction. */
export class InviteClientMachine extends ClientMachine {
  /** Timer A's next interval. */
  #interval: number;
  #ack: { readonly request: SipRequest; readonly bytes: Uint8Array } | undefined;

  constructor(context: TransactionContext, init: ClientMachineInit) {
    super(context, init, "calling");
    this.#interval = context.timers.t1;
  }

  /** §17.1.1.2: the request goes out; timer B runs, and timer A over UDP. */
  start(now: Instant): void {
    const { timers } = this.context;
    this.setTimers(this.flow.reliable ? NEVER : now + this.#interval, now + transactionLifetime(timers));
    this.sendRequest();
  }

  /** §9.1: after a CANCEL, the final response must come within 64 T1. */
  limitAfterCancel(now: Instant): void {
    if (this.state === "proceeding") this.setEnd(now + transactionLifetime(this.context.timers));
  }

  override handleResponse(now: Instant, response: SipResponse): void {
    const { statusCode } = response;
    switch (this.state) {
      case "calling":
      case "proceeding":
        if (statusCode < 200) this.#provisional(response);
        else if (statusCode < 300) this.#accepted(now, response);
        else this.#completed(now, response);
        return;
      case "accepted":
        // RFC 6026 §8.4: every 2xx goes up, whether it is a retransmission or from another branch; the rest is dropped.
        if (statusCode >= 200 && statusCode < 300) this.report(response);
        return;
      case "completed":
        if (statusCode >= 300) this.#sendAck();
        // A proxy passes on each 2xx, even after a failure (§16.7 item 5): somebody has to acknowledge and end that call.
        else if (statusCode >= 200) this.context.emit({ type: "stray-response", response, flow: this.flow });
        return;
      default:
        return;
    }
  }

  #provisional(response: SipResponse): void {
    if (this.state === "calling") {
      this.enter("proceeding");
      this.setTimers(NEVER, NEVER); // no limit on ringing here: that is the caller's
    }
    this.report(response);
  }

  #accepted(now: Instant, response: SipResponse): void {
    this.enter("accepted");
    this.releaseBytes();
    this.setTimers(NEVER, now + transactionLifetime(this.context.timers)); // Timer M
    this.report(response);
  }

  #completed(now: Instant, response: SipResponse): void {
    this.enter("completed");
    this.releaseBytes();
    const request = createAck(this.request, response); // §17.1.1.3
    this.#ack = { request, bytes: this.context.write(request) };
    this.#sendAck();
    this.report(response);
    if (this.flow.reliable) this.terminate();
    else this.setTimers(NEVER, now + this.context.timers.d);
  }

  #sendAck(): void {
    if (this.#ack !== undefined) this.context.transmit(new MessageTransmit(this.#ack.request, this.#ack.bytes, this.flow));
  }

  /** Timer A: only in `calling`. */
  protected override handleRepeat(now: Instant): void {
    this.#interval *= 2;
    this.setRepeat(now + this.#interval);
    this.sendRequest();
  }

  protected override handleEnd(): void {
    if (this.state === "calling") this.fail("timeout", "timer B: no response to INVITE");
    else if (this.state === "proceeding") this.fail("timeout", "no final response to INVITE after CANCEL");
    else this.terminate(); // Timers D and M
  }
}
