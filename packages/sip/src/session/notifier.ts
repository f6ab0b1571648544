/** The notifier's side of RFC 6665: one subscription, from the SUBSCRIBE (or REFER: RFC 3515 §2.4.4) that asked for it to its last NOTIFY. */
import { type Instant, InvalidStateError, Queue, type RandomSource, randomString, TimerTable } from "@purertc/core";
import {
  createResponse,
  type HeadersInit,
  type NameAddress,
  type ParameterizedToken,
  parameterized,
  type SipRequest,
  type SipResponse,
  sameIgnoringCase,
} from "@purertc/sip-parser";
import { Dialog } from "../dialog/dialog.ts";
import { ClientRequests, type Outcome } from "./client-requests.ts";
import { type HeaderPair, headerList } from "./header-list.ts";
import { endsSubscription, type TerminationReason } from "./subscription-state.ts";
import type { DialogUsage, RequestFailure, RequestId, UsageOutput } from "./usage.ts";

/** How a notifier serves: what it says of itself, and for how long. */
export interface NotifierOptions {
  readonly random: RandomSource;
  readonly contact: NameAddress;
  /** Further header fields for every request and response. */
  readonly headers?: HeadersInit;
  /** Event packages served, for Allow-Events; others get 489. */
  readonly events: readonly string[];
  /** Seconds: shorter subscriptions, unless they are for an hour or more, get 423 (§4.2.1.1). Default 0. */
  readonly minExpires?: number;
  /** Seconds: longer ones are shortened. Default 3600. */
  readonly maxExpires?: number;
  /** Seconds when the SUBSCRIBE names none. Default 3600. */
  readonly defaultExpires?: number;
  /** NOTIFYs that may wait for the one before them; then the oldest is left out. Default 32. */
  readonly maxQueued?: number;
  readonly authorize?: (request: SipRequest, response: SipResponse) => SipRequest | undefined;
  readonly overTls?: boolean;
}

/** `"waiting"`: the SUBSCRIBE is not answered yet. */
export type NotifierState = "waiting" | "pending" | "active" | "terminated";

/** A state to tell. */
export interface NotifyInit {
  readonly contentType?: string;
  readonly body?: Uint8Array | string;
  readonly headers?: HeadersInit;
}

/** What becomes of a subscription that is served. */
export type NotifierEvent =
  /** A SUBSCRIBE refreshed it: it is answered, and the state that was told last is told again. `expires` 0: it ends with that. */
  | { readonly type: "refreshed"; readonly request: SipRequest; readonly expires: number }
  /** A NOTIFY was answered 2xx. */
  | { readonly type: "notified"; readonly response: SipResponse }
  /** Last: nothing more is told. */
  | { readonly type: "terminated"; readonly reason: TerminationReason; readonly message?: SipRequest | SipResponse };

/** A NOTIFY to send. */
interface Pending {
  readonly init: NotifyInit;
  /** The reason, in the last one. */
  readonly ends: string | undefined;
}

/** One subscription of a peer, answered by `accept` or `reject` and then told of states by `notify`. */
export class Notifier implements DialogUsage<NotifierEvent> {
  readonly dialog: Dialog;
  readonly event: ParameterizedToken;
  /** The SUBSCRIBE that asked for it. */
  readonly request: SipRequest;
  readonly #options: NotifierOptions;
  readonly #requests: ClientRequests;
  readonly #outputs = new Queue<UsageOutput>();
  readonly #events = new Queue<NotifierEvent>();
  readonly #timers = new TimerTable<"expiry">();
  #pending: Pending[] = [];
  #sending = false;
  #state: NotifierState = "waiting";
  #expires: number;
  #told: NotifyInit = {};
  #ended = false;

  private constructor(subscribe: SipRequest, event: ParameterizedToken, dialog: Dialog, expires: number, options: NotifierOptions) {
    this.request = subscribe;
    this.event = event;
    this.dialog = dialog;
    this.#expires = expires;
    this.#options = options;
    this.#requests = new ClientRequests({ output: (output) => this.#outputs.push(output), authorize: options.authorize });
  }

  /**
   * Takes a SUBSCRIBE from outside any dialog; `accept` or `reject` it. A response instead of a notifier refuses it: 489 for another package, 423 for too
   * short an interval, 400 without Contact.
   */
  static receive(_now: Instant, subscribe: SipRequest, options: NotifierOptions): Notifier | SipResponse {
    const localTag = randomString(options.random, 12, TOKEN_CHARS);
    const refuse = (statusCode: number, headers: HeaderPair[] = []): SipResponse =>
      createResponse(subscribe, statusCode, { toTag: localTag, headers: headerList(options.headers, headers) });
    const event = subscribe.headers.get("Event");
    if (event === undefined || !options.events.some((each) => sameIgnoringCase(each, event.value))) {
      return refuse(489, [["Allow-Events", options.events.join(", ")]]);
    }
    const expires = grantedExpires(subscribe, options);
    if (expires === "too-short") return refuse(423, [["Min-Expires", options.minExpires ?? 0]]);
    const { contact, overTls } = options;
    const dialog = Dialog.fromRequest(subscribe, localTag, { contact, ...(overTls === undefined ? {} : { overTls }) });
    return dialog === undefined ? refuse(400) : new Notifier(subscribe, event, dialog, expires, options);
  }

