/** The subscriber's side of RFC 6665: a SUBSCRIBE and the subscriptions it makes, one for each notifier that a forked SUBSCRIBE reaches. */
import { type Instant, InvalidStateError, Queue, type RandomSource, randomString, TimerTable } from "@purertc/core";
import {
  createRequest,
  createResponse,
  type HeadersInit,
  type MediaType,
  type NameAddress,
  nameAddress,
  type ParameterizedToken,
  SipHeaders,
  type SipRequest,
  type SipResponse,
  sameIgnoringCase,
  type Uri,
} from "@purertc/sip-parser";
import { Dialog } from "../dialog/dialog.ts";
import { asRequestUri, isLoose, tagged } from "../dialog/route-set.ts";
import { ClientRequests, type Outcome } from "./client-requests.ts";
import { type HeaderPair, headerList } from "./header-list.ts";
import { REFER_EXPIRES } from "./refer.ts";
import {
  endsSubscription,
  type NotifiedState,
  notifiedState,
  retryAfterMs,
  secondsOf,
  type TerminationReason,
} from "./subscription-state.ts";
import type { DialogUsage, RequestFailure, RequestId, UsageOutput } from "./usage.ts";

/** How a subscriber behaves. */
export interface SubscriptionOptions {
  readonly random: RandomSource;
  readonly contact: NameAddress;
  /** Further header fields for every request and response. */
  readonly headers?: HeadersInit;
  /** Milliseconds; Timer N is 64 times this (§4.1.2.4). Default 500. */
  readonly t1?: number;
  /** Answers 401 and 407, as in `InviteSessionOptions`. */
  readonly authorize?: (request: SipRequest, response: SipResponse) => SipRequest | undefined;
  /** Whether the package allows several subscriptions from one SUBSCRIBE that was forked (§4.4.1). Default false: the first NOTIFY's only. */
  readonly forks?: boolean;
  readonly overTls?: boolean;
}

/** What to subscribe to. */
export interface SubscribeInit {
  readonly target: Uri | string;
  readonly from: NameAddress;
  /** Default: the target. */
  readonly to?: NameAddress;
  /** Event package, with parameters such as `id`: `dialog;id=7`. */
  readonly event: string;
  /** Seconds; 0 fetches once (§4.4.3). Default 3600. */
  readonly expires?: number;
  /** Media types for Accept. */
  readonly accept?: readonly string[];
  /** Routes to set before the dialog exists. */
  readonly routes?: readonly NameAddress[];
  readonly headers?: HeadersInit;
  readonly body?: Uint8Array | string;
  /** Default: random. */
  readonly callId?: string;
  /** Default: random. */
  readonly localTag?: string;
}

/** Whom to ask to call somebody (RFC 3515), outside of any dialog. */
export interface ReferInit extends Pick<SubscribeInit, "target" | "from" | "to" | "routes" | "headers" | "callId" | "localTag"> {
  readonly referTo: NameAddress;
}

/** `"notify-wait"`: no NOTIFY came yet (§4.1.2). */
export type SubscriptionState = "notify-wait" | NotifiedState;

/** What becomes of a subscription of ours. */
export type SubscriptionEvent =
  /** The SUBSCRIBE, or a refresh, was accepted for that many seconds. */
  | { readonly type: "accepted"; readonly response: SipResponse; readonly expires: number }
  /** A NOTIFY, answered already. With state `terminated`, the event `terminated` follows. */
  | {
      readonly type: "notify";
      readonly dialog: Dialog;
      readonly request: SipRequest;
      readonly state: NotifiedState;
      readonly contentType: MediaType | undefined;
      readonly body: Uint8Array;
    }
  /** A dialog's subscription ended, or (without dialog) there never was one. `retryAfterMs`: when §4.1.3 lets it be tried again; undefined: never. */
  | {
      readonly type: "terminated";
      readonly dialog: Dialog | undefined;
      readonly reason: TerminationReason;
      readonly retryAfterMs: number | undefined;
      readonly message?: SipRequest | SipResponse;
    };

/** The subscription of one dialog. */
interface Leg {
  readonly dialog: Dialog;
  readonly timers: TimerTable<"refresh" | "expiry" | "n">;
  state: NotifiedState;
}

/** One subscription of ours, or several that one forked SUBSCRIBE made: refreshed until it is ended or terminated. */
export class Subscription implements DialogUsage<SubscriptionEvent> {
  readonly callId: string;
  readonly localTag: string;
  readonly #init: SubscribeInit;
  /** A REFER makes the subscription, not a SUBSCRIBE (RFC 3515 §2.4.4). */
  readonly #referTo: NameAddress | undefined;
  readonly #options: SubscriptionOptions;
  readonly #event: ParameterizedToken;
  readonly #requests: ClientRequests;
  readonly #outputs = new Queue<UsageOutput>();
  readonly #events = new Queue<SubscriptionEvent>();
  readonly #legs = new Map<string, Leg>();
  /** Timer N of the SUBSCRIBE that makes dialogs. */
  readonly #timers = new TimerTable<"n">();
  readonly #t1: number;
  #request: SipRequest;
  #sequence = 0;
  #expires: number;
  #state: "waiting" | "established" | "terminated" = "waiting";
  #unsubscribing = false;

