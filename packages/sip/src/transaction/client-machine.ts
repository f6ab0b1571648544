/** What the two client machines share (RFC 3261 §17.1). */
import type { Instant } from "@purertc/core";
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import type { Flow } from "../flow.ts";
import { NEVER } from "./deadlines.ts";
import { type TransactionContext, TransactionMachine } from "./machine.ts";
import { MessageTransmit } from "./message-transmit.ts";
import type { ClientTransaction, ClientTransactionState } from "./transaction.ts";

/** What a client machine is made of. */
export interface ClientMachineInit {
  readonly id: number;
  /** With our Via on top. */
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly branch: string;
}

/** A client transaction with its request; subclasses have the states. */
export abstract class ClientMachine extends TransactionMachine implements ClientTransaction {
  readonly kind = "client";
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly branch: string;
  #state: ClientTransactionState;
  #bytes: Uint8Array | undefined;

  constructor(context: TransactionContext, init: ClientMachineInit, state: ClientTransactionState) {
    super(context, init.id);
    this.request = init.request;
    this.flow = init.flow;
    this.branch = init.branch;
    this.#state = state;
    this.#bytes = context.write(init.request);
  }

  get state(): ClientTransactionState {
    return this.#state;
  }

  /** A response with this branch and method; its status code is from 100 to 699. */
  abstract handleResponse(now: Instant, response: SipResponse): void;

  protected enter(state: ClientTransactionState): void {
    this.#state = state;
  }

  protected sendRequest(): void {
    if (this.#bytes !== undefined) this.context.transmit(new MessageTransmit(this.request, this.#bytes, this.flow));
  }

  /** Once answered for good, the request is not sent again. */
  protected releaseBytes(): void {
    this.#bytes = undefined;
  }

  protected report(response: SipResponse): void {
    this.context.emit({ type: "response", transaction: this, response });
  }

  /** The end without a final response (§8.1.3.1). */
  protected fail(type: "timeout" | "transport-error", reason: string): void {
    this.#state = "terminated";
    this.context.emit({ type, transaction: this, reason });
    this.terminate();
  }

  protected terminate(): void {
    this.#state = "terminated";
    this.#bytes = undefined;
    this.setTimers(NEVER, NEVER);
    this.context.forget(this);
    this.context.emit({ type: "terminated", transaction: this });
  }

  /** §17.1.4: the flow is gone. Only one that still waits for its final response has something to tell. */
  handleFlowFailure(reason: string): void {
    if (this.#state === "terminated") return;
    if (this.#state === "completed" || this.#state === "accepted") this.terminate();
    else this.fail("transport-error", reason);
  }
}