  /** As {@link receive}, for a REFER from outside any dialog, which makes one (RFC 3515 §2.4.4); `expires` in seconds. Its package is `refer`. */
  static receiveRefer(_now: Instant, refer: SipRequest, expires: number, options: NotifierOptions): Notifier | SipResponse {
    const localTag = randomString(options.random, 12, TOKEN_CHARS);
    const { contact, overTls } = options;
    const dialog = Dialog.fromRequest(refer, localTag, { contact, ...(overTls === undefined ? {} : { overTls }) });
    if (dialog !== undefined) return new Notifier(refer, parameterized("refer"), dialog, expires, options);
    return createResponse(refer, 400, { toTag: localTag, headers: headerList(options.headers) });
  }

  get state(): NotifierState {
    return this.#state;
  }

  get finished(): boolean {
    return this.#ended && this.#requests.pending === 0 && this.#outputs.length + this.#events.length === 0;
  }

  /** Answers the SUBSCRIBE with 200 (a REFER with 202) and tells the state at once (§4.2.1.2); `"pending"` when the subscriber is yet to be authorized. */
  accept(now: Instant, init: NotifyInit & { readonly state?: "pending" | "active" } = {}): void {
    this.#requireWaiting();
    const { state = "active", ...told } = init;
    this.dialog.confirm();
    const contact: HeaderPair = ["Contact", this.dialog.contact];
    if (this.request.method === "REFER") this.#respond(this.request, 202, [contact]);
    else this.#respond(this.request, 200, [["Expires", this.#expires], contact]);
    this.#state = state;
    this.#told = told;
    if (this.#expires === 0) this.#end(now, "timeout", told);
    else {
      this.#timers.set("expiry", now + 1000 * this.#expires);
      this.#push(now, { init: told, ends: undefined });
    }
  }

  /** Refuses the SUBSCRIBE with a status above 299; or answers a REFER that wants no subscription, with 200 (RFC 4488 §4). */
  reject(_now: Instant, statusCode: number, init: { readonly headers?: HeadersInit } = {}): void {
    this.#requireWaiting();
    this.#respond(this.request, statusCode, headerList(init.headers));
    this.#finish("rejected");
  }

  /** Tells a state, and, unless stated, that the subscription is active now. Throws `InvalidStateError` before {@link accept} and after the end. */
  notify(now: Instant, init: NotifyInit = {}, state: "pending" | "active" = "active"): void {
    if (this.#state === "waiting" || this.#state === "terminated") {
      throw new InvalidStateError("no subscription to notify", { code: "SIP_NO_SUBSCRIPTION" });
    }
    this.#state = state;
    this.#told = init;
    this.#push(now, { init, ends: undefined });
  }

  /** Ends it with a last NOTIFY (§4.2.2). `retryAfter` in seconds, for probation and giveup. */
  terminate(now: Instant, reason: TerminationReason, init: NotifyInit & { readonly retryAfter?: number } = {}): void {
    if (this.#state === "waiting" || this.#state === "terminated") {
      throw new InvalidStateError("no subscription to end", { code: "SIP_NO_SUBSCRIPTION" });
    }
    const { retryAfter, ...told } = init;
    this.#end(now, retryAfter === undefined ? reason : `${reason};retry-after=${retryAfter}`, told);
  }

  /** SUBSCRIBE in the dialog; others get 405. */
  handleRequest(now: Instant, request: SipRequest): void {
    if (request.method === "ACK") return;
    if (request.method !== "SUBSCRIBE") {
      this.#respond(request, 405, [["Allow", "SUBSCRIBE"]]);
      return;
    }
    const verdict = this.#state === "terminated" ? ({ statusCode: 481 } as const) : this.dialog.receiveRequest(request);
    if (verdict !== "ok") {
      this.#respond(request, verdict.statusCode);
      return;
    }
    const event = request.headers.get("Event");
    if (
      event === undefined ||
      !sameIgnoringCase(event.value, this.event.value) ||
      event.parameters.get("id") !== this.event.parameters.get("id")
    ) {
      this.#respond(request, 481);
      return;
    }
    const expires = grantedExpires(request, this.#options);
    if (expires === "too-short") {
      this.#respond(request, 423, [["Min-Expires", this.#options.minExpires ?? 0]]);
      return;
    }
    this.#refreshed(now, request, expires);
  }

  handleResponse(now: Instant, id: RequestId, response: SipResponse): void {
    this.#requests.handleResponse(now, id, response);
  }

  handleRequestFailure(now: Instant, id: RequestId, failure: RequestFailure): void {
    this.#requests.handleFailure(now, id, failure);
  }

  handleTimeout(now: Instant): void {
    // §4.2.2: an expired subscription ends with a NOTIFY that says so.
    if (this.#timers.take("expiry", now)) this.#end(now, "timeout", this.#told);
  }

  pollTimeout(): Instant | undefined {
    return this.#timers.next();
  }

  pollOutput(): UsageOutput | undefined {
    return this.#outputs.shift();
  }

  pollEvent(): NotifierEvent | undefined {
    return this.#events.shift();
  }

  #refreshed(now: Instant, request: SipRequest, expires: number): void {
    this.dialog.refreshTarget(request);
    this.#respond(request, 200, [
      ["Expires", expires],
      ["Contact", this.dialog.contact],
    ]);
    this.#expires = expires;
    this.#events.push({ type: "refreshed", request, expires });
    if (expires === 0) {
      this.#end(now, "timeout", this.#told);
      return;
    }
    this.#timers.set("expiry", now + 1000 * expires);
    this.#push(now, { init: this.#told, ends: undefined }); // §4.2.1.2: after every SUBSCRIBE
  }

