/** A call: an INVITE session with the comforts of the platform: events, promises, AbortSignal. Descriptions are text that it does not read. */
import { InvalidStateError } from "@purertc/core";
import type { HeadersInit, NameAddress, SipRequest, SipResponse, Uri } from "@purertc/sip-parser";
import type { Dialog } from "../dialog/dialog.ts";
import type { InviteSessionEvent } from "../session/events.ts";
import type { InviteSession } from "../session/invite-session.ts";
import type { DescriptionPlace } from "../session/offer-answer.ts";
import type { EndInit, MessageInit } from "../session/options.ts";
import type { InviteSessionState } from "../session/session-life.ts";
import type { RequestId } from "../session/usage.ts";
import {
  CallAnswerEvent,
  CallDtmfEvent,
  type CallEnd,
  CallEndedEvent,
  CallInfoEvent,
  CallOfferEvent,
  CallProgressEvent,
  CallRequestEvent,
} from "./call-events.ts";
import { CallModifications } from "./call-modifications.ts";
import { CallRequests } from "./call-requests.ts";
import { CallTransfer } from "./call-transfer.ts";
import { Deferred } from "./deferred.ts";
import { DTMF_RELAY, dtmfOf, isDtmf, writeDtmfRelay } from "./dtmf.ts";
import { held, mirrored, renewed } from "./hold-description.ts";
import { ReferEvent } from "./refer-event.ts";
import { failedBy, SipError, type SipErrorCode } from "./sip-error.ts";
import type { SipUserAgent } from "./sip-user-agent.ts";
import { textOf } from "./text.ts";
import { TypedEventTarget } from "./typed-event-target.ts";
import type { UsageDriver } from "./usage-driver.ts";

/** The events of a call, by name. */
export interface SipCallEventMap {
  /** A provisional response (ringing, early media) to our INVITE. */
  readonly progress: CallProgressEvent;
  readonly answer: CallAnswerEvent;
  readonly offer: CallOfferEvent;
  /** The offer that `offer` told of has gone without an answer: its request was cancelled. */
  readonly offerwithdrawn: Event;
  /** The INVITE was accepted. */
  readonly accepted: Event;
  /** The ACK was sent, or came: the call is complete. */
  readonly confirmed: Event;
  /** A re-INVITE or UPDATE of either side succeeded. */
  readonly modified: Event;
  readonly refer: ReferEvent;
  readonly info: CallInfoEvent;
  readonly dtmf: CallDtmfEvent;
  readonly request: CallRequestEvent;
  readonly ended: CallEndedEvent;
}

/** What may be given up. */
export interface Abortable {
  readonly signal?: AbortSignal;
}

/** A key to press. */
export interface DtmfOptions extends Abortable {
  /** Default 160. */
  readonly durationMs?: number;
  /** Between keys; default 70. */
  readonly gapMs?: number;
}

/** Made by `SipUserAgent.invite` and `call`; incoming calls are `IncomingCall`. */
export class SipCall extends TypedEventTarget<SipCallEventMap> {
  readonly direction: "outgoing" | "incoming";
  /** The machine underneath. */
  readonly session: InviteSession;
  /** For the user agent. */
  readonly userAgent: SipUserAgent;
  readonly #accepted = new Deferred<void>();
  readonly #ended = new Deferred<CallEnd>();
  readonly #modifications: CallModifications;
  readonly #requests: CallRequests;
  #transfers: Map<object, CallTransfer> | undefined;
  readonly #answerOffer: ((offer: string | undefined) => string | Promise<string>) | undefined;
  #driver: UsageDriver<InviteSessionEvent> | undefined;
  #localDescription: string | undefined;
  #remoteDescription: string | undefined;
  /** The same as it came, until somebody asks for it as text. */
  #remoteBody: Uint8Array | undefined;
  #beforeHold: string | undefined;

