/**
 * Transports and transactions joined, with their timers driven: the low-level door for servers, back-to-back agents, testers and load generators, and what
 * the user agent stands on.
 */
import { formatTransportAddress, type Instant, type RandomSource } from "@purertc/core";
import type { HeadersInit, SipMessage, SipRequest, SipResponse } from "@purertc/sip-parser";
import type { Flow } from "../flow.ts";
import type { MessageTransmit } from "../transaction/message-transmit.ts";
import type { SipTimers } from "../transaction/timers.ts";
import type { ClientTransaction, ServerTransaction, TransactionEvent } from "../transaction/transaction.ts";
import { TransactionLayer } from "../transaction/transaction-layer.ts";
import { Alarm } from "../transport/alarm.ts";
import { systemClock, type TransportClock } from "../transport/clock.ts";
import { hostRandom } from "./host-random.ts";
import { responseTarget } from "./response-target.ts";
import type { StackTransports } from "./stack-transports.ts";

/** How a stack is set up; only the transports are needed. */
export interface SipStackOptions {
  readonly transports: StackTransports;
  /** Default: the host's. */
  readonly random?: RandomSource;
  /** Default: the host's. Must be the one of the transports. */
  readonly clock?: TransportClock;
  readonly timers?: Partial<SipTimers>;
  /** See `TransactionLayerOptions`. */
  readonly maxClientTransactions?: number;
  readonly maxServerTransactions?: number;
}

/** Who sent a request learns here what comes of it. */
export interface ClientHandlers {
  /** As the `response` event of the transaction layer: provisional and final ones, and every 2xx to an INVITE. */
  response(response: SipResponse, transaction: ClientTransaction): void;
  /** No final response will come (§8.1.3.1: treat as 408 and 503); so also when the stack is closed. Nothing follows. */
  failed(cause: "timeout" | "transport-error", reason: string, transaction: ClientTransaction): void;
}

/**
 * ```ts
 * const stack = new SipStack({ transports });
 * stack.onEvent = (event) => {
 *   if (event.type === "request") stack.respond(event.transaction, createResponse(event.request, 200, { toTag: "1" }));
 * };
 * ```
 */
export class SipStack {
  /**
   * Every event of the transaction layer but those of client transactions with handlers. What it throws is thrown again as an uncaught
   * exception, after which the stack goes on.
   */
  onEvent: ((event: TransactionEvent) => void) | undefined;
  /** A connection is gone; the transactions on it have been told already. */
  onFlowClosed: ((flow: Flow, reason: string) => void) | undefined;
  /** Sees each message before the transactions do; true keeps it from them: stateless servers answer here, with `send`. */
  intercept: ((message: SipMessage, flow: Flow) => boolean) | undefined;
  readonly transports: StackTransports;
  readonly transactions: TransactionLayer;
  readonly random: RandomSource;
  readonly clock: TransportClock;
  readonly #handlers = new Map<ClientTransaction, ClientHandlers>();
  readonly #alarm: Alarm;
  #pumping = false;
  #closed = false;

