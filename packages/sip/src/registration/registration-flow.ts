/** One flow of a registration (RFC 3261 §10.2, RFC 5626 §4): open it, register over it, refresh, and start again when it fails. */
import type { Instant, RandomSource } from "@purertc/core";
import type { NameAddress, SipRequest, SipResponse } from "@purertc/sip-parser";
import { backOffMs, between } from "./back-off.ts";
import type { RegistrationOptions } from "./options.ts";
import { redirection, registeredState } from "./registrar-answer.ts";
import type { RegId, RegisteredState, RegistrationEvent, RegistrationFailure } from "./registration-event.ts";

/** What the flows of a registration have in common. */
export interface RegistrationContext {
  readonly options: RegistrationOptions;
  readonly random: RandomSource;
  emit(event: RegistrationEvent): void;
  /** A REGISTER with the next CSeq. */
  createRegister(init: {
    readonly registrar: string;
    readonly route: string | undefined;
    readonly contact: NameAddress;
    readonly expires: number;
  }): SipRequest;
  /** The contact of a flow with its parameters. */
  contactOf(uri: string, regId: RegId | undefined): NameAddress;
  nextCSeq(): number;
  /** Whether a flow other than this one is registered. */
  othersRegistered(regId: RegId): boolean;
}

type State =
  | { readonly name: "idle" }
  | { readonly name: "opening" }
  /** A REGISTER is under way. */
  | { readonly name: "registering"; readonly request: SipRequest; readonly removes: boolean }
  | { readonly name: "registered"; readonly since: Instant; readonly refreshAt: Instant; readonly expiresAt: Instant }
  /** Failed; to be tried again. */
  | { readonly name: "waiting"; readonly retryAt: Instant; readonly reopen: boolean };

/** A flow's machine. `Registration` owns it and passes on what its owner says. */
export class RegistrationFlow {
  readonly regId: RegId;
  readonly #context: RegistrationContext;
  readonly #route: string | undefined;
  #registrar: string;
  #state: State = { name: "idle" };
  /** What the flow was opened with. */
  #opened: { readonly contactUri: string; readonly datagrams: boolean } | undefined;
  /** Seconds to ask for; more after a 423. */
  #expires: number;
  #outbound: boolean;
  #failures = 0;
  /** The flow before this one worked for moments only. */
  #shortLived = false;
  #redirects = 0;
  /** Whether the binding is to be removed as soon as the request under way is answered. */
  #leaving = false;
  /** Whether the registrar may hold our binding. */
  #bound = false;

  constructor(regId: RegId, context: RegistrationContext, registrar: string, route: string | undefined, outbound: boolean) {
    this.regId = regId;
    this.#context = context;
    this.#registrar = registrar;
    this.#route = route;
    this.#outbound = outbound;
    this.#expires = context.options.expires ?? 3600;
  }

  get registered(): boolean {
    return this.#state.name === "registered";
  }