  /** For the user agent. */
  constructor(init: SipCallInit) {
    super();
    this.userAgent = init.userAgent;
    this.session = init.session;
    this.direction = init.session.role === "uac" ? "outgoing" : "incoming";
    this.#localDescription = init.offer;
    this.#answerOffer = init.answer;
    this.#modifications = new CallModifications(this);
    this.#requests = new CallRequests(this);
  }

  /** Resolves when the INVITE is accepted; rejects with {@link SipError} when it is not. */
  get accepted(): Promise<void> {
    return this.#accepted.promise;
  }

  /** Resolves when the call is over, however it ended. */
  get ended(): Promise<CallEnd> {
    return this.#ended.promise;
  }

  get state(): InviteSessionState {
    return this.session.state;
  }

  get callId(): string {
    return this.session.callId;
  }

  get dialog(): Dialog | undefined {
    return this.session.dialog;
  }

  /** Who we talk to: To of an outgoing, From of an incoming call. */
  get remoteAddress(): NameAddress | undefined {
    return this.direction === "outgoing" ? this.session.invite.to : this.session.invite.from;
  }

  /** Our last offer or answer. */
  get localDescription(): string | undefined {
    return this.#localDescription;
  }

  /** The peer's last offer or answer. */
  get remoteDescription(): string | undefined {
    if (this.#remoteBody !== undefined) {
      this.#remoteDescription = textOf(this.#remoteBody);
      this.#remoteBody = undefined;
    }
    return this.#remoteDescription;
  }

  /** Whether {@link hold} is in force. */
  get holding(): boolean {
    return this.#beforeHold !== undefined;
  }

  /**
   * Ends the call, whatever its state: CANCEL, a refusal, or BYE. Resolves when the peer has confirmed it, or is taken for dead (after 64 T1); `ended` does
   * not wait for that.
   */
  async hangUp(init: EndInit = {}): Promise<CallEnd> {
    if (this.state !== "ended") this.act((now) => this.session.end(now, init));
    const end = await this.ended;
    await this.#driver?.idle();
    return end;
  }

  /**
   * Changes the session with a new offer: by re-INVITE, or by UPDATE while the call is not confirmed (RFC 3311 §5.1: the peer may ask its user for a
   * re-INVITE only). Resolves with the answer. The signal as in {@link reinvite}.
   */
  modify(offer: string, { signal }: Abortable = {}): Promise<string | undefined> {
    return this.#modifications.begin((now) => this.session.modify(now, offer), offer, signal);
  }

  /**
   * Sends a re-INVITE; without an offer the peer makes one, which comes as an `offer` event. Resolves with the peer's description. The signal cancels it
   * (RFC 6141 §3.8): the call goes on as it was, unless the peer was faster.
   */
  reinvite(offer?: string, init: MessageInit & Abortable = {}): Promise<string | undefined> {
    const { signal, ...rest } = init;
    const description = offer === undefined ? {} : { offer };
    return this.#modifications.begin((now) => this.session.reinvite(now, { ...rest, ...description }), offer, signal);
  }

  /**
   * Sends an UPDATE (RFC 3311), in an early dialog as well; without an offer it only refreshes. Resolves with the answer. An UPDATE that was sent cannot be taken
   * back by the signal.
   */
  update(offer?: string, init: MessageInit & Abortable = {}): Promise<string | undefined> {
    const { signal, ...rest } = init;
    const description = offer === undefined ? {} : { offer };
    return this.#modifications.begin((now) => this.session.update(now, { ...rest, ...description }), offer, signal);
  }

  /** Puts the peer on hold (RFC 3264 §8.4), with the description given or one made of our last by directions alone. The signal as in {@link reinvite}. */
  async hold(offer?: string, init: Abortable = {}): Promise<void> {
    if (this.holding) return;
    const before = this.#localDescription;
    if (before === undefined) throw new SipError({ code: "ENDED", statusCode: 488, message: "there is no description to hold" });
    this.#beforeHold = before;
    try {
      await this.reinvite(offer ?? held(before), init);
    } catch (error) {
      this.#beforeHold = undefined;
      throw error;
    }
  }

