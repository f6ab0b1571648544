/** A SIP user agent for Node: calls, messages, subscriptions and registrations, with the platform's own events, promises and signals. */
import { InvalidArgumentError, InvalidStateError } from "@purertc/core";
import { isSipUri, type NameAddress, nameAddress, type SipResponse, type Uri, withUriParameters, writeUri } from "@purertc/sip-parser";
import type { Flow } from "../flow.ts";
import { Registration } from "../registration/registration.ts";
import type { InviteSessionEvent } from "../session/events.ts";
import { headerList } from "../session/header-list.ts";
import { InviteSession } from "../session/invite-session.ts";
import type { InviteSessionOptions } from "../session/options.ts";
import { Subscription, type SubscriptionEvent } from "../session/subscription.ts";
import type { TransactionEvent } from "../transaction/transaction.ts";
import { unlessAborted } from "./abort.ts";
import { AgentSettings, parsedUri, proxyRoute } from "./agent-settings.ts";
import type { CallTransfer } from "./call-transfer.ts";
import { closeGracefully } from "./graceful-close.ts";
import type { InviteEvent } from "./incoming-call.ts";
import { IncomingRequests } from "./incoming-requests.ts";
import { type InternalErrorEvent, reportInternalError } from "./internal-error.ts";
import type { InviteInit, RegisterOptions, RequestOptions, SipUserAgentOptions, SubscribeOptions } from "./options.ts";
import { OutsideReferral } from "./outside-referral.ts";
import type { ReferEvent } from "./refer-event.ts";
import type { SipRequestEvent } from "./request-events.ts";
import { RequestRouter } from "./request-router.ts";
import { RequestSender } from "./request-sender.ts";
import { SingleRequests } from "./single-requests.ts";
import { SipCall } from "./sip-call.ts";
import { failedBy, rejectedWith } from "./sip-error.ts";
import { SipRegistration } from "./sip-registration.ts";
import { SipStack } from "./sip-stack.ts";
import { type IncomingSubscription, SipSubscription, type SubscribeEvent } from "./sip-subscription.ts";
import { TypedEventTarget } from "./typed-event-target.ts";
import { UsageDriver, type UsageReceiver } from "./usage-driver.ts";

/** The events of a user agent, by name. */
export interface SipUserAgentEventMap {
  readonly invite: InviteEvent;
  readonly message: SipRequestEvent;
  readonly options: SipRequestEvent;
  readonly subscribe: SubscribeEvent;
  /** REFER outside of calls: somebody asks us to call. */
  readonly refer: ReferEvent;
  readonly request: SipRequestEvent;
  readonly internalerror: InternalErrorEvent;
}

/**
 * ```ts
 * const ua = new SipUserAgent({ uri: "sip:alice@example.com", credentials: { username: "alice", password: "..." } });
 * await ua.register();
 * const call = await ua.invite("sip:bob@example.com", { offer });
 * ```
 */
