/**
 * The INVITE usage of one dialog (RFC 3261 §13 to §15): what the peer sends in it, the offers on either side, and the acknowledgements owed. A session
 * has one, or, while a forked INVITE is under way, one for each early dialog.
 */
import type { Instant } from "@purertc/core";
import { createResponse, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import type { Dialog } from "../dialog/dialog.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import type { Outcome } from "./client-requests.ts";
import { contentHeaders, type SessionDescription } from "./description.ts";
import { Descriptions } from "./descriptions.ts";
import { endsSession } from "./dialog-effect.ts";
import type { DialogHost } from "./dialog-host.ts";
import { headerList } from "./header-list.ts";
import { receiveInfo } from "./incoming-info.ts";
import { Modification } from "./modification.ts";
import type { OfferAnswer } from "./offer-answer.ts";
import { type MessageInit, type RejectInit, type ResponseInit, SESSION_METHODS } from "./options.ts";
import { PeerAbilities } from "./peer-abilities.ts";
import { PeerOffers } from "./peer-offers.ts";
import { Referrals } from "./refer.ts";
import { retryAfterSeconds } from "./retry-interval.ts";
import type { SessionTimer } from "./session-timer.ts";
import { sooner } from "./sooner.ts";
import { UnansweredRequests } from "./unanswered-requests.ts";
import type { RequestId } from "./usage.ts";

export class InviteDialog {
  readonly dialog: Dialog;
  readonly exchange: OfferAnswer;
  readonly timer: SessionTimer;
  readonly referrals: Referrals;
  readonly modification: Modification;
  readonly acknowledgements: Acknowledgements;
  readonly peer: PeerAbilities = new PeerAbilities();
  /** What passes through {@link exchange}, told to the session's owner. */
  readonly descriptions: Descriptions;
  /** What the peer changes with INVITE and UPDATE; {@link modification} is what we do. */
  readonly offers: PeerOffers;
  readonly #host: DialogHost;
  /** Requests given to the owner, who has not responded. */
  readonly #unanswered = new UnansweredRequests();
  #over = false;

  constructor(host: DialogHost, dialog: Dialog, exchange: OfferAnswer, timer: SessionTimer) {
    this.#host = host;
    this.dialog = dialog;
    this.exchange = exchange;
    this.timer = timer;
    this.descriptions = new Descriptions(host, dialog, exchange);
    this.offers = new PeerOffers(host, this);
    this.modification = new Modification(host, this);
    this.acknowledgements = new Acknowledgements(host, this);
    this.referrals = new Referrals(host, this);
  }

  /** Whether an offer of the peer's, or its wish for one, waits for {@link answer}. */
  get awaitsAnswer(): boolean {
    return this.offers.waiting || this.acknowledgements.owed;
  }

  /** Our description for what the peer offered, or wants offered. */
  answer(now: Instant, description: SessionDescription): void {
    if (this.offers.waiting) this.offers.answer(now, description);
    else this.acknowledgements.answer(now, description);
  }

  /** A request in this dialog, ACK included; CANCEL is {@link PeerOffers.cancel}. */
  handleRequest(now: Instant, request: SipRequest): void {
    if (request.method === "ACK") {
      this.offers.receiveAck(now, request);
      return;
    }
    // RFC 5407 §3.1.2: BYE crosses BYE.
    if (this.#over && request.method === "BYE") {
      this.respond(request, 200);
      return;
    }
    const verdict = this.dialog.receiveRequest(request);
    if (verdict !== "ok") {
      this.respond(request, verdict.statusCode);
      return;
    }
    if (this.#over) {
      // Subscriptions outlive the session (RFC 5057 §4.2).
      if (!this.referrals.handleRequest(now, request)) this.respond(request, 481);
      return;
    }
    const allowed = this.#host.options.allow ?? SESSION_METHODS;
    if (!allowed.includes(request.method)) {
      this.respond(request, 405, { headers: [["Allow", allowed.join(", ")]] });
      return;
    }
    this.peer.learn(request);
    switch (request.method) {
      case "BYE":
        this.respond(request, 200);
        this.#host.lost(now, this, "remote-bye", { message: request });
        break;
      case "INVITE":
        this.offers.receiveInvite(now, request);
        break;
      case "UPDATE":
        this.offers.receiveUpdate(now, request);
        break;
      case "PRACK":
        this.offers.receivePrack(now, request);
        break;
      case "INFO":
        receiveInfo(this.#host, this, request);
        break;
      case "OPTIONS":
        // RFC 3261 §11.2, in a dialog.
        this.respond(request, 200, { headers: headerList(this.#host.capabilities(), [["Accept", "application/sdp"]]) });
        break;
      default:
        if (this.referrals.handleRequest(now, request)) break;
        if (this.#unanswered.add(request)) this.#host.emit({ type: "request", request });
        else this.respond(request, 503, { headers: [["Retry-After", retryAfterSeconds(this.#host.options.random)]] });
    }
  }

  /** The owner's response to a request it was given as an event; false when it was not, or has been answered. */
  answerRequest(request: SipRequest, statusCode: number, init: RejectInit): boolean {
    if (!this.#unanswered.answer(request, statusCode)) return false;
    this.respond(request, statusCode, init);
    return true;
  }

  /** Sends a request in this dialog. A final response that ends dialogs ends the session first, then `done` is told. */
  send(
    method: string,
    init: MessageInit,
    description: SessionDescription | undefined,
    done: (now: Instant, outcome: Outcome) => void,
    more: { readonly provisional?: (now: Instant, response: SipResponse) => void; readonly renewed?: (request: SipRequest) => void } = {},
  ): RequestId {
    const request = this.dialog.createRequest(method, {
      headers: headerList(this.#host.options.headers, contentHeaders(description), init.headers),
      body: description?.body ?? init.body,
    });
    this.descriptions.sent(description);
    more.renewed?.(request);
    return this.#host.requests.send(request, this.dialog.nextHop, this.dialog, {
      ...more,
      final: (at, outcome) => {
        if (outcome.response !== undefined) this.peer.learn(outcome.response);
        if (!this.#over && endsSession(method, outcome.statusCode) && this.#host.established(this)) {
          this.#host.lost(at, this, "dialog-lost", { outcome });
        }
        done(at, outcome);
      },
    });
  }

  /** The session is over here: what waits is answered, nothing new is begun. The dialog goes when its last subscription does. */
  close(now: Instant): void {
    if (this.#over) return;
    this.#over = true;
    this.referrals.close(now);
    const left = this.offers.close();
    if (this.acknowledgements.close() || left) this.descriptions.tellWithdrawn();
    for (const request of this.#unanswered.take()) this.respond(request, 487);
    this.timer.stop();
    this.modification.stop();
    // A dialog that is early may yet be confirmed by a 2xx, late, that must get ACK and BYE in it.
    if (!this.referrals.active && (this.dialog.state === "confirmed" || this.dialog.role === "uas")) this.dialog.terminate();
  }

  /** Whether {@link close} was called. */
  get over(): boolean {
    return this.#over;
  }

  pollTimeout(): Instant | undefined {
    return sooner(sooner(this.offers.at, this.timer.at), sooner(this.modification.at, this.referrals.at));
  }

  handleTimeout(now: Instant): void {
    this.offers.handleTimeout(now);
    this.referrals.handleTimeout(now);
    if (this.#over) return;
    const due = this.timer.due(now);
    if (due === "expired") this.#host.lost(now, this, "session-expired", {});
    else if (due === "refresh") this.modification.refresh(now);
    this.modification.handleTimeout(now);
  }

  /** Answers a request of the peer's. */
  respond(request: SipRequest, statusCode: number, init: ResponseInit = {}): SipResponse {
    const response = this.createResponse(request, statusCode, init);
    this.#host.output({ type: "response", request, response });
    return response;
  }

  /** A response of ours in this dialog. */
  createResponse(request: SipRequest, statusCode: number, init: ResponseInit): SipResponse {
    return createResponse(request, statusCode, {
      toTag: this.dialog.localTag,
      ...(init.reasonPhrase === undefined ? {} : { reasonPhrase: init.reasonPhrase }),
      headers: headerList(this.#host.options.headers, contentHeaders(init.description), init.headers),
      body: init.description?.body ?? init.body,
    });
  }
}
