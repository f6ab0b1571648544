/** Requests on their way to a next hop (RFC 3261 §8.1.2): located by RFC 3263, and sent to the next server when one fails (§4.3 there). */
import { createResponse, type HeadersInit, type SipRequest, type SipResponse, sipMessageLength, type Uri } from "@purertc/sip-parser";
import type { Flow, SipTarget } from "../flow.ts";
import type { ClientTransaction } from "../transaction/transaction.ts";
import { DEFAULT_UDP_REQUEST_LIMIT } from "../transport/options.ts";
import type { ClientHandlers, SipStack } from "./sip-stack.ts";

/** Where the servers of a URI are; see `UriLocator`. */
export interface ServerLocator {
  /** In the order to be tried, those that failed lately last or left out. Rejects when there is none. */
  locate(nextHop: Uri): Promise<readonly SipTarget[]>;
  /** This one failed: it is better left alone for a while. `retryAfterMs`: as long as it asked for. */
  failed(target: SipTarget, retryAfterMs?: number): void;
}

/** Where a request goes. */
export interface RequestRoute {
  /** Next hop: what RFC 3263 is applied to. */
  readonly nextHop: Uri;
  /** Tried first, when it is open; a WebSocket client or a registered flow can be reached no other way. */
  readonly flow?: Flow | undefined;
  /** Nothing but that flow will do: RFC 5626 flows, and clients that do not listen. */
  readonly flowOnly?: boolean;
  /** Tried last: the connection a peer speaks over, when its Contact leads nowhere. */
  readonly lastResort?: Flow | undefined;
}

/** What comes of a request; the transaction tells which flow it went over. */
export interface RequestHandlers {
  response(response: SipResponse, transaction: ClientTransaction | undefined): void;
  failed(cause: "timeout" | "transport-error", reason: string): void;
}

/** Sends for everybody in a user agent. */
export class RequestSender {
  readonly stack: SipStack;
  readonly #locator: ServerLocator;

  constructor(stack: SipStack, locator: ServerLocator) {
    this.stack = stack;
    this.#locator = locator;
  }

  /** A flow to the first server of the next hop that can be reached. Rejects with what the last one said. */
  async flowTo(nextHop: Uri, options: { readonly length?: number; readonly signal?: AbortSignal } = {}): Promise<Flow> {
    let failure: unknown;
    for (const target of await this.#locator.locate(nextHop)) {
      try {
        return await this.open(target, options.length ?? 0, options.signal);
      } catch (error) {
        if (options.signal?.aborted === true) throw error;
        failure = error;
        this.#locator.failed(target);
      }
    }
    throw failure ?? new Error("no server to send to");
  }

  /** Sends a request; it is tried at one server after the other until one answers. */
  send(request: SipRequest, route: RequestRoute, handlers: RequestHandlers): OutgoingRequest {
    const outgoing = new OutgoingRequest(this, this.#locator, request, route, handlers);
    outgoing.start();
    return outgoing;
  }

  /** A flow to one server, over TCP if the request is too long for UDP (RFC 3261 §18.1.1). */
  open(target: SipTarget, length: number, signal?: AbortSignal): Promise<Flow> {
    const { transports } = this.stack;
    const options = signal === undefined ? {} : { signal };
    return transports.flowForRequest === undefined
      ? transports.flowTo(target, options)
      : transports.flowForRequest(length, target, options);
  }
}

/** One request, in as many transactions as there are servers to try. */
export class OutgoingRequest {
  readonly #sender: RequestSender;
  readonly #locator: ServerLocator;
  readonly #request: SipRequest;
  readonly #route: RequestRoute;
  readonly #handlers: RequestHandlers;
  /** Servers not tried yet; undefined before they are located. */
  #targets: SipTarget[] | undefined;
  readonly #tried = new Set<string>();
  #transaction: ClientTransaction | undefined;
  #provisional = false;
  #cancelled = false;
  #lastFailure: { readonly response: SipResponse } | { readonly cause: "timeout" | "transport-error"; readonly reason: string } = {
    cause: "transport-error",
    reason: "no server to send to",
  };

  /** For {@link RequestSender}. */
  constructor(sender: RequestSender, locator: ServerLocator, request: SipRequest, route: RequestRoute, handlers: RequestHandlers) {
    this.#sender = sender;
    this.#locator = locator;
    this.#request = request;
    this.#route = route;
    this.#handlers = handlers;
  }