  /** When `handleTimeout` has something to do. */
  get deadline(): Instant | undefined {
    if (this.#state.name === "registered") return this.#state.refreshAt;
    return this.#state.name === "waiting" ? this.#state.retryAt : undefined;
  }

  /** Begins, unless it has. */
  start(): void {
    this.#leaving = false;
    if (this.#state.name === "idle" || this.#state.name === "waiting") this.#open();
  }

  opened(contactUri: string, datagrams: boolean): void {
    if (this.#state.name !== "opening") return;
    this.#opened = { contactUri, datagrams };
    if (this.#leaving) this.#leave();
    else this.#register();
  }

  /** The flow could not be opened, or broke: keep-alives went unanswered, the connection closed (RFC 5626 §4.4). */
  failed(now: Instant, detail: string): void {
    const state = this.#state;
    if (state.name === "idle" || (state.name === "waiting" && state.reopen)) return;
    this.#opened = undefined;
    // §4.5: a flow that worked is opened again at once. Those that work for moments only, one after the other, would be opened time and again: that counts
    // as a failure.
    const shortLived = state.name === "registered" && now - state.since < STABLE_MS;
    if (state.name !== "registered" || (shortLived && this.#shortLived)) this.#failures += 1;
    if (state.name === "registered") this.#shortLived = shortLived;
    this.#fail(now, { reason: "flow-failed", detail }, true);
  }

  refresh(): void {
    if (this.#state.name === "registered") this.#register();
  }

  unregister(): void {
    this.#leaving = true;
    const { name } = this.#state;
    if (name === "registering" || name === "opening") return; // RFC 3261 §10.2: not before the one under way is answered
    this.#leave();
  }

  /** The request could not be sent, or nobody answered. */
  requestFailed(now: Instant, reason: "timeout" | "transport-error", detail: string): void {
    if (this.#state.name !== "registering") return;
    this.#opened = undefined;
    this.#failures += 1;
    this.#fail(now, { reason, detail }, true);
  }

  handleTimeout(now: Instant): void {
    const state = this.#state;
    if (state.name === "registered" && state.refreshAt <= now) this.#register();
    else if (state.name === "waiting" && state.retryAt <= now) {
      if (state.reopen || this.#opened === undefined) this.#open();
      else this.#register();
    }
  }

  handleResponse(now: Instant, response: SipResponse): void {
    const state = this.#state;
    if (state.name !== "registering" || response.statusCode < 200 || response.cseq?.number !== state.request.cseq?.number) return;
    const { statusCode } = response;
    if (statusCode === 401 || statusCode === 407) this.#challenged(now, state.request, state.removes, response);
    else if (state.removes) this.#left();
    else if (statusCode < 300) this.#accepted(now, state.request, response);
    else if (this.#adapt(response)) this.#register();
    else this.#refused(now, response);
  }

  #open(): void {
    this.#state = { name: "opening" };
    this.#opened = undefined;
    this.#context.emit({ type: "open-flow", regId: this.regId, route: this.#route ?? this.#registrar });
  }

  #register(): void {
    const request = this.#createRegister(this.#expires);
    if (request !== undefined) this.#send(request, false);
  }

  #createRegister(expires: number): SipRequest | undefined {
    if (this.#opened === undefined) return undefined;
    const contact = this.#context.contactOf(this.#opened.contactUri, this.#outbound ? this.regId : undefined);
    const request = this.#context.createRegister({ registrar: this.#registrar, route: this.#route, contact, expires });
    return this.#context.options.digest?.preauthorize(request) ?? request;
  }

  #send(request: SipRequest, removes: boolean): void {
    this.#bound = true; // whatever becomes of the answer
    this.#state = { name: "registering", request, removes };
    this.#context.emit({ type: "request", regId: this.regId, request });
  }

  #leave(): void {
    const request = this.#bound ? this.#createRegister(0) : undefined;
    if (request === undefined) this.#left();
    else this.#send(request, true);
  }

  #left(): void {
    this.#state = { name: "idle" };
    this.#bound = false;
    this.#leaving = false;
    this.#failures = 0;
    this.#context.emit({ type: "unregistered", regId: this.regId });
  }

  #challenged(now: Instant, request: SipRequest, removes: boolean, response: SipResponse): void {
    const { digest, credentials } = this.#context.options;
    const retry =
      digest === undefined || credentials === undefined
        ? undefined
        : digest.authorize(request, response, credentials, { cseq: this.#context.nextCSeq() });
    if (retry !== undefined) this.#send(retry, removes);
    else this.#fail(now, { reason: "credentials", ...statusOf(response) }, false, "never");
  }

  #accepted(now: Instant, request: SipRequest, response: SipResponse): void {
    const state = this.#stateFrom(now, response);
    if (this.#context.options.digest?.verify(request, response) === "wrong") {
      // RFC 7616 §3.5: somebody answered who does not know the password.
      this.#fail(now, { reason: "credentials", ...statusOf(response) }, false, "never");
    } else if (this.#leaving) this.#leave();
    else if (state === undefined) {
      this.#failures += 1;
      this.#fail(now, { reason: "not-bound", ...statusOf(response) }, false);
    } else {
      this.#failures = 0;
      this.#redirects = 0;
      const refreshAt = now + refreshAfterMs(state.expiresAt - now, this.#context.random);
      this.#state = { name: "registered", since: now, refreshAt, expiresAt: state.expiresAt };
      this.#context.emit({ type: "registered", regId: this.regId, state });
    }
  }

  #stateFrom(now: Instant, response: SipResponse): RegisteredState | undefined {
    const { options, random } = this.#context;
    if (this.#opened === undefined) return undefined;
    const asked = {
      contact: this.#context.contactOf(this.#opened.contactUri, undefined),
      expires: this.#expires,
      instanceId: options.instanceId,
      regId: this.#outbound ? this.regId : undefined,
      datagrams: this.#opened.datagrams,
    };
    return registeredState(now, response, asked, random);
  }

  /** Answers that name what to do otherwise. True when the request is to be sent again, changed. */
  #adapt(response: SipResponse): boolean {
    // RFC 3261 §10.2.8
    const minimum = response.statusCode === 423 ? response.headers.get("Min-Expires") : undefined;
    if (minimum !== undefined && minimum > this.#expires) {
      this.#expires = minimum;
      return true;
    }
    // RFC 5626 §4.2.1: the first hop keeps no flows; then without. Only the first flow makes sense then, the others would be the same contact.
    if (response.statusCode === 439 && this.#outbound && this.regId === 1) {
      this.#outbound = false;
      return true;
    }
    return false;
  }

  #refused(now: Instant, response: SipResponse): void {
    const { statusCode } = response;
    const target = statusCode < 400 ? redirection(response) : undefined;
    const retryAfter = response.headers.get("Retry-After")?.seconds;
    if (target !== undefined && this.#redirects < MAX_REDIRECTS) {
      // RFC 3261 §8.1.3.4: another registrar, to which another flow leads unless a proxy is set.
      this.#redirects += 1;
      this.#registrar = target;
      if (this.#route === undefined) this.#open();
      else this.#register();
    } else if (retryAfter === undefined && !TEMPORARY.has(statusCode)) {
      this.#fail(now, { reason: "refused", ...statusOf(response) }, false, "never");
    } else {
      this.#failures += 1;
      // RFC 5626 §5.3: 430 says that the flow is dead. A 503 is of the server at this flow's end: the next attempt may find another one (RFC 3263 §4.3).
      const reopen = statusCode === 430 || statusCode === 503;
      this.#fail(now, { reason: "refused", ...statusOf(response) }, reopen, retryAfter === undefined ? undefined : retryAfter * 1000);
    }
  }

  /** `waitMs`: what the registrar asks for; by default as the failures so far demand. */
  #fail(now: Instant, failure: RegistrationFailure, reopen: boolean, waitMs?: number | "never"): void {
    if (this.#leaving) {
      this.#left();
      return;
    }
    const { options, random } = this.#context;
    const wait = waitMs ?? backOffMs(this.#failures, !this.#context.othersRegistered(this.regId), random, options.backOff);
    const retryAt = wait === "never" ? undefined : now + wait;
    this.#state = retryAt === undefined ? { name: "idle" } : { name: "waiting", retryAt, reopen };
    this.#context.emit({ type: "failed", regId: this.regId, failure, retryAt });
    if (retryAt !== undefined && retryAt <= now) this.handleTimeout(now);
  }
}

function statusOf(response: SipResponse): { readonly statusCode: number; readonly reasonPhrase: string } {
  return { statusCode: response.statusCode, reasonPhrase: response.reasonPhrase };
}

/** Between 80 and 90 per cent of the time, and early enough for a transaction to time out before the binding ends. */
function refreshAfterMs(lifetimeMs: number, random: RandomSource): number {
  const usual = between(random, 0.8, 0.9) * lifetimeMs;
  return lifetimeMs > 3 * TRANSACTION_MS ? Math.min(usual, lifetimeMs - TRANSACTION_MS) : usual;
}

/** Timer F. */
const TRANSACTION_MS = 32_000;
/** A flow that lasted so long after its registration has worked. */
const STABLE_MS = 10_000;
const MAX_REDIRECTS = 5;
/** Refusals that another attempt may not meet, without a Retry-After that says so. */
const TEMPORARY: ReadonlySet<number> = new Set([408, 423, 430, 480, 486, 491, 500, 502, 503, 504, 580, 600]);