  /** Takes the peer back from hold. The signal as in {@link reinvite}. */
  async resume(offer?: string, init: Abortable = {}): Promise<void> {
    const before = this.#beforeHold;
    if (before === undefined) return;
    this.#beforeHold = undefined;
    try {
      await this.reinvite(offer ?? renewed(before, this.#localDescription), init);
    } catch (error) {
      this.#beforeHold = before;
      throw error;
    }
  }

  /**
   * Asks the peer to call somebody else (REFER, RFC 3515). Another call as the target is an attended transfer: the peer takes that call's place in it
   * (RFC 3891). The call itself goes on until someone hangs up; how the transfer fares is told even after that (RFC 5057 §4.2), unless the signal aborts: a
   * REFER cannot be taken back, but nobody waits for it any more.
   */
  transfer(target: Uri | string | SipCall, init: { readonly headers?: HeadersInit } & Abortable = {}): CallTransfer {
    const { signal, ...rest } = init;
    signal?.throwIfAborted();
    if (this.state === "ended") return new CallTransfer(undefined); // the peer may always be faster
    let transfer: CallTransfer | undefined;
    this.act((now) => {
      const outgoing = this.session.refer(now, CallTransfer.referTo(target), rest);
      transfer = new CallTransfer(outgoing, signal);
      this.#transfers ??= new Map();
      this.#transfers.set(outgoing, transfer);
    });
    return transfer!;
  }

  /** Sends INFO: in a package that the peer takes (RFC 6086), or without one. Resolves with a 2xx, rejects with {@link SipError} or the signal's reason. */
  async info(body: string | Uint8Array, contentType: string, infoPackage?: string, { signal }: Abortable = {}): Promise<SipResponse> {
    const init = { headers: { "Content-Type": contentType }, body };
    const send = (now: number): RequestId =>
      infoPackage === undefined ? this.session.request(now, "INFO", init) : this.session.info(now, infoPackage, init);
    return this.#requests.sendWell(send, signal);
  }

  /** Presses telephone keys by INFO, one after the other, until the signal aborts. Throws RangeError for what is no key. */
  async sendDtmf(tones: string, options: DtmfOptions = {}): Promise<void> {
    if (!isDtmf(tones)) throw new RangeError(`not telephone keys: ${JSON.stringify(tones)}`);
    const { durationMs = 160, gapMs = 70 } = options;
    for (const [index, tone] of [...tones.toUpperCase()].entries()) {
      if (index > 0) await this.userAgent.delay(durationMs + gapMs);
      await this.info(writeDtmfRelay(tone, durationMs), DTMF_RELAY, undefined, options);
    }
  }

  /** Sends MESSAGE within the call. Resolves with its 2xx, rejects with {@link SipError} or the signal's reason. */
  message(text: string | Uint8Array, contentType = "text/plain;charset=utf-8", { signal }: Abortable = {}): Promise<SipResponse> {
    const init = { headers: { "Content-Type": contentType }, body: text };
    return this.#requests.sendWell((now) => this.session.request(now, "MESSAGE", init), signal);
  }

  /** Sends any other request in the dialog; resolves with its final response, whatever that is. */
  request(method: string, init: MessageInit & Abortable = {}): Promise<SipResponse> {
    const { signal, ...rest } = init;
    return this.#requests.send((now) => this.session.request(now, method, rest), signal);
  }

  /** For the user agent: the driver that carries for this call. */
  attach(driver: UsageDriver<InviteSessionEvent>): void {
    this.#driver = driver;
  }

  /** For the user agent and subclasses: tells the session something, and carries what comes of it. */
  act<Result>(step: (now: number) => Result): Result {
    try {
      return step(this.userAgent.stack.now());
    } finally {
      this.#driver?.pump();
    }
  }

  /** For the user agent: resolves when no transfer waits for its outcome; undefined when none does. */
  transfersSettled(): Promise<unknown> | undefined {
    if (this.#transfers === undefined || this.#transfers.size === 0) return undefined;
    return Promise.allSettled([...this.#transfers.values()].map((transfer) => transfer.completed));
  }

  /** For the user agent, which closes: the peer is not heard of any more. */
  abandon(): void {
    for (const transfer of this.#transfers?.values() ?? []) transfer.abandoned();
    this.#transfers = undefined;
    this.#driver?.close();
    if (!this.#ended.settled) this.#over({ cause: "transport-error", statusCode: undefined, reasons: [], message: undefined });
  }

  /** As {@link hangUp}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp();
  }

  /** For the user agent: what the session says. */
  handle(event: InviteSessionEvent): void {
    switch (event.type) {
      case "progress":
        this.dispatchEvent(new CallProgressEvent(event.response, event.reliable));
        return;
      case "offer":
        this.#remoteBody = event.offer.body;
        // The offer of an incoming call itself is answered by `ring` and `accept`.
        if (event.message !== this.session.invite)
          this.#offered(new CallOfferEvent(this.remoteDescription, event.in, event.message), event.dialog);
        return;
      case "offer-wanted":
        this.#offered(new CallOfferEvent(undefined, "INVITE", event.request), event.dialog);
        return;
      case "answer":
        this.#remoteBody = event.answer.body;
        this.dispatchEvent(new CallAnswerEvent(textOf(event.answer.body), event.in, event.preview));
        return;
      case "accepted":
      case "confirmed":
        if (this.state !== "ended") this.#accepted.resolve(); // by a 2xx that lacks what it must have
        this.dispatchEvent(new Event(event.type));
        this.#modifications.resume();
        return;
      case "modified":
        if (event.by === "local" && event.refresh !== true) this.#modifications.succeeded(this.remoteDescription);
        this.dispatchEvent(new Event("modified"));
        this.#modifications.resume();
        return;
      case "settled":
        this.#modifications.resume();
        return;
      case "modification-failed":
        this.#modifications.failed(event.statusCode, event.response);
        return;
      case "offer-withdrawn":
        this.dispatchEvent(new Event("offerwithdrawn"));
        return;
      case "refer":
        this.#referred(new ReferEvent(this, event.refer));
        return;
      case "refer-progress":
        this.#transfers?.get(event.refer)?.progressed(event.statusCode, event.reasonPhrase, event.final);
        if (event.final) this.#transfers?.delete(event.refer);
        return;
      case "info":
        this.#informed(event.request, event.package?.value);
        return;
      case "request":
        this.#requested(event.request);
        return;
      case "response":
        this.#requests.answered(event.id, event.response);
        return;
      case "request-failed":
        this.#requests.failed(event.id, failedBy(event.failure));
        return;
      case "cancelling":
        if (!this.#accepted.settled) this.#accepted.reject(new SipError({ code: "CANCELLED", statusCode: 487 }));
        return;
      case "ended":
        this.#over({ cause: event.cause, statusCode: event.statusCode, reasons: event.reasons, message: event.message });
        return;
      default:
        return; // forks, redirections and acknowledgements, which need no words here
    }
  }

  /** For subclasses: what was sent as offer or answer. */
  protected describe(description: string | undefined): void {
    if (description !== undefined) this.#localDescription = description;
  }

  /** For `CallModifications`: an offer went out, and this is its outcome when it fails. */
  offered(offer: string | undefined): () => void {
    const before = this.#localDescription;
    this.describe(offer);
    return () => {
      this.#localDescription = before;
    };
  }

  #offered(event: CallOfferEvent, dialog: Dialog): void {
    this.dispatchEvent(event);
    const { decision } = event;
    const to: Offered = { place: event.in, dialog };
    if (decision !== undefined && "statusCode" in decision) this.#refuse(to, decision.statusCode);
    else if (decision !== undefined) void this.#answerWith(to, decision.answer);
    else if (this.#answerOffer !== undefined) void this.#answerWith(to, this.#callAnswerOffer(event.offer));
    else {
      const answer = this.#ownAnswer(event.offer);
      if (answer === undefined) this.#refuse(to, 488);
      else this.#answer(to, answer);
    }
  }

  async #callAnswerOffer(offer: string | undefined): Promise<string> {
    return this.#answerOffer!(offer);
  }

  async #answerWith(to: Offered, answer: string | Promise<string>): Promise<void> {
    if (typeof answer === "string") return this.#answer(to, answer);
    try {
      this.#answer(to, await answer);
    } catch {
      this.#refuse(to, 488); // the application's failure; the peer learns only that there is no answer
    }
  }

  #answer({ dialog }: Offered, answer: string): void {
    this.#ifStillOffered((now) => {
      this.session.answer(now, answer, dialog);
      this.#localDescription = answer;
    });
  }

  /** RFC 6337 §2.3: only an offer in INVITE or UPDATE can be refused. Others have to be answered: who cannot has no call. */
  #refuse({ place, dialog }: Offered, statusCode: number): void {
    if (place === "INVITE" || place === "UPDATE") this.#ifStillOffered((now) => this.session.refuse(now, statusCode, {}, dialog));
    else if (dialog === this.dialog) void this.hangUp({ reason: `SIP;cause=${statusCode}` });
  }

  /** The offer may have gone while its answer was being made, with the call or without it. */
  #ifStillOffered(step: (now: number) => void): void {
    try {
      if (this.state !== "ended") this.act(step);
    } catch (error) {
      if (!(error instanceof InvalidStateError)) throw error;
    }
  }

  #ownAnswer(offer: string | undefined): string | undefined {
    const local = this.#localDescription;
    if (local === undefined) return undefined;
    return offer === undefined ? local : mirrored(offer, local, this.holding);
  }