  private constructor(now: Instant, init: SubscribeInit, options: SubscriptionOptions, referTo?: NameAddress) {
    this.#init = init;
    this.#referTo = referTo;
    this.#options = options;
    this.#t1 = options.t1 ?? 500;
    this.callId = init.callId ?? randomString(options.random, 24, TOKEN_CHARS);
    this.localTag = init.localTag ?? randomString(options.random, 12, TOKEN_CHARS);
    const event = new SipHeaders().append("Event", init.event).get("Event");
    if (event === undefined) throw new SyntaxError(`not an event package: ${init.event}`);
    this.#event = event;
    this.#expires = init.expires ?? DEFAULT_EXPIRES;
    this.#requests = new ClientRequests({ output: (output) => this.#outputs.push(output), authorize: options.authorize });
    this.#request = this.#build();
    this.#subscribe(now);
  }

  /** Subscribes: the SUBSCRIBE is the first output. Throws `SyntaxError` for a target or event that is none. */
  static subscribe(now: Instant, init: SubscribeInit, options: SubscriptionOptions): Subscription {
    return new Subscription(now, init, options);
  }

  /** Sends a REFER instead, whose NOTIFYs tell how the referred request fares. Throws `SyntaxError` for a target that is none. */
  static refer(now: Instant, init: ReferInit, options: SubscriptionOptions): Subscription {
    const { referTo, ...rest } = init;
    return new Subscription(now, { ...rest, event: "refer", expires: REFER_EXPIRES }, options, referTo);
  }

