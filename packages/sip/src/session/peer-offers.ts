/**
 * INVITE, PRACK, ACK and UPDATE of the peer in one dialog (RFC 3261 §13.3, §14.2, RFC 3262 §3, RFC 3311 §5.2): what they offer or want offered, and our
 * responses. What we change ourselves is in modification.ts.
 */
import { type Instant, InvalidStateError } from "@purertc/core";
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import { descriptionOf, type SessionDescription } from "./description.ts";
import type { DialogHost } from "./dialog-host.ts";
import { type HeaderPair, headerList } from "./header-list.ts";
import type { InviteDialog } from "./invite-dialog.ts";
import { InviteServer } from "./invite-server.ts";
import type { RejectInit, ResponseInit } from "./options.ts";
import { retryAfterSeconds } from "./retry-interval.ts";

/** A request whose offer, or wish for one, waits for our description, and the response that will carry it. */
interface ToAnswer {
  readonly in: "2xx-INVITE" | "2xx-PRACK" | "2xx-UPDATE";
  readonly request: SipRequest;
}

export class PeerOffers {
  readonly #host: DialogHost;
  readonly #owner: InviteDialog;
  #server: InviteServer | undefined;
  /** Exchanges complete when the INVITE came. */
  #exchangesBefore = 0;
  /** A re-INVITE is accepted, but its 2xx waits for a PRACK. */
  #acceptHeld = false;
  #toAnswer: ToAnswer | undefined;

  constructor(host: DialogHost, owner: InviteDialog) {
    this.#host = host;
    this.#owner = owner;
  }

  /** The peer's INVITE that has no final response, or no ACK yet. */
  get server(): InviteServer | undefined {
    return this.#server;
  }

  /** Whether an offer in a request, or a request's wish for one, waits for {@link answer}. */
  get waiting(): boolean {
    return this.#toAnswer !== undefined;
  }

  /** When to call {@link handleTimeout}. */
  get at(): Instant | undefined {
    return this.#server?.at;
  }

  /** The INVITE that made this dialog, or one within it. */
  serve(invite: SipRequest): void {
    const { options, t1, t2 } = this.#host;
    const respond = (request: SipRequest, response: SipResponse): void => this.#host.output({ type: "response", request, response });
    this.#exchangesBefore = this.#owner.exchange.completed;
    this.#acceptHeld = false;
    this.#server = new InviteServer(invite, { random: options.random, t1, t2, respond });
    this.#owner.peer.learn(invite);
  }

  // --- requests ---------------------------------------------------------------------------------------------------------------------------