  #end(now: Instant, ends: string, init: NotifyInit): void {
    this.#state = "terminated";
    this.#timers.clearAll();
    this.#push(now, { init, ends });
  }

  /** One NOTIFY at a time: two on the way at once could arrive the wrong way round (§4.2.2). */
  #push(now: Instant, pending: Pending): void {
    if (this.#ended) return;
    if (this.#pending.length >= (this.#options.maxQueued ?? 32)) this.#pending.shift();
    this.#pending.push(pending);
    if (!this.#sending) this.#sendNext(now);
  }

  #sendNext(now: Instant): void {
    const next = this.#pending.shift();
    if (next === undefined) return;
    this.#sending = true;
    const { contentType, body, headers } = next.init;
    const request = this.dialog.createRequest("NOTIFY", {
      headers: headerList(
        [
          ["Event", this.event],
          ["Subscription-State", this.#stateHeader(now, next.ends)],
        ],
        contentType === undefined ? [] : [["Content-Type", contentType]],
        this.#options.headers,
        headers,
      ),
      body,
    });
    this.#requests.send(request, this.dialog.nextHop, this.dialog, { final: (at, outcome) => this.#notified(at, next, outcome) });
  }

  #notified(now: Instant, sent: Pending, { response, statusCode }: Outcome): void {
    this.#sending = false;
    if (response !== undefined && statusCode < 300) this.#events.push({ type: "notified", response });
    if (sent.ends !== undefined) this.#finish(sent.ends.split(";", 1)[0]!, response);
    // §4.2.2: "the notifier MUST remove the subscription".
    else if (endsSubscription(statusCode)) this.#finish("noresource", response);
    else this.#sendNext(now);
  }

  #stateHeader(now: Instant, ends: string | undefined): string {
    if (ends !== undefined) return `terminated;reason=${ends}`;
    const left = Math.max(0, Math.round(((this.#timers.at("expiry") ?? now) - now) / 1000));
    return `${this.#state === "pending" ? "pending" : "active"};expires=${left}`;
  }

  #finish(reason: TerminationReason, message?: SipResponse): void {
    this.#ended = true;
    this.#state = "terminated";
    this.#pending = [];
    this.#timers.clearAll();
    this.dialog.terminate();
    this.#events.push({ type: "terminated", reason, ...(message && { message }) });
  }

  #requireWaiting(): void {
    if (this.#state !== "waiting") throw new InvalidStateError("the SUBSCRIBE is answered already", { code: "SIP_SUBSCRIBE_ANSWERED" });
  }

  #respond(request: SipRequest, statusCode: number, headers: readonly HeaderPair[] = []): void {
    const response = createResponse(request, statusCode, {
      toTag: this.dialog.localTag,
      headers: headerList(this.#options.headers, headers),
    });
    this.#outputs.push({ type: "response", request, response });
  }
}

/** §4.2.1.1: the interval asked for, or shorter; never longer. */
function grantedExpires(subscribe: SipRequest, options: NotifierOptions): number | "too-short" {
  const asked = subscribe.headers.get("Expires") ?? options.defaultExpires ?? 3600;
  if (asked > 0 && asked < 3600 && asked < (options.minExpires ?? 0)) return "too-short";
  return Math.min(asked, options.maxExpires ?? 3600);
}

const TOKEN_CHARS = "abcdefghijklmnopqrstuvwxyz0123456789";