  /** Of all its dialogs the best: one that is active makes it active. */
  get state(): SubscriptionState {
    if (this.#state === "terminated") return "terminated";
    const states = [...this.#legs.values()].map((leg) => leg.state);
    if (states.includes("active")) return "active";
    return states.includes("pending") ? "pending" : "notify-wait";
  }

  /** The SUBSCRIBE that makes dialogs, as sent last. */
  get request(): SipRequest {
    return this.#request;
  }

  /** Dialogs with a subscription. */
  get dialogs(): readonly Dialog[] {
    return [...this.#legs.values()].map((leg) => leg.dialog);
  }

  get finished(): boolean {
    return this.#state === "terminated" && this.#requests.pending === 0 && this.#outputs.length + this.#events.length === 0;
  }

  /** Refreshes now; by itself it does so in time (§4.1.2.2). Throws `InvalidStateError` before the first NOTIFY. */
  refresh(now: Instant, expires: number = this.#expires): void {
    if (this.#legs.size === 0) throw new InvalidStateError("no subscription to refresh", { code: "SIP_NO_SUBSCRIPTION" });
    this.#expires = expires;
    for (const leg of this.#legs.values()) this.#refresh(now, leg, expires);
  }

  /** §4.1.2.3: ends with the NOTIFY that says so, or 64*T1 from now. Before the first NOTIFY it waits for that one. */
  unsubscribe(now: Instant): void {
    if (this.#unsubscribing) return;
    this.#unsubscribing = true;
    for (const leg of this.#legs.values()) this.#refresh(now, leg, 0);
  }

  /** NOTIFY; others get 405. */
  handleRequest(now: Instant, request: SipRequest): void {
    if (request.method !== "NOTIFY") {
      if (request.method !== "ACK") this.#respond(request, 405, [["Allow", "NOTIFY"]]);
      return;
    }
    const event = request.headers.get("Event");
    const state = request.headers.get("Subscription-State");
    if (event === undefined || state === undefined) this.#respond(request, 400);
    else if (!this.#isOurs(event)) this.#respond(request, 481);
    else this.#receiveNotify(now, request, state);
  }

  handleResponse(now: Instant, id: RequestId, response: SipResponse): void {
    this.#requests.handleResponse(now, id, response);
  }

  handleRequestFailure(now: Instant, id: RequestId, failure: RequestFailure): void {
    this.#requests.handleFailure(now, id, failure);
  }

  handleTimeout(now: Instant): void {
    // §4.1.2.4: no NOTIFY, no subscription.
    if (this.#timers.take("n", now) && this.#legs.size === 0) this.#terminate(undefined, "timeout", 0);
    for (const leg of [...this.#legs.values()]) {
      if (leg.timers.take("refresh", now)) this.#refresh(now, leg, this.#expires);
      if (leg.timers.take("n", now) || leg.timers.take("expiry", now)) this.#terminate(leg, "timeout", 0);
    }
  }

  pollTimeout(): Instant | undefined {
    const all = [this.#timers.next(), ...[...this.#legs.values()].map((leg) => leg.timers.next())].filter((at) => at !== undefined);
    return all.length === 0 ? undefined : Math.min(...all);
  }

  pollOutput(): UsageOutput | undefined {
    return this.#outputs.shift();
  }

  pollEvent(): SubscriptionEvent | undefined {
    return this.#events.shift();
  }

  /** The initial SUBSCRIBE, or the same with another interval. */
  #subscribe(now: Instant): void {
    this.#timers.set("n", now + 64 * this.#t1);
    const target = this.#init.routes?.[0]?.uri ?? nameAddress(this.#init.target).uri;
    const numbering = { nextSequence: () => this.#nextSequence() };
    this.#requests.send(this.#request, target, numbering, {
      renewed: (request) => {
        this.#request = request;
      },
      final: (at, outcome) => this.#subscribed(at, outcome),
    });
  }

  #subscribed(now: Instant, { response, statusCode }: Outcome): void {
    if (this.#state === "terminated") return;
    if (response !== undefined && statusCode < 300) {
      this.#emitAccepted(now, response, this.#legs.get(response.toTag ?? ""));
      return;
    }
    if (this.#legs.size > 0) return; // a NOTIFY has come: the subscription stands
    if (this.#takeMinimum(response)) {
      this.#request = this.#build();
      this.#subscribe(now);
    } else this.#terminate(undefined, statusCode === 408 ? "timeout" : "rejected", retryOf(response, statusCode), response);
  }

  /** §4.2.1.1: 423 names the shortest interval. */
  #takeMinimum(response: SipResponse | undefined): boolean {
    const minimum = response?.statusCode === 423 ? response.headers.get("Min-Expires") : undefined;
    if (minimum === undefined || minimum <= this.#expires || minimum > LONGEST_EXPIRES) return false;
    this.#expires = minimum;
    return true;
  }

  #refresh(now: Instant, leg: Leg, expires: number): void {
    leg.timers.clear("refresh");
    leg.timers.set("n", now + 64 * this.#t1);
    const { accept, headers, body } = this.#init;
    const request = leg.dialog.createRequest("SUBSCRIBE", {
      headers: headerList(
        [
          ["Event", this.#event],
          ["Expires", expires],
        ],
        accept && [["Accept", accept.join(", ")]],
        this.#options.headers,
        headers,
      ),
      body: expires === 0 ? undefined : body,
    });
    this.#requests.send(request, leg.dialog.nextHop, leg.dialog, {
      final: (at, { response, statusCode }) => {
        if (!this.#legs.has(leg.dialog.remoteTag)) return;
        if (response !== undefined && statusCode < 300) {
          leg.dialog.refreshTarget(response);
          if (expires > 0) this.#emitAccepted(at, response, leg);
        } else if (this.#takeMinimum(response)) this.#refresh(at, leg, this.#expires);
        else if (endsSubscription(statusCode)) this.#terminate(leg, statusCode === 408 ? "timeout" : "noresource", 0, response);
        // §4.1.2.2: after other failures "the original subscription is still considered valid".
        else leg.timers.clear("n");
      },
    });
  }

  #emitAccepted(now: Instant, response: SipResponse, leg: Leg | undefined): void {
    const expires = Math.min(response.headers.get("Expires") ?? this.#expires, LONGEST_EXPIRES);
    if (leg !== undefined && expires > 0) setExpiry(now, leg, expires);
    this.#events.push({ type: "accepted", response, expires });
  }

  #receiveNotify(now: Instant, request: SipRequest, state: ParameterizedToken): void {
    const leg = this.#legs.get(request.fromTag ?? "") ?? this.#newLeg(request);
    if (typeof leg === "number") {
      this.#respond(request, leg);
      return;
    }
    const verdict = leg.dialog.receiveRequest(request);
    if (verdict !== "ok") {
      this.#respond(request, verdict.statusCode);
      return;
    }
    leg.dialog.refreshTarget(request);
    this.#respond(request, 200);
    this.#timers.clear("n");
    leg.timers.clear("n");
    leg.state = notifiedState(state);
    const expires = secondsOf(state, "expires");
    // §4.1.3: the notifier's word on the interval counts.
    if (leg.state !== "terminated") setExpiry(now, leg, Math.min(expires ?? this.#expires, LONGEST_EXPIRES));
    this.#events.push({
      type: "notify",
      dialog: leg.dialog,
      request,
      state: leg.state,
      contentType: request.headers.get("Content-Type"),
      body: request.body,
    });
    if (leg.state === "terminated") {
      const reason = state.parameters.get("reason");
      this.#terminate(leg, reason ?? "", retryAfterMs(reason, secondsOf(state, "retry-after")), request);
    } else if (this.#unsubscribing && expires !== 0) this.#refresh(now, leg, 0);
  }

  /** §4.4.1: the NOTIFY makes the dialog. A status code when it must not: 481 for a second one, if the package knows no forking. */
  #newLeg(request: SipRequest): Leg | number {
    if (this.#state === "terminated" || request.callId !== this.callId || request.toTag !== this.localTag) return 481;
    const forking =
      this.#options.forks === true && this.#timers.at("n") === undefined ? this.#legs.size < MAX_FORKS : this.#state === "waiting";
    if (!forking) return 481;
    const { contact, overTls } = this.#options;
    const dialog = Dialog.fromNotify(this.#request, request, { contact, ...(overTls === undefined ? {} : { overTls }) });
    if (dialog === undefined) return 400;
    this.#state = "established";
    const leg: Leg = { dialog, timers: new TimerTable(), state: "pending" };
    this.#legs.set(dialog.remoteTag, leg);
    return leg;
  }

  /** §8.2.1: the same package, and the same id or none on both sides. */
  #isOurs(event: ParameterizedToken): boolean {
    if (!sameIgnoringCase(event.value, this.#event.value)) return false;
    // RFC 3515 §2.4.6: the id is the REFER's number, and may be left out.
    return this.#referTo !== undefined || event.parameters.get("id") === this.#event.parameters.get("id");
  }

  #terminate(leg: Leg | undefined, reason: TerminationReason, retryAfter: number | undefined, message?: SipRequest | SipResponse): void {
    if (leg !== undefined) {
      this.#legs.delete(leg.dialog.remoteTag);
      leg.timers.clearAll();
      leg.dialog.terminate();
    }
    if (this.#legs.size === 0) {
      this.#state = "terminated";
      this.#timers.clearAll();
    }
    this.#events.push({ type: "terminated", dialog: leg?.dialog, reason, retryAfterMs: retryAfter, ...(message && { message }) });
  }

  #respond(request: SipRequest, statusCode: number, headers: readonly HeaderPair[] = []): void {
    const response = createResponse(request, statusCode, {
      toTag: this.localTag,
      headers: headerList(this.#options.headers, statusCode === 200 ? [["Contact", this.#options.contact]] : [], headers),
    });
    this.#outputs.push({ type: "response", request, response });
  }

  #build(): SipRequest {
    const { target, from, to, routes = [], accept, headers, body } = this.#init;
    const uri = asRequestUri(nameAddress(target).uri);
    const [first, ...rest] = routes;
    const strict = first !== undefined && !isLoose(first);
    const method = this.#referTo === undefined ? "SUBSCRIBE" : "REFER";
    return createRequest({
      method,
      uri: strict ? asRequestUri(first.uri) : uri,
      headers: headerList(
        routes.length === 0 ? [] : [["Route", strict ? [...rest, nameAddress(uri)] : routes]],
        [
          ["From", nameAddress(from.uri, tagged(this.localTag), from.displayName)],
          ["To", to ?? nameAddress(uri)],
          ["Call-ID", this.callId],
          ["CSeq", { number: this.#nextSequence(), method }],
          ["Contact", this.#options.contact],
        ],
        this.#referTo === undefined
          ? [
              ["Event", this.#event],
              ["Expires", this.#expires],
            ]
          : [["Refer-To", this.#referTo]],
        accept && [["Accept", accept.join(", ")]],
        this.#options.headers,
        headers,
      ),
      body,
    });
  }

  #nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }
}

/** Refreshes in good time before it runs out: 32 s, in which a SUBSCRIBE fails or not, or at half. */
function setExpiry(now: Instant, leg: Leg, seconds: number): void {
  leg.timers.set("expiry", now + 1000 * seconds);
  leg.timers.set("refresh", now + 1000 * Math.max(seconds - 32, seconds / 2));
}

/** Whether a refused SUBSCRIBE may be tried again by itself: only when the response says when. */
function retryOf(response: SipResponse | undefined, statusCode: number): number | undefined {
  if (statusCode === 408) return 0;
  const seconds = response?.headers.get("Retry-After")?.seconds;
  return seconds === undefined ? undefined : 1000 * seconds;
}

const TOKEN_CHARS = "abcdefghijklmnopqrstuvwxyz0123456789";
/** Seconds. */
const DEFAULT_EXPIRES = 3600;
const LONGEST_EXPIRES = 604_800;
/** Dialogs of one SUBSCRIBE. */
const MAX_FORKS = 32;
