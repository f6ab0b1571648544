/** What we owe for responses to an INVITE of ours in one dialog: PRACK for reliable provisional ones (RFC 3262 §4), ACK for 2xx (RFC 3261 §13.2.2.4). */
import { type Instant, InvalidStateError } from "@purertc/core";
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import { contentHeaders, type SessionDescription } from "./description.ts";
import type { DialogHost } from "./dialog-host.ts";
import { headerList } from "./header-list.ts";
import type { InviteDialog } from "./invite-dialog.ts";
import { hasOption } from "./session-timer.ts";

/** The message that waits for our answer to the offer that a response brought. */
type Owed =
  | { readonly in: "ACK"; readonly invite: SipRequest }
  | { readonly in: "PRACK"; readonly invite: SipRequest; readonly response: SipResponse };

export class Acknowledgements {
  readonly #host: DialogHost;
  readonly #owner: InviteDialog;
  #owed: Owed | undefined;
  /** RFC 3262 §4: the RSeq of the last reliable response to the INVITE with that CSeq number. */
  #received: { readonly cseq: number; readonly responseNumber: number } | undefined;
  /** The latest ACK, for 2xx that come again. */
  #ack: { readonly invite: SipRequest; readonly request: SipRequest } | undefined;
  /** Reliable responses whose PRACK is the session's owner's to send, and their INVITEs. */
  readonly #manual = new Map<SipResponse, SipRequest>();

  constructor(host: DialogHost, owner: InviteDialog) {
    this.#host = host;
    this.#owner = owner;
  }

  /** Whether an offer in a response waits for {@link answer}. */
  get owed(): boolean {
    return this.#owed !== undefined;
  }

  /** Whether a 2xx was acknowledged. */
  get sent(): boolean {
    return this.#ack !== undefined;
  }

  /** Whether a 2xx to that INVITE is acknowledged, or its offer waits for the answer in the ACK. */
  acknowledges(invite: SipRequest): boolean {
    return this.#ack?.invite === invite || (this.#owed?.in === "ACK" && this.#owed.invite === invite);
  }