  #referred(event: ReferEvent): void {
    this.dispatchEvent(event);
    if (!event.decided) event.reject();
  }

  #informed(request: SipRequest, infoPackage: string | undefined): void {
    const key = dtmfOf(request);
    if (key !== undefined) this.dispatchEvent(new CallDtmfEvent(key.tone, key.durationMs));
    this.dispatchEvent(new CallInfoEvent(request, infoPackage));
  }

  #requested(request: SipRequest): void {
    const event = new CallRequestEvent(request, (statusCode) => this.act((now) => this.session.respond(now, request, statusCode)));
    this.dispatchEvent(event);
    event.respond(request.method === "MESSAGE" ? 200 : 405);
  }

  #over(end: CallEnd): void {
    // An error costs some microseconds: it is made only for those who wait.
    const waiting = !this.#accepted.settled || this.#modifications.waiting || this.#requests.waiting;
    if (waiting) this.#disappoint(endError(end));
    this.#ended.resolve(end);
    this.dispatchEvent(new CallEndedEvent(end));
  }

  #disappoint(error: SipError): void {
    this.#accepted.reject(error);
    this.#modifications.abandon(error);
    this.#requests.abandon(error);
  }
}

/** Where an offer of the peer's came. */
interface Offered {
  readonly place: DescriptionPlace;
  readonly dialog: Dialog;
}

/** What is told to those who waited for something else. */
function endError(end: CallEnd): SipError {
  return new SipError({
    code: ERROR_CODES[end.cause] ?? "ENDED",
    statusCode: end.statusCode ?? (end.cause === "timeout" ? 408 : end.cause === "transport-error" ? 503 : 487),
    response: end.message?.kind === "response" ? end.message : undefined,
    reasons: end.reasons,
  });
}

const ERROR_CODES: Partial<Record<CallEnd["cause"], SipErrorCode>> = {
  cancelled: "CANCELLED",
  rejected: "REJECTED",
  timeout: "TIMEOUT",
  "transport-error": "TRANSPORT",
};

/** What a call is made of. */
export interface SipCallInit {
  readonly userAgent: SipUserAgent;
  readonly session: InviteSession;
  /** Our offer, if the INVITE has one. */
  readonly offer?: string | undefined;
  /** Answers offers that no listener answers. */
  readonly answer?: ((offer: string | undefined) => string | Promise<string>) | undefined;
}
