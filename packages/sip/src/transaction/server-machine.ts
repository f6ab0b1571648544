/** What the two server machines share (RFC 3261 §17.2). */
import type { Instant } from "@purertc/core";
import { createResponse, parseSipMessage, type SipRequest, SipResponse } from "@purertc/sip-parser";
import type { Flow } from "../flow.ts";
import { NEVER } from "./deadlines.ts";
import { type TransactionContext, TransactionMachine } from "./machine.ts";
import { MessageTransmit } from "./message-transmit.ts";
import type { ServerTransaction, ServerTransactionState } from "./transaction.ts";

/** What a server machine is made of. */
export interface ServerMachineInit {
  readonly id: number;
  readonly request: SipRequest;
  readonly flow: Flow;
  /** Where the layer finds it; see `matching.ts`. */
  readonly key: string;
  /** Whose share of the table it takes; see `admission.ts`. */
  readonly source: string;
}

/** A server transaction with its last response; subclasses have the states. */
export abstract class ServerMachine extends TransactionMachine implements ServerTransaction {
  readonly kind = "server";
  /** The request's. Read once, for matching is hot. */
  readonly method: string;
  readonly key: string;
  readonly source: string;
  #flow: Flow;
  #state: ServerTransactionState;
  /** Let go once answered for good: a server has many transactions that only wait for retransmissions, and each is to hold little. */
  #request: SipRequest | undefined;
  /** The last response. Its message is not kept: it would keep the request's bytes. */
  #bytes: Uint8Array | undefined;

  constructor(context: TransactionContext, init: ServerMachineInit, state: ServerTransactionState) {
    super(context, init.id);
    this.#request = init.request;
    this.method = init.request.method;
    this.key = init.key;
    this.source = init.source;
    this.#flow = init.flow;
    this.#state = state;
  }

  get flow(): Flow {
    return this.#flow;
  }

  get state(): ServerTransactionState {
    return this.#state;
  }

  get request(): SipRequest | undefined {
    return this.#request;
  }

  get lastResponse(): SipResponse | undefined {
    const message = this.#bytes === undefined ? undefined : parseSipMessage(this.#bytes);
    return message instanceof SipResponse ? message : undefined;
  }

  /** The request came again, over this flow: perhaps not the first one, when the client has changed its address or transport. */
  abstract handleRetransmission(flow: Flow): void;
  /** The transaction user answers. What the state does not allow is dropped (§17.2.1, §17.2.2). */
  abstract respond(now: Instant, response: SipResponse): void;

  /** Says the last word and is gone: nothing is kept, and nothing is sent again (§8.2.7). */
  respondOnce(response: SipResponse): void {
    if (this.#request === undefined) return; // it has had its last word
    this.sendFinal(response, false);
    this.terminate();
  }

  /** §18.2.2: the connection of the request is gone; what was answered last goes over another one. */
  moveTo(flow: Flow): void {
    this.#flow = flow;
    this.repeatResponse();
  }

  /** RFC 6026 §8.8: the owner is told, and the state stays, so that the response may still find another way. */
  handleFlowFailure(reason: string): void {
    if (this.#state === "terminated" || this.#state === "confirmed") return;
    this.context.emit({ type: "transport-error", transaction: this, reason });
  }

  protected enter(state: ServerTransactionState): void {
    this.#state = state;
  }

  protected send(response: SipResponse): void {
    this.#bytes = this.context.write(response);
    this.context.transmit(new MessageTransmit(response, this.#bytes, this.#flow));
  }

  /** The last word, which `kept` says whether to repeat. */
  protected sendFinal(response: SipResponse, kept: boolean): void {
    this.send(response);
    this.#request = undefined;
    if (!kept) this.#bytes = undefined;
  }

  protected repeatResponse(flow: Flow = this.#flow): void {
    if (this.#bytes !== undefined) this.context.transmit(new MessageTransmit(undefined, this.#bytes, flow));
  }

  /** Nobody else said anything in time. */
  protected sendTrying(): void {
    this.enter("proceeding");
    if (this.#request !== undefined) this.send(createResponse(this.#request, 100));
  }

  protected terminate(): void {
    this.#state = "terminated";
    this.setTimers(NEVER, NEVER);
    this.context.forget(this);
    this.context.emit({ type: "terminated", transaction: this });
  }
}
