/**
 * The non-INVITE client transaction (RFC 3261 §17.1.2).
 *
 * ```
 *           1xx               200-699
 *  trying ------> proceeding ---------> completed --K--> terminated
 *     |               |                (200-699 also straight from trying)
 *     +--F------------+--> terminated
 * ```
 */
import type { Instant } from "@purertc/core";
import type { SipResponse } from "@purertc/sip-parser";
import { ClientMachine, type ClientMachineInit } from "./client-machine.ts";
import { NEVER } from "./deadlines.ts";
import type { TransactionContext } from "./machine.ts";
import { transactionLifetime } from "./timers.ts";

/** A running client transaction of any method but INVITE and ACK. */
export class NonInviteClientMachine extends ClientMachine {
  /** Timer E's next interval. */
  #interval: number;

  constructor(context: TransactionContext, init: ClientMachineInit) {
    super(context, init, "trying");
    this.#interval = context.timers.t1;
  }

  /** §17.1.2.2: the request goes out; timer F runs, and timer E over UDP. */
  start(now: Instant): void {
    const { timers } = this.context;
    this.setTimers(this.flow.reliable ? NEVER : now + this.#interval, now + transactionLifetime(timers));
    this.sendRequest();
  }

  override handleResponse(now: Instant, response: SipResponse): void {
    if (this.state !== "trying" && this.state !== "proceeding") return; // retransmissions of the final response
    if (response.statusCode < 200) {
      // Timer E, once running, keeps its deadline; from its next firing on it has T2.
      this.enter("proceeding");
      this.report(response);
      return;
    }
    this.enter("completed");
    this.releaseBytes();
    this.report(response);
    if (this.flow.reliable) this.terminate();
    else this.setTimers(NEVER, now + this.context.timers.t4); // Timer K
  }

  /** Timer E: doubles up to T2; is T2 at once in `proceeding`. */
  protected override handleRepeat(now: Instant): void {
    const { t2 } = this.context.timers;
    this.#interval = this.state === "proceeding" ? t2 : Math.min(2 * this.#interval, t2);
    this.setRepeat(now + this.#interval);
    this.sendRequest();
  }

  protected override handleEnd(): void {
    if (this.state === "completed") this.terminate();
    else this.fail("timeout", `timer F: no final response to ${this.request.method}`);
  }
}