  /** For {@link RequestSender}: over the route's flow at once, otherwise once a server is located. */
  start(): void {
    const { flow, flowOnly } = this.#route;
    if (flow?.open === true && (flowOnly === true || flow.reliable || this.#length <= DEFAULT_UDP_REQUEST_LIMIT)) this.#attempt(flow);
    else void this.#next();
  }

  /** Cancels it (RFC 3261 §9.1), INVITE only. What was not sent yet is not sent any more: then a 487 of our own ends it. */
  cancel(headers?: HeadersInit): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    if (this.#transaction !== undefined) this.#sender.stack.cancel(this.#transaction, headers);
    else this.#handlers.response(createResponse(this.#request, 487, { toTag: "local" }), undefined);
  }

  async #next(): Promise<void> {
    this.#transaction = undefined;
    this.#provisional = false;
    try {
      this.#targets ??= this.#route.flowOnly === true ? [] : [...(await this.#locator.locate(this.#route.nextHop))];
    } catch (error) {
      this.#targets = [];
      this.#lastFailure = { cause: "transport-error", reason: error instanceof Error ? error.message : "no server to send to" };
    }
    for (let target = this.#targets.shift(); target !== undefined && !this.#cancelled; target = this.#targets.shift()) {
      if (this.#tried.has(keyOf(target))) continue;
      const flow = await this.#open(target);
      if (this.#cancelled || (flow !== undefined && this.#attempt(flow))) return;
    }
    if (this.#cancelled) return;
    const { lastResort } = this.#route;
    if (lastResort?.open === true && !this.#tried.has(keyOf(targetOf(lastResort))) && this.#attempt(lastResort)) return;
    this.#giveUp();
  }

  /** Of the request with our Via, about. */
  get #length(): number {
    return sipMessageLength(this.#request) + VIA_LENGTH;
  }

  async #open(target: SipTarget): Promise<Flow | undefined> {
    try {
      return await this.#sender.open(target, this.#length);
    } catch (error) {
      this.#lastFailure = { cause: "transport-error", reason: error instanceof Error ? error.message : "the connection failed" };
      this.#locator.failed(target);
      return undefined;
    }
  }

  /** False when the request could not even begin. */
  #attempt(flow: Flow): boolean {
    const target = targetOf(flow);
    this.#tried.add(keyOf(target));
    const handlers: ClientHandlers = {
      response: (response, transaction) => this.#responded(response, transaction, target),
      failed: (cause, reason) => this.#failed(cause, reason, target),
    };
    try {
      this.#transaction = this.#sender.stack.request(this.#request, flow, handlers);
      return true;
    } catch (error) {
      this.#lastFailure = { cause: "transport-error", reason: error instanceof Error ? error.message : "the request was refused" };
      return false;
    }
  }

  #responded(response: SipResponse, transaction: ClientTransaction, target: SipTarget): void {
    // RFC 3263 §4.3: a 503 is a failure of the server, not of the request.
    if (response.statusCode === 503 && !this.#provisional && !this.#cancelled) {
      const retryAfter = response.headers.get("Retry-After")?.seconds;
      this.#locator.failed(target, retryAfter === undefined ? undefined : retryAfter * 1000);
      this.#lastFailure = { response };
      void this.#next();
      return;
    }
    if (response.statusCode < 200) this.#provisional = true;
    this.#handlers.response(response, transaction);
  }

  #failed(cause: "timeout" | "transport-error", reason: string, target: SipTarget): void {
    if (this.#provisional || this.#cancelled) {
      this.#handlers.failed(cause, reason);
      return;
    }
    this.#locator.failed(target);
    this.#lastFailure = { cause, reason };
    void this.#next();
  }

  #giveUp(): void {
    const failure = this.#lastFailure;
    if ("response" in failure) this.#handlers.response(failure.response, this.#transaction);
    else this.#handlers.failed(failure.cause, failure.reason);
  }
}

function targetOf(flow: Flow): SipTarget {
  return { transport: flow.transport, ip: flow.remote.ip, port: flow.remote.port };
}

function keyOf({ transport, ip, port }: SipTarget): string {
  return `${transport} ${ip} ${port}`;
}

/** What our Via adds to a request, about. */
const VIA_LENGTH = 100;