  /** A re-INVITE (§14.2). */
  receiveInvite(now: Instant, request: SipRequest): void {
    const { exchange, descriptions, dialog } = this.#owner;
    if (this.#refusesInterval(request)) return;
    // RFC 6337 §4.2 (UAS-IsI): an ACK that owes us an answer must come first. RFC 5407 §3.1.4: one that does not may be late or lost: whoever sends a
    // re-INVITE has got our 2xx.
    if (this.#server?.state === "accepted" && exchange.pending === undefined) this.#acknowledged(now, this.#server, request);
    const verdict = exchange.receive("INVITE", descriptionOf(request) !== undefined);
    if (typeof verdict === "object") {
      this.#refuseForNow(request, verdict.statusCode);
      return;
    }
    this.serve(request);
    this.#toAnswer = { in: "2xx-INVITE", request };
    if (verdict === "offer") descriptions.tellOffer("INVITE", request);
    else this.#host.emit({ type: "offer-wanted", dialog, request });
  }

  receiveUpdate(now: Instant, request: SipRequest): void {
    if (this.#refusesInterval(request)) return;
    // RFC 3311 §5.2: with or without an offer, one at a time.
    if (this.#toAnswer?.in === "2xx-UPDATE") {
      this.#refuseForNow(request, 500);
      return;
    }
    const verdict = this.#owner.exchange.receive("UPDATE", descriptionOf(request) !== undefined);
    if (typeof verdict === "object") this.#refuseForNow(request, verdict.statusCode);
    else if (verdict === "offer") {
      this.#toAnswer = { in: "2xx-UPDATE", request };
      this.#owner.descriptions.tellOffer("UPDATE", request);
    } else this.#acceptUpdate(now, request, undefined);
  }

  receivePrack(now: Instant, request: SipRequest): void {
    const owner = this.#owner;
    const response = this.#server?.match(request.headers.get("RAck"));
    if (this.#server === undefined || response === undefined) {
      owner.respond(request, 481);
      return;
    }
    const description = descriptionOf(request);
    const verdict = owner.exchange.receive("PRACK", description !== undefined);
    if (typeof verdict === "object") {
      this.#refuseForNow(request, verdict.statusCode);
      return;
    }
    if (verdict === "missing") {
      owner.respond(request, 400, { reasonPhrase: "Answer Missing" });
      return;
    }
    if (verdict !== "offer") owner.respond(request, 200);
    this.#server.acknowledgeProvisional(now);
    this.#host.emit({ type: "acknowledged", response, prack: request });
    if (verdict === "offer") {
      this.#toAnswer = { in: "2xx-PRACK", request };
      owner.descriptions.tellOffer("PRACK", request);
      return;
    }
    if (verdict === "answer" && description !== undefined) owner.descriptions.tellAnswer("PRACK", request, description, false);
    if (this.#acceptHeld && !this.#server.waitsForPrack) this.acceptInvite(now, {});
    this.#host.released(now);
  }

  receiveAck(now: Instant, ack: SipRequest): void {
    const server = this.#server;
    if (server?.state !== "accepted" || server.request.cseq?.number !== ack.cseq?.number) return;
    const verdict = this.#owner.descriptions.receive("ACK", ack);
    this.#acknowledged(now, server, ack);
    if (verdict !== "missing") return;
    this.#owner.exchange.abandonAck();
    this.#host.lost(now, this.#owner, "missing-description", { message: ack });
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
    const { exchange } = this.#owner;
    const changed = exchange.completed > this.#exchangesBefore && exchange.pending === undefined && !server.waitsForPrack;
    if (changed) this.acceptInvite(now, {});
    else this.refuseInvite(487);
    return true;
  }

  // --- responses --------------------------------------------------------------------------------------------------------------------------

  /** Our description for what a request offered, or wants offered. Nothing happens when none waits: see {@link waiting}. */
  answer(now: Instant, description: SessionDescription): void {
    const pending = this.#toAnswer;
    const { exchange, descriptions, modification } = this.#owner;
    switch (pending?.in) {
      case "2xx-INVITE":
        // RFC 3262 §3: not while a reliable response that answered already has no PRACK; then without the answer.
        if (this.#server?.waitsForPrack === true) this.#acceptHeld = true;
        else this.acceptInvite(now, exchange.pending === undefined && !exchange.offerWanted ? {} : { description });
        break;
      case "2xx-PRACK":
        descriptions.send("2xx-PRACK", description);
        this.#toAnswer = undefined;
        this.#owner.respond(pending.request, 200, { description });
        this.#host.released(now);
        modification.settled();
        break;
      case "2xx-UPDATE":
        descriptions.send("2xx-UPDATE", description);
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
      this.#owner.exchange.fail("UPDATE");
      this.#owner.respond(pending.request, statusCode, init);
      this.#host.released(now);
      this.#owner.modification.settled();
    } else {
      const why = this.#owner.awaitsAnswer
        ? "RFC 6337 §2.3: only an offer in INVITE or UPDATE can be refused"
        : "no offer waits for an answer";
      throw new InvalidStateError(why, { code: "SIP_NO_OFFER" });
    }
  }

  /** A provisional response to the peer's INVITE, initial or not. */
  provisional(now: Instant, statusCode: number, init: ResponseInit, reliable: boolean): SipResponse {
    const server = this.#pendingServer();
    const { descriptions, dialog } = this.#owner;
    descriptions.send(reliable ? "1xx-rel" : "1xx", init.description);
    const headers = headerList([["Contact", dialog.contact]], this.#host.capabilities(), init.headers);
    const response = this.#owner.createResponse(server.request, statusCode, { ...init, headers });
    if (reliable) {
      response.headers.set("Require", "100rel");
      // RFC 6141 §4.6: from here on the peer is where its re-INVITE says, even if that is refused in the end.
      if (dialog.state === "confirmed") dialog.refreshTarget(server.request);
      server.sendReliable(now, response, init.description !== undefined);
    } else server.sendProvisional(response);
    return response;
  }

  /** The 2xx to the peer's INVITE, initial or not. */
  acceptInvite(now: Instant, init: ResponseInit & { readonly statusCode?: number }): SipResponse {
    const server = this.#pendingServer();
    const { descriptions, dialog } = this.#owner;
    descriptions.send("2xx-INVITE", init.description);
    if (this.#toAnswer?.in === "2xx-INVITE") this.#toAnswer = undefined;
    const again = dialog.state === "confirmed";
    if (again) dialog.refreshTarget(server.request);
    else dialog.confirm();
    const response = this.#owner.createResponse(server.request, init.statusCode ?? 200, {
      ...init,
      headers: headerList([["Contact", dialog.contact]], this.#host.capabilities(), this.#timerHeaders(now, server.request), init.headers),
    });
    server.accept(now, response);
    if (again) this.#host.emit({ type: "modified", dialog, by: "remote", response });
    return response;
  }

  /** The final response above 299 to the peer's INVITE, initial or not: whatever it offered is void. */
  refuseInvite(statusCode: number, init: RejectInit = {}): SipResponse {
    const server = this.#pendingServer();
    const response = this.#owner.createResponse(server.request, statusCode, init);
    this.#server = undefined;
    this.#owner.exchange.fail("INVITE");
    server.refuse(response);
    if (this.#toAnswer?.in === "2xx-INVITE" || this.#toAnswer?.in === "2xx-PRACK") {
      this.#toAnswer = undefined;
      this.#owner.descriptions.tellWithdrawn();
    }
    if (server.request.toTag !== undefined) this.#owner.modification.settled();
    return response;
  }

  /** The session is over: what waits is refused. Says whether an offer was left waiting. */
  close(): boolean {
    const left = this.#toAnswer;
    this.#toAnswer = undefined;
    if (left?.in === "2xx-UPDATE" || left?.in === "2xx-PRACK") this.#owner.respond(left.request, 487);
    const server = this.#server;
    this.#server = undefined;
    if (server?.state === "pending") server.refuse(this.#owner.createResponse(server.request, 487, {}));
    server?.abandon();
    return left !== undefined;
  }

  handleTimeout(now: Instant): void {
    const late = this.#server?.handleTimeout(now);
    if (late === "no-ack") {
      // RFC 3261 §13.3.1.4, §14.2: the dialog is confirmed, but the session should be ended with BYE.
      this.#server = undefined;
      this.#owner.exchange.abandonAck();
      this.#host.lost(now, this.#owner, "unacknowledged", {});
    } else if (late === "no-prack") this.#withoutPrack(now);
  }

  /** RFC 3262 §3: "the UAS SHOULD reject the original request with a 5xx response". */
  #withoutPrack(now: Instant): void {
    const initial = this.#server?.request.toTag === undefined;
    const response = this.refuseInvite(504);
    if (initial) this.#host.lost(now, this.#owner, "unacknowledged", { message: response });
  }

  /** Our 2xx has arrived. */
  #acknowledged(now: Instant, server: InviteServer, by: SipRequest): void {
    server.acknowledge();
    this.#server = undefined;
    if (server.request.toTag === undefined) this.#host.acknowledged(now, this.#owner, by);
    else this.#owner.modification.settled();
  }

  #acceptUpdate(now: Instant, request: SipRequest, description: SessionDescription | undefined): void {
    const { dialog, modification } = this.#owner;
    dialog.refreshTarget(request);
    const headers = headerList(this.#host.capabilities(), this.#timerHeaders(now, request), [["Contact", dialog.contact]]);
    const response = this.#owner.respond(request, 200, { headers, description });
    this.#host.emit({ type: "modified", dialog, by: "remote", response });
    this.#host.released(now);
    modification.settled();
  }

  #pendingServer(): InviteServer {
    if (this.#server?.state === "pending") return this.#server;
    throw new InvalidStateError("no INVITE of the peer waits for a response", { code: "SIP_NO_INVITE" });
  }

  #refuseForNow(request: SipRequest, statusCode: 491 | 500): void {
    const headers: HeaderPair[] = statusCode === 500 ? [["Retry-After", retryAfterSeconds(this.#host.options.random)]] : [];
    this.#owner.respond(request, statusCode, { headers });
  }

  /** RFC 4028 §9: 422 for an interval below our minimum. */
  #refusesInterval(request: SipRequest): boolean {
    const minimum = this.#owner.timer.refusal(request);
    if (minimum !== undefined) this.#owner.respond(request, 422, { headers: [["Min-SE", minimum]] });
    return minimum !== undefined;
  }

  /** RFC 4028 §9; an UPDATE in an early dialog refreshes nothing. */
  #timerHeaders(now: Instant, request: SipRequest): HeaderPair[] {
    const { dialog, timer } = this.#owner;
    return dialog.state === "confirmed" ? timer.respond(now, request) : [];
  }
}
