/** Requests outside dialogs that are for a user agent: calls, subscriptions, messages (RFC 3261 §8.2.5, §11, §13.3). */
import { type SipRequest, SipResponse } from "@purertc/sip-parser";
import { dialogKey } from "../dialog/dialog-id.ts";
import type { Flow } from "../flow.ts";
import type { InviteSessionEvent } from "../session/events.ts";
import { headerList } from "../session/header-list.ts";
import { InviteSession } from "../session/invite-session.ts";
import { Notifier, type NotifierEvent } from "../session/notifier.ts";
import type { InviteSessionOptions } from "../session/options.ts";
import { REFER_EXPIRES } from "../session/refer.ts";
import { ReferOutside } from "../session/refer-outside.ts";
import { judgeReplaces } from "../session/replaces.ts";
import { Admission, sourceOf } from "../transaction/admission.ts";
import type { ServerTransaction } from "../transaction/transaction.ts";
import type { ScheduledTimer } from "../transport/clock.ts";
import type { AgentSettings } from "./agent-settings.ts";
import { IncomingCall, InviteEvent } from "./incoming-call.ts";
import { ReferEvent } from "./refer-event.ts";
import { SipRequestEvent } from "./request-events.ts";
import type { RequestRouter } from "./request-router.ts";
import type { RequestSender } from "./request-sender.ts";
import type { SipCall } from "./sip-call.ts";
import { IncomingSubscription, SubscribeEvent } from "./sip-subscription.ts";
import type { SipUserAgent } from "./sip-user-agent.ts";
import { UsageDriver, type UsageReceiver } from "./usage-driver.ts";

/** The user agent, as its incoming side sees it. */
export interface IncomingContext {
  /** Whose events they become. */
  readonly userAgent: SipUserAgent;
  readonly settings: AgentSettings;
  readonly sender: RequestSender;
  readonly router: RequestRouter;
  /** All that have not ended. */
  readonly calls: ReadonlyMap<UsageReceiver, SipCall>;
  isClosed(): boolean;
  sessionOptions(flow: Flow, secure: boolean): InviteSessionOptions;
  drive(call: SipCall, flow: Flow): UsageDriver<InviteSessionEvent>;
  keep(subscription: IncomingSubscription): void;
}

export class IncomingRequests {
  readonly #context: IncomingContext;
  /** Calls that nobody has answered yet: no source may have so many that others cannot call. */
  readonly #ringing: Admission;

  constructor(context: IncomingContext) {
    this.#context = context;
    this.#ringing = new Admission(Math.max(context.settings.maxCalls, MIN_RINGING));
  }

  /** Takes one that passed inspection. */
  handle(request: SipRequest, flow: Flow, transaction: ServerTransaction): void {
    switch (request.method) {
      case "INVITE":
        this.#invited(request, flow, transaction);
        return;
      case "SUBSCRIBE":
        this.#subscribed(request, flow, transaction);
        return;
      case "MESSAGE":
        this.#tell(new SipRequestEvent("message", request, this.#responder(request, transaction)), 200);
        return;
      case "OPTIONS":
        this.#tell(new SipRequestEvent("options", request, this.#responder(request, transaction)), 200);
        return;
      case "BYE":
      case "NOTIFY":
      case "PRACK":
      case "UPDATE":
      case "INFO":
        this.#context.router.respond(request, transaction, 481); // they live in dialogs (§15.1.2, RFC 6665 §4.1.3, RFC 3262 §3)
        return;
      case "REFER":
        this.#referred(request, flow, transaction);
        return;
      default:
        this.#tell(new SipRequestEvent("request", request, this.#responder(request, transaction)), 405);
        return;
    }
  }

