/**
 * The INVITE usage of one dialog (RFC 3261 §13 to §15): what the peer sends in it, the offers on either side, and the acknowledgements owed. A session
 * has one, or, while a forked INVITE is under way, one for each early dialog.
 */
import { type Instant, InvalidStateError } from "@purertc/core";
import { createResponse, type HeadersInit, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import type { Dialog } from "../dialog/dialog.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import type { Outcome } from "./client-requests.ts";
import { contentHeaders, descriptionOf, type SessionDescription } from "./description.ts";
import { endsSession } from "./dialog-effect.ts";
import type { DialogHost } from "./dialog-host.ts";
import { type HeaderPair, headerList } from "./header-list.ts";
import { receiveInfo } from "./incoming-info.ts";
import { InviteServer } from "./invite-server.ts";
import { Modification } from "./modification.ts";
import type { DescriptionPlace, Meaning, OfferAnswer } from "./offer-answer.ts";
import { type MessageInit, type RejectInit, type ResponseInit, SESSION_METHODS } from "./options.ts";
import { PeerAbilities } from "./peer-abilities.ts";
import { Referrals } from "./refer.ts";
import { retryAfterSeconds } from "./retry-interval.ts";
import type { SessionTimer } from "./session-timer.ts";
import { UnansweredRequests } from "./unanswered-requests.ts";
import type { RequestId } from "./usage.ts";

/** A request whose offer, or wish for one, waits for our description, and the response that will carry it. */
interface ToAnswer {
  readonly in: "2xx-INVITE" | "2xx-PRACK" | "2xx-UPDATE";
  readonly request: SipRequest;
}

export class InviteDialog {
  readonly dialog: Dialog;
  readonly exchange: OfferAnswer;
  readonly timer: SessionTimer;
  readonly referrals: Referrals;
  readonly modification: Modification;
  readonly acknowledgements: Acknowledgements;
  readonly peer: PeerAbilities = new PeerAbilities();
  readonly #host: DialogHost;
  /** The peer's INVITE that has no final response, or no ACK yet. */
  #server: InviteServer | undefined;
  /** Exchanges complete when it came. */
  #exchangesBefore = 0;
  /** A re-INVITE is accepted, but its 2xx waits for a PRACK. */
  #acceptHeld = false;
  #toAnswer: ToAnswer | undefined;
  #localDescription: SessionDescription | undefined;
  /** Requests given to the owner, who has not responded. */
  readonly #unanswered = new UnansweredRequests();
  #over = false;

  constructor(host: DialogHost, dialog: Dialog, exchange: OfferAnswer, timer: SessionTimer) {
    this.#host = host;
    this.dialog = dialog;
    this.exchange = exchange;
    this.timer = timer;
    this.modification = new Modification(host, this);
    this.acknowledgements = new Acknowledgements(host, this);
    this.referrals = new Referrals(host, this);
  }

  /** The peer's INVITE that has no final response, or no ACK yet. */
  get server(): InviteServer | undefined {
    return this.#server;
  }

  /** The description sent last, for refreshes (RFC 4028 §7.4). */
  get localDescription(): SessionDescription | undefined {
    return this.#localDescription;
  }

  /** Whether an offer of the peer's, or its wish for one, waits for {@link answer}. */
  get awaitsAnswer(): boolean {
    return this.#toAnswer !== undefined || this.acknowledgements.owed;
  }

  /** The INVITE that made this dialog. */
  serve(invite: SipRequest): InviteServer {
    const { options, t1, t2 } = this.#host;
    const respond = (request: SipRequest, response: SipResponse): void => this.#host.output({ type: "response", request, response });
    this.#exchangesBefore = this.exchange.completed;
    this.#acceptHeld = false;
    this.#server = new InviteServer(invite, { random: options.random, t1, t2, respond });
    this.peer.learn(invite);
    return this.#server;
  }

  /** A request in this dialog, ACK included; CANCEL is {@link cancel}. */
  handleRequest(now: Instant, request: SipRequest): void {
    if (request.method === "ACK") {
      this.#receiveAck(now, request);
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
        this.#receiveInvite(now, request);
        break;
      case "UPDATE":
        this.#receiveUpdate(now, request);
        break;
      case "PRACK":
        this.#receivePrack(now, request);
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

  #receiveInvite(now: Instant, request: SipRequest): void {
    if (this.#refusesInterval(request)) return;
    // RFC 6337 §4.2 (UAS-IsI): an ACK that owes us an answer must come first. RFC 5407 §3.1.4: one that does not may be late or lost: whoever sends a
    // re-INVITE has got our 2xx.
    if (this.#server?.state === "accepted" && this.exchange.pending === undefined) this.#acknowledged(now, this.#server, request);
    const verdict = this.exchange.receive("INVITE", descriptionOf(request) !== undefined);
    if (typeof verdict === "object") {
      this.#refuseForNow(request, verdict.statusCode);
      return;
    }
    this.serve(request);
    this.#toAnswer = { in: "2xx-INVITE", request };
    if (verdict === "offer") this.#emitOffer("INVITE", request);
    else this.#host.emit({ type: "offer-wanted", dialog: this.dialog, request });
  }

  #receiveUpdate(now: Instant, request: SipRequest): void {
    if (this.#refusesInterval(request)) return;
    // RFC 3311 §5.2: with or without an offer, one at a time.
    if (this.#toAnswer?.in === "2xx-UPDATE") {
      this.#refuseForNow(request, 500);
      return;
    }
    const verdict = this.exchange.receive("UPDATE", descriptionOf(request) !== undefined);
    if (typeof verdict === "object") this.#refuseForNow(request, verdict.statusCode);
    else if (verdict === "offer") {
      this.#toAnswer = { in: "2xx-UPDATE", request };
      this.#emitOffer("UPDATE", request);
    } else this.#acceptUpdate(now, request, undefined);
  }

  #acceptUpdate(now: Instant, request: SipRequest, description: SessionDescription | undefined): void {
    this.dialog.refreshTarget(request);
    const headers = headerList(this.#host.capabilities(), this.#timerHeaders(now, request), [["Contact", this.dialog.contact]]);
    const response = this.respond(request, 200, { headers, description });
    this.#host.emit({ type: "modified", dialog: this.dialog, by: "remote", response });
    this.#host.released(now);
    this.modification.settled();
  }

  #receivePrack(now: Instant, request: SipRequest): void {
    const response = this.#server?.match(request.headers.get("RAck"));
    if (this.#server === undefined || response === undefined) {
      this.respond(request, 481);
      return;
    }
    const description = descriptionOf(request);
    const verdict = this.exchange.receive("PRACK", description !== undefined);
    if (typeof verdict === "object") {
      this.#refuseForNow(request, verdict.statusCode);
      return;
    }
    if (verdict === "missing") {
      this.respond(request, 400, { reasonPhrase: "Answer Missing" });
      return;
    }
    if (verdict !== "offer") this.respond(request, 200);
    this.#server.acknowledgeProvisional(now);
    this.#host.emit({ type: "acknowledged", response, prack: request });
    if (verdict === "offer") {
      this.#toAnswer = { in: "2xx-PRACK", request };
      this.#emitOffer("PRACK", request);
      return;
    }
    if (verdict === "answer" && description !== undefined) this.#emitAnswer("PRACK", request, description, false);
    if (this.#acceptHeld && !this.#server.waitsForPrack) this.acceptInvite(now, {});
    this.#host.released(now);
  }

  #receiveAck(now: Instant, ack: SipRequest): void {
    const server = this.#server;
    if (server?.state !== "accepted" || server.request.cseq?.number !== ack.cseq?.number) return;
    const verdict = this.receiveDescription("ACK", ack);
    this.#acknowledged(now, server, ack);
    if (verdict !== "missing") return;
    this.exchange.abandonAck();
    this.#host.lost(now, this, "missing-description", { message: ack });
  }

  /** Our 2xx has arrived. */
  #acknowledged(now: Instant, server: InviteServer, by: SipRequest): void {
    server.acknowledge();
    this.#server = undefined;
    if (server.request.toTag === undefined) this.#host.acknowledged(now, this, by);
    else this.modification.settled();
  }

  /**
   * CANCEL of the peer's INVITE (§9.2): 487 unless it is too late; as it is for a re-INVITE that has changed the session already, which gets its 2xx (RFC 6141
   * §3.3, §3.8). False when it is for none of ours.
   */
  cancel(now: Instant, cancel: SipRequest): boolean {
    const server = this.#server;
    if (server === undefined || server.request.branch !== cancel.branch || server.request.cseq?.number !== cancel.cseq?.number)
      return false;
    if (server.state !== "pending" || server.request.toTag === undefined) return true;
    const changed = this.exchange.completed > this.#exchangesBefore && this.exchange.pending === undefined && !server.waitsForPrack;
    if (changed) this.acceptInvite(now, {});
    else this.refuseInvite(487);
    return true;
  }

  /** Our description for what the peer offered, or wants offered. */
  answer(now: Instant, description: SessionDescription): void {
    const pending = this.#toAnswer;
    if (pending === undefined) {
      this.acknowledgements.answer(now, description);
      return;
    }
    switch (pending.in) {
      case "2xx-INVITE":
        // RFC 3262 §3: not while a reliable response that answered already has no PRACK; then without the answer.
        if (this.#server?.waitsForPrack === true) this.#acceptHeld = true;
        else this.acceptInvite(now, this.exchange.pending === undefined && !this.exchange.offerWanted ? {} : { description });
        break;
      case "2xx-PRACK":
        this.noteSent("2xx-PRACK", description);
        this.#toAnswer = undefined;
        this.respond(pending.request, 200, { description });
        this.#host.released(now);
        this.modification.settled();
        break;
      case "2xx-UPDATE":
        this.noteSent("2xx-UPDATE", description);
        this.#toAnswer = undefined;
        this.#acceptUpdate(now, pending.request, description);
        break;
    }
  }

  /** Refuses the peer's re-INVITE or UPDATE that waits for an answer (RFC 6337 §2.3). */
  refuse(now: Instant, statusCode: number, init: RejectInit): void {
    const pending = this.#toAnswer;
    if (pending?.in === "2xx-INVITE") this.refuseInvite(statusCode, init);
    else if (pending?.in === "2xx-UPDATE") {
      this.#toAnswer = undefined;
      this.exchange.fail("UPDATE");
      this.respond(pending.request, statusCode, init);
      this.#host.released(now);
      this.modification.settled();
    } else {
      const why = !this.awaitsAnswer ? "no offer waits for an answer" : "RFC 6337 §2.3: only an offer in INVITE or UPDATE can be refused";
      throw new InvalidStateError(why, { code: "SIP_NO_OFFER" });
    }
  }

  /** The 2xx to the peer's INVITE, initial or not. */
  acceptInvite(now: Instant, init: ResponseInit & { readonly statusCode?: number }): SipResponse {
    const server = this.#pendingServer();
    this.noteSent("2xx-INVITE", init.description);
    if (this.#toAnswer?.in === "2xx-INVITE") this.#toAnswer = undefined;
    const again = this.dialog.state === "confirmed";
    if (again) this.dialog.refreshTarget(server.request);
    else this.dialog.confirm();
    const response = this.#createResponse(server.request, init.statusCode ?? 200, {
      ...init,
      headers: headerList(
        [["Contact", this.dialog.contact]],
        this.#host.capabilities(),
        this.#timerHeaders(now, server.request),
        init.headers,
      ),
    });
    server.accept(now, response);
    if (again) this.#host.emit({ type: "modified", dialog: this.dialog, by: "remote", response });
    return response;
  }

  /** The final response above 299 to the peer's INVITE, initial or not: whatever it offered is void. */
  refuseInvite(statusCode: number, init: RejectInit = {}): SipResponse {
    const server = this.#pendingServer();
    const response = this.#createResponse(server.request, statusCode, init);
    this.#server = undefined;
    this.exchange.fail("INVITE");
    server.refuse(response);
    if (this.#toAnswer?.in === "2xx-INVITE" || this.#toAnswer?.in === "2xx-PRACK") this.#withdraw();
    if (server.request.toTag !== undefined) this.modification.settled();
    return response;
  }

  /** A provisional response to the peer's INVITE, initial or not. */
  provisional(now: Instant, statusCode: number, init: ResponseInit, reliable: boolean): SipResponse {
    const server = this.#pendingServer();
    this.noteSent(reliable ? "1xx-rel" : "1xx", init.description);
    const headers = headerList([["Contact", this.dialog.contact]], this.#host.capabilities(), init.headers);
    const response = this.#createResponse(server.request, statusCode, { ...init, headers });
    if (reliable) {
      response.headers.set("Require", "100rel");
      // RFC 6141 §4.6: from here on the peer is where its re-INVITE says, even if that is refused in the end.
      if (this.dialog.state === "confirmed") this.dialog.refreshTarget(server.request);
      server.sendReliable(now, response, init.description !== undefined);
    } else server.sendProvisional(response);
    return response;
  }

  #pendingServer(): InviteServer {
    if (this.#server?.state === "pending") return this.#server;
    throw new InvalidStateError("no INVITE of the peer waits for a response", { code: "SIP_NO_INVITE" });
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
    if (description !== undefined) this.#localDescription = description;
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
    if (this.#toAnswer?.in === "2xx-UPDATE" || this.#toAnswer?.in === "2xx-PRACK") this.respond(this.#toAnswer.request, 487);
    if (this.#server?.state === "pending") {
      const server = this.#server;
      this.#server = undefined;
      server.refuse(this.#createResponse(server.request, 487, {}));
    }
    this.#server?.abandon();
    this.#server = undefined;
    if (this.acknowledgements.close() || this.#toAnswer !== undefined) this.#withdraw();
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
    const all = [this.#server?.at, this.timer.at, this.modification.at, this.referrals.at].filter((at) => at !== undefined);
    return all.length === 0 ? undefined : Math.min(...all);
  }

  handleTimeout(now: Instant): void {
    const late = this.#server?.handleTimeout(now);
    if (late === "no-ack") {
      // RFC 3261 §13.3.1.4, §14.2: the dialog is confirmed, but the session should be ended with BYE.
      this.#server = undefined;
      this.exchange.abandonAck();
      this.#host.lost(now, this, "unacknowledged", {});
    } else if (late === "no-prack") this.#withoutPrack(now);
    this.referrals.handleTimeout(now);
    if (this.#over) return;
    const due = this.timer.due(now);
    if (due === "expired") this.#host.lost(now, this, "session-expired", {});
    else if (due === "refresh") this.modification.refresh(now);
    this.modification.handleTimeout(now);
  }

  /** RFC 3262 §3: "the UAS SHOULD reject the original request with a 5xx response". */
  #withoutPrack(now: Instant): void {
    const initial = this.#server?.request.toTag === undefined;
    const response = this.refuseInvite(504);
    if (initial) this.#host.lost(now, this, "unacknowledged", { message: response });
  }

  /** Answers a request of the peer's. */
  respond(request: SipRequest, statusCode: number, init: ResponseInit = {}): SipResponse {
    const response = this.#createResponse(request, statusCode, init);
    this.#host.output({ type: "response", request, response });
    return response;
  }

  #createResponse(request: SipRequest, statusCode: number, init: ResponseInit): SipResponse {
    return createResponse(request, statusCode, {
      toTag: this.dialog.localTag,
      ...(init.reasonPhrase === undefined ? {} : { reasonPhrase: init.reasonPhrase }),
      headers: headerList(this.#host.options.headers, contentHeaders(init.description), init.headers) as HeadersInit,
      body: init.description?.body ?? init.body,
    });
  }

  #refuseForNow(request: SipRequest, statusCode: 491 | 500): void {
    const headers: HeaderPair[] = statusCode === 500 ? [["Retry-After", retryAfterSeconds(this.#host.options.random)]] : [];
    this.respond(request, statusCode, { headers });
  }

  /** RFC 4028 §9: 422 for an interval below our minimum. */
  #refusesInterval(request: SipRequest): boolean {
    const minimum = this.timer.refusal(request);
    if (minimum !== undefined) this.respond(request, 422, { headers: [["Min-SE", minimum]] });
    return minimum !== undefined;
  }

  /** RFC 4028 §9; an UPDATE in an early dialog refreshes nothing. */
  #timerHeaders(now: Instant, request: SipRequest): HeaderPair[] {
    return this.dialog.state === "confirmed" ? this.timer.respond(now, request) : [];
  }

  /** Notes a message of ours, with its description if it has one, and says what it is; throws when it must not be sent so. */
  noteSent(place: DescriptionPlace, description: SessionDescription | undefined): Meaning {
    const meaning = this.exchange.send(place, description !== undefined);
    if (description !== undefined) this.#localDescription = description;
    return meaning;
  }

  /** Notes what a response to a request of ours, or an ACK, brings, and tells the owner. */
  receiveDescription(place: DescriptionPlace, message: SipRequest | SipResponse): string {
    const description = descriptionOf(message);
    const known = this.exchange.pending?.previewed === true;
    const verdict = this.exchange.receive(place, description !== undefined);
    if (typeof verdict === "object") return "refused";
    if (description === undefined) return verdict;
    if (verdict === "offer") this.#emitOffer(place, message, description);
    else if ((verdict === "answer" && !known) || verdict === "preview")
      this.#emitAnswer(place, message, description, verdict === "preview");
    return verdict;
  }

  #emitOffer(
    place: DescriptionPlace,
    message: SipRequest | SipResponse,
    offer: SessionDescription | undefined = descriptionOf(message),
  ): void {
    if (offer !== undefined) this.#host.emit({ type: "offer", dialog: this.dialog, offer, in: place, message });
  }

  #emitAnswer(place: DescriptionPlace, message: SipRequest | SipResponse, answer: SessionDescription, preview: boolean): void {
    this.#host.emit({ type: "answer", dialog: this.dialog, answer, in: place, preview, message });
  }

  #withdraw(): void {
    this.#toAnswer = undefined;
    this.#host.emit({ type: "offer-withdrawn", dialog: this.dialog });
  }
}
