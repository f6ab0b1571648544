/** Carries between a dialog usage (a session, a subscription, a notifier) and the stack: its requests, its responses, its timer. */

import { isSipUri, type SipRequest, type SipResponse, type Uri, writeUri } from "@purertc/sip-parser";
import type { Dialog } from "../dialog/dialog.ts";
import type { Flow } from "../flow.ts";
import type { DialogUsage, RequestId, UsageOutput } from "../session/usage.ts";
import type { ServerTransaction } from "../transaction/transaction.ts";
import { Alarm } from "../transport/alarm.ts";
import { Deferred } from "./deferred.ts";
import { isBehindNat, isOutOfReach } from "./nat.ts";
import type { OutgoingRequest, RequestRoute, RequestSender } from "./request-sender.ts";

/** Who finds a driver for what comes in. */
export interface UsageRegistry {
  /** Requests with this key are for the driver from now on. */
  addDialog(key: string, driver: UsageReceiver): void;
  removeDialog(key: string, driver: UsageReceiver): void;
  /** It has its final response. */
  removeTransaction(transaction: ServerTransaction): void;
  /** The usage is finished. */
  remove(driver: UsageReceiver): void;
  /** The usage has thrown, which it must not. */
  failed(error: unknown): void;
}

/** A driver, as the router of requests sees it. */
export interface UsageReceiver {
  receive(request: SipRequest, flow: Flow, transaction: ServerTransaction | undefined): void;
}

export interface UsageDriverInit<Event> {
  readonly sender: RequestSender;
  readonly registry: UsageRegistry;
  readonly dialogs: () => readonly Dialog[];
  readonly onEvent: (event: Event) => void;
  /** Where the peer was reached last, or came from: tried first. */
  readonly flow: Flow;
  /** The next hop that `flow` leads to, if the usage begins with a request of ours. */
  readonly nextHop?: Uri | undefined;
}

export class UsageDriver<Event> implements UsageReceiver {
  readonly usage: DialogUsage<Event>;
  readonly #init: UsageDriverInit<Event>;
  readonly #alarm: Alarm;
  /** Ours that wait for final responses; a call that comes in may never have any. */
  #requests: Map<RequestId, OutgoingRequest> | undefined;
  /** By the very object that was handed in. */
  readonly #transactions = new Map<SipRequest, ServerTransaction>();
  /** ACKs as they were sent, with their Via, to be sent again. */
  #acks: WeakMap<SipRequest, { readonly sent: SipRequest; readonly flow: Flow }> | undefined;
  /** ACKs whose way is being looked for, and what must not overtake them: the peer that gets BYE before ACK may think that its 2xx is lost. */
  #acknowledging = 0;
  #afterAck: UsageOutput[] = [];
  /** The flow that leads to each next hop. */
  #hops: Map<string, Flow> | undefined;
  readonly #keys: string[] = [];
  #peerFlow: Flow;
  /** Contacts of the peer that a NAT makes useless, as its requests have shown. */
  #behindNat = false;
  #idle: Deferred<void> | undefined;
  #pumping = false;
  #finished = false;

  constructor(usage: DialogUsage<Event>, init: UsageDriverInit<Event>) {
    this.usage = usage;
    this.#init = init;
    this.#peerFlow = init.flow;
    if (init.nextHop !== undefined) this.#reached(init.nextHop, init.flow);
    this.#alarm = new Alarm(init.sender.stack.clock, (now) => this.#handle(() => usage.handleTimeout(now)));
  }

  /** The flow used last in either direction. */
  get flow(): Flow {
    return this.#peerFlow;
  }

  /** A request of the peer; without transaction when it is an ACK. */
  receive(request: SipRequest, flow: Flow, transaction: ServerTransaction | undefined): void {
    if (transaction !== undefined) this.#transactions.set(request, transaction);
    this.#peerFlow = flow;
    this.#behindNat = isBehindNat(request);
    this.#handle((now) => this.usage.handleRequest(now, request));
    if (request.method === "ACK") this.#acknowledged(request);
  }

  /** The request that made the usage, whose response is the usage's to give. */
  adopt(request: SipRequest, transaction: ServerTransaction): void {
    this.#behindNat = isBehindNat(request);
    this.#transactions.set(request, transaction);
  }