  /** A provisional response above 100 (RFC 3261 §13.2.2.1, RFC 3262 §4). */
  receiveProvisional(invite: SipRequest, response: SipResponse): void {
    this.#owner.peer.learn(response);
    const responseNumber = this.#host.options.reliableProvisional === "off" ? undefined : response.headers.get("RSeq");
    const reliable = responseNumber !== undefined && hasOption(response, "Require", "100rel");
    if (reliable && !this.#isNext(invite, responseNumber)) return;
    this.#host.emit({ type: "progress", response, dialog: this.#owner.dialog, reliable });
    const verdict = this.#owner.descriptions.receive(reliable ? "1xx-rel" : "1xx", response);
    if (!reliable) return;
    // RFC 6141 §4.7: a reliable response to a re-INVITE refreshes the target, whatever becomes of the re-INVITE.
    if (this.#owner.dialog.state === "confirmed") this.#owner.dialog.refreshTarget(response);
    if (verdict === "offer") this.#owed = { in: "PRACK", invite, response };
    else if (this.#host.options.prack === "manual") this.#manual.set(response, invite);
    else this.#sendPrack(invite, response, undefined);
  }

  /** The owner's PRACK, perhaps with a new offer (RFC 3262 §5); false when that response does not wait for it. */
  acknowledge(response: SipResponse, offer: SessionDescription | undefined): boolean {
    const invite = this.#manual.get(response);
    if (invite === undefined) return false;
    this.#sendPrack(invite, response, offer);
    this.#manual.delete(response);
    return true;
  }

  /**
   * A 2xx: acknowledged at once, or when the offer in it is answered. One that comes again gets the same ACK. Says whether it is new, and whether its
   * description is missing.
   */
  receiveAccepted(now: Instant, invite: SipRequest, response: SipResponse): "new" | "again" | "missing" {
    if (this.#repeatAck(response) || this.#owed?.in === "ACK") return "again";
    const { dialog, timer, peer } = this.#owner;
    if (dialog.state === "confirmed") dialog.refreshTarget(response);
    else dialog.confirm(response);
    peer.learn(response);
    timer.accept(now, response);
    const verdict = this.#owner.descriptions.receive("2xx-INVITE", response);
    if (verdict === "offer") this.#owed = { in: "ACK", invite };
    else this.#sendAck(now, invite, undefined);
    return verdict === "missing" ? "missing" : "new";
  }

  /** A 2xx that nobody wants, of a fork or of a session that is over: whatever it offers stays unanswered. BYE is the caller's. */
  receiveUnwanted(invite: SipRequest, response: SipResponse): void {
    if (this.#owner.dialog.state === "early") this.#owner.dialog.confirm(response);
    if (!this.#repeatAck(response)) this.#transmitAck(invite, undefined);
  }

  /** The session ends while a 2xx's offer waits for its answer: the ACK goes without, and BYE after it. */
  acknowledgeUnanswered(): void {
    if (this.#owed?.in !== "ACK") return;
    const { invite } = this.#owed;
    this.#owed = undefined;
    this.#transmitAck(invite, undefined);
    this.#owner.exchange.abandonAck();
  }

  /** Our answer to the offer that waits. */
  answer(now: Instant, description: SessionDescription): void {
    const owed = this.#owed;
    if (owed === undefined) throw new InvalidStateError("no offer waits for an answer", { code: "SIP_NO_OFFER" });
    this.#owed = undefined;
    if (owed.in === "PRACK") this.#sendPrack(owed.invite, owed.response, description);
    else {
      this.#owner.descriptions.send("ACK", description);
      this.#sendAck(now, owed.invite, description);
    }
  }

  /** The session is over; says whether an offer was left waiting. */
  close(): boolean {
    const waiting = this.owed;
    this.#owed = undefined;
    this.#manual.clear();
    return waiting;
  }

  /** RFC 3262 §4: one after the other; those that come again or too early are dropped, and come again by themselves. */
  #isNext(invite: SipRequest, responseNumber: number): boolean {
    const cseq = invite.cseq?.number ?? 0;
    if (this.#received?.cseq === cseq && responseNumber !== this.#received.responseNumber + 1) return false;
    this.#received = { cseq, responseNumber };
    return true;
  }

  #sendPrack(invite: SipRequest, response: SipResponse, description: SessionDescription | undefined): void {
    const owner = this.#owner;
    const meaning = owner.descriptions.send("PRACK", description);
    const rack = { responseNumber: response.headers.get("RSeq") ?? 0, cseqNumber: invite.cseq?.number ?? 0, method: "INVITE" };
    owner.send("PRACK", { headers: [["RAck", rack]] }, description, (_now, { response: final, statusCode }) => {
      if (final !== undefined && statusCode < 300) owner.descriptions.receive("2xx-PRACK", final);
      else if (meaning === "offer") owner.exchange.fail("PRACK");
    });
  }

  #sendAck(now: Instant, invite: SipRequest, description: SessionDescription | undefined): void {
    const request = this.#transmitAck(invite, description);
    if (invite.toTag === undefined) this.#host.acknowledged(now, this.#owner, request);
    else this.#owner.modification.acknowledged();
  }

  #transmitAck(invite: SipRequest, description: SessionDescription | undefined): SipRequest {
    const { dialog } = this.#owner;
    const headers = headerList(this.#host.options.headers, contentHeaders(description));
    const request = dialog.createAck(invite, { headers, body: description?.body });
    this.#ack = { invite, request };
    this.#host.output({ type: "ack", request, nextHop: dialog.nextHop });
    return request;
  }

  /** The same ACK again for a 2xx that came again; false when it is another. */
  #repeatAck(response: SipResponse): boolean {
    if (this.#ack === undefined || this.#ack.invite.cseq?.number !== response.cseq?.number) return false;
    this.#host.output({ type: "ack", request: this.#ack.request, nextHop: this.#owner.dialog.nextHop });
    return true;
  }
}