export class SipUserAgent extends TypedEventTarget<SipUserAgentEventMap> {
  /** Transports and transactions, for what is not offered here. */
  readonly stack: SipStack;
  readonly #settings: AgentSettings;
  readonly #sender: RequestSender;
  readonly #requests: SingleRequests;
  readonly #router: RequestRouter;
  readonly #calls = new Map<UsageReceiver, SipCall>();
  /** Calls that have ended, but whose transfers have not; and REFERs outside of calls. */
  readonly #transferring = new Set<{ abandon(): void }>();
  readonly #subscriptions = new Set<SipSubscription | IncomingSubscription>();
  readonly #registrations = new Set<SipRegistration>();
  #started: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  /** Throws SyntaxError when `uri` or `proxy` is not a SIP URI. */
  constructor(options: SipUserAgentOptions) {
    super();
    this.#settings = new AgentSettings(options);
    const { transports, random, clock } = this.#settings;
    this.stack = new SipStack({ transports, random, clock, ...(options.timers === undefined ? {} : { timers: options.timers }) });
    this.#sender = new RequestSender(this.stack, this.#settings.locator);
    this.#requests = new SingleRequests(this.#sender, this.#settings);
    this.#router = new RequestRouter({
      stack: this.stack,
      random,
      methods: this.#settings.methods,
      extensions: this.#settings.extensions,
      headers: this.#settings.serverHeaders,
      onError: (error) => reportInternalError(this, error),
      onRequest: (request, flow, transaction) => incoming.handle(request, flow, transaction),
    });
    const incoming = new IncomingRequests({
      userAgent: this,
      settings: this.#settings,
      sender: this.#sender,
      router: this.#router,
      calls: this.#calls,
      isClosed: () => this.#closed !== undefined,
      sessionOptions: (flow, secure) => this.#sessionOptions(flow, secure),
      drive: (call, flow) => this.#drive(call, flow),
      keep: (subscription) => this.#keep(subscription),
    });
    this.stack.intercept = (message) => message.kind === "response" && isDiscarded(message);
    this.stack.onEvent = (event) => this.#happened(event);
    this.stack.onFlowClosed = (flow, reason) => {
      for (const registration of this.#registrations) registration.flowClosed(flow, reason);
    };
  }

  /** Our address, as From has it. */
  get address(): NameAddress {
    return this.#settings.address;
  }

  /** Where this user agent listens, once started. */
  get listeners(): AgentSettings["listeners"] {
    return this.#settings.listeners;
  }

  /** Calls that have not ended. */
  get calls(): readonly SipCall[] {
    return [...this.#calls.values()];
  }

  /** Begins to listen. All methods that send do it first; call it to be reachable before. Rejects with `SipTransportError`. */
  start(): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(closedError());
    this.#started ??= this.#settings.listen();
    return this.#started;
  }

  /**
   * Places a call. Resolves when it is accepted (and acknowledged, if we made the offer); rejects with `SipError` when it is not, or with the
   * signal's reason when that aborts. The call is cancelled then.
   */
  async invite(target: Uri | string, init: InviteInit = {}): Promise<SipCall> {
    const call = await this.call(target, init);
    try {
      await call.accepted;
    } catch (error) {
      if (init.signal?.aborted === true) throw init.signal.reason;
      throw error;
    }
    return call;
  }

  /** As {@link invite}, but resolves when the INVITE is under way: to hear of progress, and to hang up before there is an answer. */
  async call(target: Uri | string, init: InviteInit = {}): Promise<SipCall> {
    const { signal } = init;
    signal?.throwIfAborted();
    await this.start();
    const uri = parsedUri(target);
    const { routes, nextHop, flow } = await this.#route(uri, signal, init.offer?.length);
    signal?.throwIfAborted();
    const { anonymous = false } = init;
    const { from, headers } = anonymous ? this.#settings.anonymity : { from: this.#settings.address, headers: [] };
    const session = InviteSession.invite(
      this.stack.now(),
      {
        target: uri,
        from,
        routes,
        headers: [...headers, ...headerList(init.headers)],
        maxRedirects: init.maxRedirects ?? 5,
        ...(init.offer === undefined ? {} : { offer: init.offer }),
        ...(init.timeoutMs === undefined ? {} : { timeoutMs: init.timeoutMs }),
      },
      this.#sessionOptions(flow, isSecure(uri), anonymous),
    );
    const call = new SipCall({ userAgent: this, session, offer: init.offer, answer: init.answer });
    const { onProgress } = init;
    if (onProgress !== undefined) call.addEventListener("progress", ({ response }) => onProgress(response));
    const driver = this.#drive(call, flow, nextHop);
    if (signal !== undefined) {
      const cancel = (): void => void call.hangUp();
      signal.addEventListener("abort", cancel, { once: true });
      const done = (): void => signal.removeEventListener("abort", cancel);
      call.accepted.then(done, done);
    }
    driver.pump();
    return call;
  }

  /**
   * Sends a request outside dialogs; 401 and 407 are answered, 3xx followed. Resolves with the final response, whatever it is; rejects with
   * `SipError` when there is none, and with `InvalidArgumentError` for INVITE, ACK and CANCEL.
   */
  async request(method: string, target: Uri | string, options: RequestOptions = {}): Promise<SipResponse> {
    if (NOT_SINGLE.has(method)) throw new InvalidArgumentError(`${method} belongs to a call`, { code: "SIP_REQUEST_METHOD" });
    options.signal?.throwIfAborted();
    await this.start();
    const uri = parsedUri(target);
    const { routes, nextHop, flow } = await this.#route(uri, options.signal, options.body?.length);
    return this.#requests.send(this.#settings.createRequest(method, uri, routes, options), { nextHop, flow }, options.signal);
  }

  /** Sends a MESSAGE (RFC 3428). Resolves with its 2xx; rejects with `SipError`. */
  message(
    target: Uri | string,
    text: string | Uint8Array,
    options: RequestOptions & { readonly contentType?: string } = {},
  ): Promise<SipResponse> {
    const { contentType = "text/plain;charset=utf-8", headers, ...rest } = options;
    return this.#succeeded("MESSAGE", target, { ...rest, body: text, headers: [...headerList(headers), ["Content-Type", contentType]] });
  }

  /** Asks what a peer can do (RFC 3261 §11). Resolves with its 2xx; rejects with `SipError`. */
  options(target: Uri | string, options: RequestOptions = {}): Promise<SipResponse> {
    return this.#succeeded("OPTIONS", target, { ...options, headers: [["Accept", "application/sdp"], ...headerList(options.headers)] });
  }

  /** Subscribes (RFC 6665). Resolves when the subscription is accepted; rejects with `SipError`. */
  async subscribe(target: Uri | string, options: SubscribeOptions): Promise<SipSubscription> {
    const { event, signal, ...rest } = options;
    signal?.throwIfAborted();
    await this.start();
    const uri = parsedUri(target);
    const { routes, nextHop, flow } = await this.#route(uri, signal);
    const init = { target: uri, from: this.#settings.address, event, routes, ...rest };
    const machine = Subscription.subscribe(this.stack.now(), init, this.#sessionOptions(flow, isSecure(uri)));
    const subscription = new SipSubscription(this.stack, machine);
    const driver = this.#driveSubscription(machine, flow, nextHop, (each) => subscription.handle(each));
    subscription.attach(driver);
    this.#keep(subscription);
    driver.pump();
    await unlessAborted(subscription.accepted, signal, () => void subscription.unsubscribe());
    return subscription;
  }

  /**
   * Asks somebody outside of calls to call somebody else (REFER, RFC 3515); within a call it is `call.transfer`. Resolves when the REFER is under way; the
   * result tells how it and the referred call fare, until the signal aborts.
   */
  async refer(target: Uri | string, referTo: Uri | string, options: Omit<RequestOptions, "body"> = {}): Promise<CallTransfer> {
    options.signal?.throwIfAborted();
    await this.start();
    const uri = parsedUri(target);
    const { routes, nextHop, flow } = await this.#route(uri, options.signal);
    const init = { target: uri, from: this.#settings.address, referTo: nameAddress(referTo), routes };
    const headers = options.headers === undefined ? {} : { headers: options.headers };
    const machine = Subscription.refer(this.stack.now(), { ...init, ...headers }, this.#sessionOptions(flow, isSecure(uri)));
    const referral = new OutsideReferral(machine, options.signal);
    const driver = this.#driveSubscription(machine, flow, nextHop, (each) => referral.handle(each));
    this.#transferring.add(referral);
    const done = (): boolean => this.#transferring.delete(referral);
    referral.transfer.completed.then(done, done);
    driver.pump();
    return referral.transfer;
  }

  /**
   * Registers, and stays registered until `unregister` or {@link close}. Resolves when registered; rejects with `SipError` when it is refused, or, unless
   * `keepTrying`, when the registrar cannot be reached. Once registered, whatever fails is tried again.
   */
  async register(options: RegisterOptions = {}): Promise<SipRegistration> {
    const { signal, keepTrying = false, ...rest } = options;
    signal?.throwIfAborted();
    await this.start();
    const registration = new SipRegistration({
      sender: this.#sender,
      keepTrying,
      route: options.registrar === undefined ? undefined : proxyRoute(options.registrar),
      registration: new Registration(this.#settings.registrationOptions(rest)),
      contactFor: (flow) => writeUri(this.#settings.contact(flow, isSecure(this.address.uri)).uri),
    });
    this.#registrations.add(registration);
    try {
      await unlessAborted(registration.registered, signal, () => registration.close());
    } catch (error) {
      this.#registrations.delete(registration);
      registration.close();
      throw error;
    }
    registration.addEventListener("unregistered", () => this.#registrations.delete(registration));
    return registration;
  }

  /** Resolves after so many milliseconds of the user agent's clock. */
  delay(ms: number): Promise<void> {
    return new Promise((resolve) => this.stack.clock.schedule(ms, resolve));
  }

  /**
   * Hangs up all calls, ends subscriptions, unregisters, and closes the transports. What is not done after `timeoutMs` (default 2000) is left undone.
   */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closed ??= closeGracefully({
      calls: this.calls,
      subscriptions: [...this.#subscriptions],
      registrations: [...this.#registrations],
      stack: this.stack,
      delay: this.delay(options.timeoutMs ?? 2000),
    }).finally(() => {
      for (const each of [...this.#calls.values(), ...this.#transferring, ...this.#subscriptions]) each.abandon();
      this.#calls.clear();
    });
    return this.#closed;
  }

  /** As {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #happened(event: TransactionEvent): void {
    try {
      this.#pass(event);
    } catch (error) {
      reportInternalError(this, error);
      const pending = event.type === "request" && (event.transaction.state === "trying" || event.transaction.state === "proceeding");
      if (pending) this.#router.respond(event.request, event.transaction, 500);
    }
  }

  #pass(event: TransactionEvent): void {
    if (event.type === "request") this.#router.received(event);
    else if (event.type === "ack") this.#router.acknowledged(event);
    else if (event.type === "terminated" && event.transaction.kind === "server") this.#router.transactionTerminated(event.transaction);
  }

  #keep(subscription: SipSubscription | IncomingSubscription): void {
    this.#subscriptions.add(subscription);
    subscription.addEventListener("terminated", () => this.#subscriptions.delete(subscription));
  }

  #driveSubscription(
    machine: Subscription,
    flow: Flow,
    nextHop: Uri,
    onEvent: (event: SubscriptionEvent) => void,
  ): UsageDriver<SubscriptionEvent> {
    const driver = new UsageDriver<SubscriptionEvent>(machine, {
      sender: this.#sender,
      registry: this.#router,
      flow,
      nextHop,
      dialogs: () => machine.dialogs,
      onEvent,
    });
    this.#router.awaitNotify(machine.callId, machine.localTag, driver);
    return driver;
  }

  #drive(call: SipCall, flow: Flow, nextHop?: Uri): UsageDriver<InviteSessionEvent> {
    const driver = new UsageDriver<InviteSessionEvent>(call.session, {
      sender: this.#sender,
      registry: this.#router,
      flow,
      nextHop,
      dialogs: () => call.session.dialogs,
      onEvent: (event) => {
        if (event.type === "ended") this.#callEnded(driver, call);
        call.handle(event);
      },
    });
    call.attach(driver);
    this.#calls.set(driver, call);
    return driver;
  }

  #callEnded(driver: UsageReceiver, call: SipCall): void {
    this.#calls.delete(driver);
    const transfers = call.transfersSettled();
    if (transfers === undefined) return;
    this.#transferring.add(call);
    void transfers.then(() => this.#transferring.delete(call));
  }

  /** RFC 5627 §3.2: a GRUU is the Contact that works from everywhere; RFC 5626 §4.3: otherwise a registered flow is one that must be used again. */
  #sessionOptions(flow: Flow, secure: boolean, anonymous = false): InviteSessionOptions {
    const options = this.#settings.sessionOptions(flow, secure, anonymous);
    const [registration] = this.#registrations;
    const gruu = anonymous ? registration?.state?.temporaryGruu : registration?.state?.publicGruu;
    if (gruu !== undefined) return { ...options, contact: nameAddress(gruu) };
    const { uri } = options.contact;
    if (registration?.flow !== flow || !isSipUri(uri)) return options;
    return { ...options, contact: nameAddress(withUriParameters(uri, uri.parameters.with("ob"))) };
  }

  /** §8.1.1.5, §8.1.2, RFC 3608, RFC 5626 §4.3: the preloaded routes, the next hop, and a flow to it. */
  async #route(target: Uri, signal: AbortSignal | undefined, bodyLength = 0): Promise<FirstRoute> {
    const [registration] = this.#registrations;
    const serviceRoute = registration?.state?.serviceRoute ?? [];
    const registered = registration?.flow;
    const home = registration?.state !== undefined && this.#settings.isAtHome(target) ? registration.route : undefined;
    const preloaded = this.#settings.routes.length > 0 || home === undefined ? this.#settings.routes : [home];
    const routes = serviceRoute.length > 0 ? serviceRoute : preloaded;
    const nextHop = routes[0]?.uri ?? target;
    if (registered !== undefined) return { routes, nextHop, flow: registered };
    try {
      const length = HEADERS_LENGTH + bodyLength;
      const flow = this.#sender.flowTo(nextHop, { length, ...(signal === undefined ? {} : { signal }) });
      return { routes, nextHop, flow: await unlessAborted(flow, signal, () => {}) };
    } catch (cause) {
      signal?.throwIfAborted();
      throw failedBy("transport-error", { message: cause instanceof Error ? cause.message : "no server to send to", cause });
    }
  }

  async #succeeded(method: string, target: Uri | string, options: RequestOptions): Promise<SipResponse> {
    const response = await this.request(method, target, options);
    if (response.statusCode >= 300) throw rejectedWith(response);
    return response;
  }
}

/** Where the first request of a call or subscription goes. */
interface FirstRoute {
  /** Preloaded (§12.2.1.1). */
  readonly routes: readonly NameAddress[];
  readonly nextHop: Uri;
  readonly flow: Flow;
}

/** They need more than one transaction. */
const NOT_SINGLE: ReadonlySet<string> = new Set(["INVITE", "ACK", "CANCEL"]);
/** Of a request without its body, about: what decides between UDP and TCP (§18.1.1). */
const HEADERS_LENGTH = 700;

/** §8.1.3.3: a response with somebody else's Via below ours has gone astray; §7.1: nor is another version of SIP for us. */
function isDiscarded(response: SipResponse): boolean {
  return !response.startLine.isSip2 || response.headers.all("Via").length > 1;
}

function isSecure(uri: Uri): boolean {
  return isSipUri(uri) && uri.scheme === "sips";
}

function closedError(): InvalidStateError {
  return new InvalidStateError("the user agent is closed", { code: "SIP_CLOSED" });
}