  /** To be called after each call to the usage. */
  pump(): void {
    if (this.#pumping || this.#finished) return;
    this.#pumping = true;
    let event: Event | undefined;
    try {
      do {
        for (let output = this.usage.pollOutput(); output !== undefined; output = this.usage.pollOutput()) this.#carry(output);
        this.#register();
        event = this.usage.pollEvent();
        if (event !== undefined) this.#init.onEvent(event);
      } while (event !== undefined);
    } finally {
      this.#pumping = false;
    }
    if (this.usage.finished) this.#finish();
    else this.#alarm.set(this.usage.pollTimeout());
  }

  /** Everything closes: nothing is carried any more. */
  close(): void {
    if (!this.#finished) this.#finish();
  }

  /** Resolves when no request of ours waits for its final response: when a BYE has arrived, for one. */
  idle(): Promise<void> {
    if ((this.#requests?.size ?? 0) + this.#afterAck.length === 0) return Promise.resolve();
    this.#idle ??= new Deferred();
    return this.#idle.promise;
  }

  #carry(output: UsageOutput): void {
    const { stack } = this.#init.sender;
    if (output.type === "response") this.#respond(output.request, output.response);
    else if (output.type !== "ack" && this.#acknowledging > 0) this.#afterAck.push(output);
    else if (output.type === "request") this.#send(output.id, output.request, output.nextHop);
    else if (output.type === "cancel") this.#requests?.get(output.id)?.cancel(output.headers);
    else {
      const again = this.#acks?.get(output.request);
      if (again?.flow.open === true) stack.send(again.sent, again.flow);
      else void this.#acknowledge(output.request, output.nextHop);
    }
  }

  #respond(request: SipRequest, response: SipResponse): void {
    const transaction = this.#transactions.get(request);
    if (transaction === undefined) return;
    // A 2xx to INVITE comes again until its ACK; all other final responses are the last word.
    if (response.statusCode >= 300 || (response.statusCode >= 200 && request.method !== "INVITE")) this.#transactions.delete(request);
    // §9.2: from now on a CANCEL has no effect, and needs nobody.
    if (response.statusCode >= 200) this.#init.registry.removeTransaction(transaction);
    this.#init.sender.stack.respond(transaction, response);
  }

  /** What a peer or the clock has to say. It may not end more than the usage, whatever bug it meets. */
  #handle(step: (now: number) => void): void {
    try {
      step(this.#init.sender.stack.now());
      this.pump();
    } catch (error) {
      this.#init.registry.failed(error);
    }
  }

  #send(id: RequestId, request: SipRequest, nextHop: Uri): void {
    const outgoing = this.#init.sender.send(request, this.#route(nextHop), {
      response: (response, transaction) => {
        if (transaction !== undefined) this.#reached(nextHop, transaction.flow);
        if (response.statusCode >= 200) this.#done(id);
        this.#handle((now) => this.usage.handleResponse(now, id, response));
      },
      failed: (cause) => {
        this.#done(id);
        this.#handle((now) => this.usage.handleRequestFailure(now, id, cause));
      },
    });
    this.#requests ??= new Map();
    this.#requests.set(id, outgoing);
  }

  #done(id: RequestId): void {
    this.#requests?.delete(id);
    if (this.#requests !== undefined && this.#requests.size > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** The 2xx has arrived, and does not come again: its INVITE need not be kept for as long as the call lasts. */
  #acknowledged(ack: SipRequest): void {
    for (const invite of this.#transactions.keys()) {
      if (invite.method === "INVITE" && invite.cseq?.number === ack.cseq?.number) this.#transactions.delete(invite);
    }
  }

  /** §13.2.2.4. An ACK that cannot be sent has no one to tell: the peer's 2xx will come again. */
  async #acknowledge(ack: SipRequest, nextHop: Uri): Promise<void> {
    const { sender } = this.#init;
    const route = this.#route(nextHop);
    this.#acknowledging += 1;
    try {
      const flow = route.flow?.open === true ? route.flow : await this.#flowTo(nextHop, route.lastResort);
      this.#reached(nextHop, flow);
      this.#acks ??= new WeakMap();
      this.#acks.set(ack, { sent: sender.stack.send(ack, flow), flow });
    } catch {
      // See above.
    }
    this.#acknowledging -= 1;
    if (this.#acknowledging === 0) for (const output of this.#afterAck.splice(0)) this.#carry(output);
  }

  async #flowTo(nextHop: Uri, lastResort: Flow | undefined): Promise<Flow> {
    try {
      return await this.#init.sender.flowTo(nextHop);
    } catch (error) {
      if (lastResort?.open === true) return lastResort;
      throw error;
    }
  }

  #reached(nextHop: Uri, flow: Flow): void {
    this.#hops ??= new Map();
    this.#hops.set(writeUri(nextHop), flow);
  }

  #route(nextHop: Uri): RequestRoute {
    const known = this.#hops?.get(writeUri(nextHop));
    if (known?.open === true) return { nextHop, flow: known };
    const peer = this.#peerFlow;
    if (isUnreachable(nextHop)) return { nextHop, flow: peer, flowOnly: true };
    if (!peer.reliable && isSipUri(nextHop) && (this.#behindNat || isOutOfReach(nextHop.host, peer.remote.ip))) {
      return { nextHop, flow: peer, flowOnly: true };
    }
    if (leadsTo(nextHop, peer)) return { nextHop, flow: peer };
    // A client behind a NAT, whose Contact is wrong, is still at the other end of the connection it has opened.
    return { nextHop, lastResort: peer.reliable ? peer : undefined };
  }

  #register(): void {
    for (const { key } of this.#init.dialogs()) {
      if (this.#keys.includes(key)) continue; // one, and seldom more than a few
      this.#keys.push(key);
      this.#init.registry.addDialog(key, this);
    }
  }

  #finish(): void {
    this.#finished = true;
    this.#alarm.close();
    for (const key of this.#keys) this.#init.registry.removeDialog(key, this);
    this.#init.registry.remove(this);
    this.#transactions.clear();
    this.#idle?.resolve();
  }
}

/** RFC 7118 appendix B.1, RFC 5626 §5.3: a WebSocket client, and who says `ob`, can only be reached over the connection it has opened. */
function isUnreachable(uri: Uri): boolean {
  if (!isSipUri(uri)) return false;
  const transport = uri.parameters.get("transport")?.toLowerCase();
  return uri.parameters.has("ob") || transport === "ws" || transport === "wss" || uri.host.toLowerCase().endsWith(".invalid");
}

/** Whether the URI is the very address and port at the other end of a connection: nobody else can be reached there. */
function leadsTo(uri: Uri, flow: Flow): boolean {
  if (!flow.reliable || !isSipUri(uri)) return false;
  const host = uri.host.replace(/^\[|\]$/g, "");
  return host === flow.remote.ip && uri.port === flow.remote.port;
}