  constructor(options: SipStackOptions) {
    const { transports, timers, maxClientTransactions, maxServerTransactions } = options;
    this.transports = transports;
    this.random = options.random ?? hostRandom;
    this.clock = options.clock ?? systemClock;
    this.transactions = new TransactionLayer({
      random: this.random,
      sentBy: (flow) => transports.sentBy?.(flow) ?? localSentBy(flow),
      ...(timers === undefined ? {} : { timers }),
      ...(maxClientTransactions === undefined ? {} : { maxClientTransactions }),
      ...(maxServerTransactions === undefined ? {} : { maxServerTransactions }),
    });
    this.#alarm = new Alarm(this.clock, (now) => {
      this.transactions.handleTimeout(now);
      this.#pump();
    });
    transports.onMessage = (message, flow) => this.#receive(message, flow);
    transports.onFlowClosed = (flow, reason) => {
      if (this.#closed) return;
      this.transactions.flowFailed(this.now(), flow, reason);
      this.#pump();
      this.onFlowClosed?.(flow, reason);
    };
  }

  /** The clock's time, in milliseconds: what the machines above are told. */
  now(): Instant {
    return this.clock.now();
  }

  /** Sends a request in a new client transaction; see `TransactionLayer.request`, whose errors it throws. Without handlers, its events come to `onEvent`. */
  request(request: SipRequest, flow: Flow, handlers?: ClientHandlers): ClientTransaction {
    const transaction = this.transactions.request(this.now(), request, flow);
    if (handlers !== undefined) this.#handlers.set(transaction, handlers);
    this.#pump();
    return transaction;
  }

  /** Cancels an INVITE; see `TransactionLayer.cancel`. What comes of the CANCEL itself nobody learns. */
  cancel(transaction: ClientTransaction, headers?: HeadersInit): void {
    if (this.#closed) return;
    const cancelling = this.transactions.cancel(this.now(), transaction, headers);
    if (cancelling !== undefined) this.#handlers.set(cancelling, IGNORE);
    this.#pump();
  }

  /** Answers a request; once the stack is closed, nothing happens. */
  respond(transaction: ServerTransaction, response: SipResponse): void {
    if (this.#closed) return;
    this.transactions.respond(this.now(), transaction, response);
    this.#pump();
  }

  /** Answers a stranger's request for good and forgets it, such as with a challenge; see `TransactionLayer.respondOnce`. */
  respondOnce(transaction: ServerTransaction, response: SipResponse): void {
    if (this.#closed) return;
    this.transactions.respondOnce(this.now(), transaction, response);
    this.#pump();
  }

  /** Sends outside transactions: the ACK to a 2xx, a stateless response. Gives what was sent; see `TransactionLayer.send`. */
  send<Message extends SipMessage>(message: Message, flow: Flow): Message {
    const sent = this.transactions.send(this.now(), message, flow);
    this.#pump();
    return sent;
  }

  /** Forgets all transactions and closes the transports. Whoever waits for a response is told that none will come. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#alarm.close();
      this.transactions.close(this.now());
      const unanswered = [...this.#handlers].filter(([{ state }]) => UNANSWERED.has(state));
      this.#handlers.clear();
      for (const [transaction, handlers] of unanswered) {
        try {
          handlers.failed("transport-error", "the stack is closed", transaction);
        } catch (error) {
          throwLater(error);
        }
      }
    }
    await this.transports.close();
  }

  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #receive(message: SipMessage, flow: Flow): void {
    if (this.#closed || this.intercept?.(message, flow) === true) return;
    this.transactions.receive(this.now(), message, flow);
    this.#pump();
  }

  /** Sends, tells, and again until all is said; what is begun while telling is done by the same loop. */
  #pump(): void {
    if (this.#pumping || this.#closed) return;
    this.#pumping = true;
    let event: TransactionEvent | undefined;
    try {
      do {
        for (let out = this.transactions.pollTransmit(); out !== undefined; out = this.transactions.pollTransmit()) this.#transmit(out);
        event = this.transactions.pollEvent();
        if (event !== undefined) this.#tell(event);
      } while (event !== undefined);
    } finally {
      this.#pumping = false; // transports that throw, which they must not, do not silence the stack for ever
    }
    if (!this.#closed) this.#alarm.set(this.transactions.pollTimeout());
  }

  #transmit(transmit: MessageTransmit): void {
    const { bytes, flow } = transmit;
    if (flow.open) this.transports.send(flow, bytes);
    else if (transmit.message.kind === "response") void this.#sendElsewhere(transmit.message, bytes);
  }

  /** §18.2.2: the connection that the request came over is gone; the response goes over another one to the same peer. */
  async #sendElsewhere(response: SipResponse, bytes: Uint8Array): Promise<void> {
    const via = response.topVia;
    const target = via === undefined ? undefined : responseTarget(via);
    if (target === undefined) return;
    try {
      const flow = await this.transports.flowTo(target);
      if (!this.#closed) this.transports.send(flow, bytes);
    } catch {
      // §18.2.2 asks for RFC 3263 §5 then, which ends at the same address here; the client's timer B or F tells its user.
    }
  }

  #tell(event: TransactionEvent): void {
    try {
      const handlers = "transaction" in event && event.transaction?.kind === "client" ? this.#handlers.get(event.transaction) : undefined;
      if (handlers === undefined) this.onEvent?.(event);
      else this.#tellHandlers(handlers, event);
    } catch (error) {
      throwLater(error);
    }
  }

  #tellHandlers(handlers: ClientHandlers, event: TransactionEvent): void {
    if (event.type === "response") handlers.response(event.response, event.transaction);
    else if ((event.type === "timeout" || event.type === "transport-error") && event.transaction.kind === "client") {
      handlers.failed(event.type, event.reason, event.transaction);
    } else if (event.type === "terminated" && event.transaction.kind === "client") this.#handlers.delete(event.transaction);
  }
}

/** What a listener throws is its program's affair, not the stack's. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Address and port of the flow's own end; IPv6 in brackets. */
export function localSentBy({ local }: Flow): { readonly host: string; readonly port: number } {
  const text = formatTransportAddress(local);
  return { host: text.slice(0, text.lastIndexOf(":")), port: local.port };
}

const UNANSWERED: ReadonlySet<string> = new Set(["calling", "trying", "proceeding"]);
const IGNORE: ClientHandlers = { response: () => {}, failed: () => {} };