  #responder(request: SipRequest, transaction: ServerTransaction): SipRequestEvent["respond"] {
    return (statusCode, init = {}) => {
      const capabilities = request.method === "OPTIONS" && statusCode < 300 ? this.#context.settings.capabilities : [];
      this.#context.router.respond(request, transaction, statusCode, { ...init, headers: [...capabilities, ...headerList(init.headers)] });
    };
  }

  #tell(event: SipRequestEvent, statusCode: number): void {
    this.#context.userAgent.dispatchEvent(event);
    if (event.open) event.respond(statusCode);
  }

  #invited(request: SipRequest, flow: Flow, transaction: ServerTransaction): void {
    if (this.#context.isClosed()) {
      this.#context.router.respond(request, transaction, 480);
      return;
    }
    const source = sourceOf(flow.remote);
    if (this.#context.calls.size >= this.#context.settings.maxCalls || !this.#ringing.admit(source)) {
      this.#context.router.respond(request, transaction, 503, { headers: { "Retry-After": "10" } });
      return;
    }
    let ringing = false;
    try {
      ringing = this.#take(request, flow, transaction, () => this.#ringing.release(source));
    } finally {
      if (!ringing) this.#ringing.release(source);
    }
  }

  /** False when the INVITE is answered at once; otherwise `answered` is called when its call rings no more. */
  #take(request: SipRequest, flow: Flow, transaction: ServerTransaction, answered: () => void): boolean {
    const replaces = this.#replacedBy(request);
    if (typeof replaces === "number") {
      this.#context.router.respond(request, transaction, replaces);
      return false;
    }
    const session = InviteSession.receive(
      this.#context.userAgent.stack.now(),
      request,
      this.#context.sessionOptions(flow, isSecureRequest(request)),
    );
    if (session instanceof SipResponse) {
      this.#context.userAgent.stack.respond(transaction, session);
      return false;
    }
    const call = new IncomingCall({ userAgent: this.#context.userAgent, session, replaces });
    const driver = this.#context.drive(call, flow);
    driver.adopt(request, transaction);
    this.#context.router.addTransaction(transaction, driver);
    driver.pump();
    const event = new InviteEvent(call);
    this.#context.userAgent.dispatchEvent(event);
    if (!event.taken) call.reject(480);
    if (!call.ringing) return false;
    const timer = this.#limitRinging(call);
    call.whenAnswered = () => {
      timer?.cancel();
      answered();
    };
    return true;
  }

  /** A call that nobody answers for ever would be kept for ever, at the caller's wish. */
  #limitRinging(call: IncomingCall): ScheduledTimer | undefined {
    const { ringTimeoutMs } = this.#context.settings;
    if (ringTimeoutMs === 0) return undefined;
    return this.#context.userAgent.stack.clock.schedule(ringTimeoutMs, () => {
      if (call.ringing) call.reject(480);
    });
  }

  /** RFC 3891 §3: the call that the INVITE is to replace; a status when it may not; undefined when it names none. */
  #replacedBy(request: SipRequest): SipCall | number | undefined {
    let found: SipCall | undefined;
    const verdict = judgeReplaces(request, (callId, localTag, remoteTag) => {
      const driver = this.#context.router.find(dialogKey(callId, localTag, remoteTag));
      found = driver === undefined ? undefined : this.#context.calls.get(driver);
      return found?.session;
    });
    return verdict !== undefined && "statusCode" in verdict ? verdict.statusCode : found;
  }

  /** RFC 3515 §2.4.4: outside any dialog. */
  #referred(request: SipRequest, flow: Flow, transaction: ServerTransaction): void {
    const { router, userAgent } = this.#context;
    if (this.#context.isClosed()) {
      router.respond(request, transaction, 480);
      return;
    }
    const referTo = request.headers.get("Refer-To");
    // RFC 3515 §2.4.2: 400 unless there is exactly one.
    if (referTo === undefined || request.headers.problem("Refer-To") !== undefined) {
      router.respond(request, transaction, 400, { reasonPhrase: "Refer-To Missing" });
      return;
    }
    const options = { ...this.#context.sessionOptions(flow, isSecureRequest(request)), events: ["refer"] };
    const machine = Notifier.receiveRefer(userAgent.stack.now(), request, REFER_EXPIRES, options);
    if (machine instanceof SipResponse) {
      userAgent.stack.respond(transaction, machine);
      return;
    }
    const driver = this.#notify(machine, flow, () => {});
    driver.adopt(request, transaction);
    const act = <Result>(step: (now: number) => Result): Result => {
      try {
        return step(userAgent.stack.now());
      } finally {
        driver.pump();
      }
    };
    const event = new ReferEvent({ userAgent, act }, new ReferOutside(machine, referTo));
    userAgent.dispatchEvent(event);
    if (!event.decided) event.reject();
  }

  #notify(machine: Notifier, flow: Flow, onEvent: (event: NotifierEvent) => void): UsageDriver<NotifierEvent> {
    return new UsageDriver<NotifierEvent>(machine, {
      sender: this.#context.sender,
      registry: this.#context.router,
      flow,
      dialogs: () => [machine.dialog],
      onEvent,
    });
  }

  #subscribed(request: SipRequest, flow: Flow, transaction: ServerTransaction): void {
    const { events } = this.#context.settings;
    const machine = Notifier.receive(this.#context.userAgent.stack.now(), request, {
      ...this.#context.sessionOptions(flow, isSecureRequest(request)),
      events,
    });
    if (machine instanceof SipResponse) {
      this.#context.userAgent.stack.respond(transaction, machine);
      return;
    }
    const subscription = new IncomingSubscription(this.#context.userAgent.stack, machine, request);
    const driver = this.#notify(machine, flow, (each) => subscription.handle(each));
    subscription.attach(driver);
    driver.adopt(request, transaction);
    this.#context.keep(subscription);
    const event = new SubscribeEvent(subscription);
    this.#context.userAgent.dispatchEvent(event);
    if (!event.taken) subscription.reject(489);
    driver.pump();
  }
}

function isSecureRequest(request: SipRequest): boolean {
  return request.uriText.toLowerCase().startsWith("sips:");
}

/** Below it, shares would be too small to be of use. */
const MIN_RINGING = 20;
