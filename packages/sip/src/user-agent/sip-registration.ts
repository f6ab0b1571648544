/** A user agent's registration, kept alive over its flows (RFC 3261 §10, RFC 5626). */
import { Malformed } from "@purertc/core";
import { type NameAddress, parseUri, type SipRequest } from "@purertc/sip-parser";
import type { Flow } from "../flow.ts";
import type { Registration } from "../registration/registration.ts";
import type { RegId, RegisteredState, RegistrationEvent, RegistrationFailure } from "../registration/registration-event.ts";
import { Alarm } from "../transport/alarm.ts";
import { Deferred } from "./deferred.ts";
import type { RequestSender } from "./request-sender.ts";
import { SipError } from "./sip-error.ts";
import { TypedEventTarget } from "./typed-event-target.ts";

/** Bound, or bound again: `"registered"`. */
export class RegisteredEvent extends Event {
  readonly state: RegisteredState;

  constructor(state: RegisteredState) {
    super("registered");
    this.state = state;
  }
}

/** A flow is not registered: `"failed"`. */
export class RegistrationFailedEvent extends Event {
  readonly failure: RegistrationFailure;
  /** Milliseconds until it is tried again; undefined when it is not. */
  readonly retryAfterMs: number | undefined;

  constructor(failure: RegistrationFailure, retryAfterMs: number | undefined) {
    super("failed");
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Events of a registration. */
export interface SipRegistrationEventMap {
  readonly registered: RegisteredEvent;
  readonly failed: RegistrationFailedEvent;
  /** Our binding is removed. */
  readonly unregistered: Event;
}

/** What a registration needs of its user agent. */
export interface SipRegistrationInit {
  readonly sender: RequestSender;
  readonly registration: Registration;
  /** Our Contact over a flow, as text of a URI. */
  readonly contactFor: (flow: Flow) => string;
  /** Whether it goes on trying when no flow can be registered at first. */
  readonly keepTrying: boolean;
  /** See {@link SipRegistration.route}. */
  readonly route: NameAddress | undefined;
}

/** Made by `SipUserAgent.register`. It refreshes itself, and opens failed flows again. */
export class SipRegistration extends TypedEventTarget<SipRegistrationEventMap> {
  /** Resolves when the first flow is registered; rejects with {@link SipError} when it is refused for good, or none can be registered at the first try. */
  readonly registered: Promise<RegisteredState>;
  /** The machine underneath. */
  readonly registration: Registration;
  /** The registrar as a route, when it was named: requests within its domain go there, since the domain's name need not lead anywhere. */
  readonly route: NameAddress | undefined;
  readonly #registered = new Deferred<RegisteredState>();
  readonly #unregistered = new Deferred<void>();
  readonly #init: SipRegistrationInit;
  readonly #alarm: Alarm;
  readonly #flows = new Map<RegId, Flow>();
  /** Flows that have failed, before any was registered. */
  readonly #failedFlows = new Set<RegId>();
  #state: RegisteredState | undefined;
  #closed = false;

  /** For the user agent. */
  constructor(init: SipRegistrationInit) {
    super();
    this.#init = init;
    this.registration = init.registration;
    this.route = init.route;
    this.registered = this.#registered.promise;
    this.#alarm = new Alarm(init.sender.stack.clock, (now) => {
      this.registration.handleTimeout(now);
      this.#pump();
    });
    this.registration.start(this.#now);
    this.#pump();
  }

  /** What the registrar said last; undefined when not registered. */
  get state(): RegisteredState | undefined {
    return this.#state;
  }

  /** The registered flow that requests outside dialogs take with outbound (RFC 5626 §4.3); undefined without. */
  get flow(): Flow | undefined {
    if (this.#state?.outbound !== true) return undefined;
    return [...this.#flows.values()].find((flow) => flow.open);
  }

  /** Registers again now. */
  refresh(): void {
    this.registration.refresh(this.#now);
    this.#pump();
  }

  /** Removes our binding. Resolves when it is gone, or the registrar cannot be asked. */
  async unregister(): Promise<void> {
    if (!this.#closed) {
      this.registration.unregister(this.#now);
      this.#pump();
    }
    await this.#unregistered.promise;
  }

  /** As {@link unregister}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister();
  }

  /** For the user agent: a flow is gone. */
  flowClosed(flow: Flow, reason: string): void {
    for (const [regId, each] of this.#flows) {
      if (each !== flow) continue;
      this.#flows.delete(regId);
      this.registration.flowFailed(this.#now, regId, reason);
    }
    this.#pump();
  }

  /** For the user agent: no more of it. */
  close(): void {
    this.#closed = true;
    this.#alarm.close();
    this.#registered.reject(new SipError({ code: "ENDED", statusCode: 487, message: "the user agent is closed" }));
    this.#unregistered.resolve();
  }

  get #now(): number {
    return this.#init.sender.stack.now();
  }

  #pump(): void {
    if (this.#closed) return;
    for (let event = this.registration.pollEvent(); event !== undefined; event = this.registration.pollEvent()) this.#handle(event);
    this.#alarm.set(this.registration.pollTimeout());
  }

  #handle(event: RegistrationEvent): void {
    switch (event.type) {
      case "open-flow":
        void this.#open(event.regId, event.route);
        return;
      case "request":
        this.#send(event.regId, event.request);
        return;
      case "registered":
        this.#bound(event.regId, event.state);
        return;
      case "failed":
        this.#failed(event.regId, event.failure, event.retryAt);
        return;
      case "unregistered":
        this.#state = undefined;
        this.#unregistered.resolve();
        this.dispatchEvent(new Event("unregistered"));
    }
  }

  async #open(regId: RegId, route: string): Promise<void> {
    try {
      const uri = parseUri(route);
      if (uri instanceof Malformed) throw new SyntaxError(`not a URI: ${route}`);
      const flow = await this.#init.sender.flowTo(uri);
      this.#flows.set(regId, flow);
      this.registration.flowOpened(this.#now, regId, this.#init.contactFor(flow), flow.transport);
    } catch (error) {
      this.registration.flowFailed(this.#now, regId, error instanceof Error ? error.message : "no flow");
    }
    this.#pump();
  }

  #send(regId: RegId, request: SipRequest): void {
    const flow = this.#flows.get(regId);
    const fail = (cause: "timeout" | "transport-error", detail: string): void => {
      this.registration.requestFailed(this.#now, regId, cause, detail);
      this.#pump();
    };
    if (flow?.open !== true) {
      queueMicrotask(() => fail("transport-error", "the flow has closed"));
      return;
    }
    const { uri } = request;
    if (uri instanceof Malformed) {
      queueMicrotask(() => fail("transport-error", "the registrar is not a URI"));
      return;
    }
    this.#init.sender.send(
      request,
      { nextHop: uri, flow, flowOnly: true },
      {
        response: (response) => {
          this.registration.handleResponse(this.#now, regId, response);
          this.#pump();
        },
        failed: fail,
      },
    );
  }

  #bound(regId: RegId, state: RegisteredState): void {
    this.#state = state;
    const flow = this.#flows.get(regId);
    const { transports } = this.#init.sender.stack;
    // RFC 5626 §4.4: only when the registrar keeps flows; a lone binding over UDP needs the mapping of its NAT all the same, but nobody promised it.
    if (flow !== undefined && state.outbound) transports.keepAlive?.(flow, state.keepAliveMs);
    this.#registered.resolve(state);
    this.dispatchEvent(new RegisteredEvent(state));
  }

  #failed(regId: RegId, failure: RegistrationFailure, retryAt: number | undefined): void {
    if (!this.registration.registered) this.#state = undefined;
    this.#failedFlows.add(regId);
    const hopeless = !this.#init.keepTrying && this.#failedFlows.size === this.registration.flowCount;
    if (!this.#registered.settled && (retryAt === undefined || hopeless)) this.#registered.reject(errorOf(failure));
    this.dispatchEvent(new RegistrationFailedEvent(failure, retryAt === undefined ? undefined : Math.max(0, retryAt - this.#now)));
  }
}

function errorOf(failure: RegistrationFailure): SipError {
  if (failure.reason === "timeout") return new SipError({ code: "TIMEOUT", statusCode: 408, message: failure.detail });
  if (!("statusCode" in failure)) return new SipError({ code: "TRANSPORT", statusCode: 503, message: failure.detail });
  return new SipError({
    code: "REJECTED",
    statusCode: failure.statusCode,
    message: failure.reason === "not-bound" ? "the registrar did not bind our contact" : `${failure.statusCode} ${failure.reasonPhrase}`,
  });
}
