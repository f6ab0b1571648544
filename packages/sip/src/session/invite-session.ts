/** A session set up by INVITE (RFC 3261 §13, §14, §15). What happens to it is in session-life.ts. */
import { type Instant, InvalidArgumentError, InvalidStateError, randomString } from "@purertc/core";
import { createResponse, type NameAddress, type SipRequest, type SipResponse, type Uri, writeUri } from "@purertc/sip-parser";
import { Dialog } from "../dialog/dialog.ts";
import { type DescriptionInit, type SessionDescription, toDescription } from "./description.ts";
import type { InviteSessionEvent } from "./events.ts";
import { type HeaderPair, headerList } from "./header-list.ts";
import { sendProgress } from "./incoming-invite.ts";
import { InviteDialog } from "./invite-dialog.ts";
import { OfferAnswer } from "./offer-answer.ts";
import type {
  AcceptInit,
  EndInit,
  InviteSessionOptions,
  MessageInit,
  OutgoingInvite,
  ProgressInit,
  RejectInit,
  ResponseInit,
} from "./options.ts";
import type { OutgoingRefer } from "./refer.ts";
import { type InviteSessionState, SessionLife } from "./session-life.ts";
import { hasOption, SessionTimer } from "./session-timer.ts";
import type { DialogUsage, RequestFailure, RequestId, UsageOutput } from "./usage.ts";

/** One session, from either side: {@link InviteSession.invite} places a call, {@link InviteSession.receive} takes one. What happens comes as events. */
export class InviteSession implements DialogUsage<InviteSessionEvent> {
  readonly #life: SessionLife;

  private constructor(life: SessionLife) {
    this.#life = life;
  }

  /** Places a call: the INVITE is the first output. Throws `SyntaxError` for a target that is no URI. */
  static invite(now: Instant, invite: OutgoingInvite, options: InviteSessionOptions): InviteSession {
    const callId = invite.callId ?? randomString(options.random, 24, TOKEN_CHARS);
    const localTag = invite.localTag ?? randomString(options.random, 12, TOKEN_CHARS);
    const life = new SessionLife(options, "uac", { callId, localTag });
    life.call(now, invite);
    return new InviteSession(life);
  }

  /**
   * Takes an INVITE from outside any dialog, which `validateSipMessage` has passed. A response instead of a session refuses it: 400 without Contact, 420 or
   * 421 for 100rel (RFC 3262 §3), 422 for a session interval that is too small (RFC 4028 §9).
   */
  static receive(now: Instant, invite: SipRequest, options: InviteSessionOptions): InviteSession | SipResponse {
    const localTag = randomString(options.random, 12, TOKEN_CHARS);
    const refuse = (statusCode: number, headers: HeaderPair[] = []): SipResponse =>
      createResponse(invite, statusCode, { toTag: localTag, headers: headerList(options.headers, headers) });
    if (options.reliableProvisional === "off" && hasOption(invite, "Require", "100rel")) return refuse(420, [["Unsupported", "100rel"]]);
    const reliable = hasOption(invite, "Supported", "100rel") || hasOption(invite, "Require", "100rel");
    if (options.reliableProvisional === "required" && !reliable) return refuse(421, [["Require", "100rel"]]);
    const timer = new SessionTimer(options.sessionTimer);
    const minimum = timer.refusal(invite);
    if (minimum !== undefined) return refuse(422, [["Min-SE", minimum]]);
    const { contact, overTls } = options;
    const dialog = Dialog.fromRequest(invite, localTag, { contact, ...(overTls === undefined ? {} : { overTls }) });
    if (dialog === undefined) return refuse(400);
    const life = new SessionLife(options, "uas", { callId: dialog.callId, localTag });
    life.receive(now, invite, new InviteDialog(life, dialog, new OfferAnswer(), timer));
    return new InviteSession(life);
  }

  /** Who sent the INVITE: `"uac"`, we did. */
  get role(): "uac" | "uas" {
    return this.#life.role;
  }

  get callId(): string {
    return this.#life.identity.callId;
  }

  /** Our tag in every dialog of the session. */
  get localTag(): string {
    return this.#life.identity.localTag;
  }

  get state(): InviteSessionState {
    return this.#life.state;
  }

  /** The INVITE: the latest, when ours was sent again with credentials, another interval or to another target. */
  get invite(): SipRequest {
    return this.#life.invite;
  }

  /** The session's dialog; before the first 2xx to our INVITE, the latest early one. */
  get dialog(): Dialog | undefined {
    return this.#life.dialog;
  }

  /** All dialogs that have not ended. */
  get dialogs(): readonly Dialog[] {
    const { all } = this.#life;
    const [first] = all;
    if (first !== undefined && all.length === 1) return isLive(first) ? [first.dialog] : []; // asked for at every turn of every call
    return all.filter(isLive).map((each) => each.dialog);
  }

  /** Whether the peer asked for, or understands, reliable provisional responses to its INVITE. */
  get peerReliable(): "required" | "supported" | "unsupported" {
    const { invite } = this;
    if (hasOption(invite, "Require", "100rel")) return "required";
    return hasOption(invite, "Supported", "100rel") ? "supported" : "unsupported";
  }

  get finished(): boolean {
    return this.#life.finished;
  }

  // --- UAS --------------------------------------------------------------------------------------------------------------------------------

  /** UAS: a provisional response, to the INVITE or to a re-INVITE that waits. A description for which no exchange waits any more is left out. */
  progress(now: Instant, statusCode: number, init: ProgressInit = {}): void {
    if (!Number.isInteger(statusCode) || statusCode < 101 || statusCode > 199) {
      throw new InvalidArgumentError("a provisional response is 101 to 199", { code: "SIP_STATUS_CODE" });
    }
    const { state, incoming } = this.#life;
    const dialog = this.#life.current();
    if (state === "ringing" && incoming !== undefined) incoming.progress(now, statusCode, init);
    else sendProgress(now, this.#life, dialog, statusCode, init);
  }

  /**
   * UAS: a 2xx. It is held back while a reliable response with a description waits for its PRACK (RFC 3262 §3), or an offer made since waits for its
   * answer. A description for which no exchange waits any more is left out.
   */
  accept(now: Instant, init: AcceptInit = {}): void {
    if (this.state !== "ringing") throw new InvalidStateError("no call to accept", { code: "SIP_NO_INVITE" });
    this.#life.accept(now, init);
  }

  /** UAS: a final response above 299. The session ends. */
  reject(now: Instant, statusCode: number, init: RejectInit = {}): void {
    if (!Number.isInteger(statusCode) || statusCode < 300 || statusCode > 699) {
      throw new InvalidArgumentError("a final response that refuses is 300 to 699", { code: "SIP_STATUS_CODE" });
    }
    if (this.state !== "ringing") throw new InvalidStateError("no call to reject", { code: "SIP_NO_INVITE" });
    const message = this.#life.current().offers.refuseInvite(statusCode, init);
    this.#life.finish(now, "rejected", { statusCode, message });
  }

  /** UAS: a 3xx with these contacts (§8.3, §21.3). */
  redirect(now: Instant, contacts: readonly NameAddress[], statusCode = 302): void {
    this.reject(now, statusCode, { headers: [["Contact", contacts]] });
  }

  // --- both sides -------------------------------------------------------------------------------------------------------------------------

  /**
   * Ends it in whatever state: CANCEL for our INVITE, 480 for the peer's, BYE. As UAS, BYE waits for the ACK (§15). No effect when it has ended.
   */
  end(now: Instant, init: EndInit = {}): void {
    const headers = headerList(init.headers, [["Reason", init.reason]]);
    if (this.state === "calling" || this.state === "early") {
      this.#life.client?.cancel(
        now,
        headers.map(([name, value]) => [name, String(value)] as const),
      );
    } else if (this.state === "ringing") this.reject(now, 480, { ...bare(init), headers: headers });
    else if (this.state === "accepted" && this.role === "uas") this.#life.byeAfterAck(init);
    else if (this.state !== "ended") this.#life.bye(now, "local-bye", init);
  }

  /** Another session has taken this one's place (RFC 3891 §3): as {@link end}, but the event says so. */
  replaced(now: Instant): void {
    if (this.state === "confirmed" || this.state === "accepted") this.#life.bye(now, "replaced", {});
    else this.end(now);
  }

  /**
   * Our answer to the offer of the event `offer`, in whichever message carries it (ACK, PRACK, 2xx to PRACK, UPDATE or re-INVITE), or our offer after
   * `offer-wanted`. The offer of the first INVITE is answered by `progress` and `accept`. Throws `InvalidStateError` when nothing waits for it.
   */
  answer(now: Instant, description: DescriptionInit, dialog?: Dialog): void {
    if (this.role === "uas" && this.state === "ringing" && !this.#life.current().awaitsAnswer) {
      throw new InvalidStateError("the INVITE's offer is answered by progress() and accept()", { code: "SIP_NO_OFFER" });
    }
    this.#life.meant(dialog).answer(now, toDescription(description));
  }

  /** Refuses the re-INVITE or UPDATE of the event `offer` or `offer-wanted`; the session stays as it was. Other offers cannot be refused (RFC 6337 §2.3). */
  refuse(now: Instant, statusCode = 488, init: RejectInit = {}, dialog?: Dialog): void {
    this.#life.meant(dialog).offers.refuse(now, statusCode, init);
  }

  /** UAC, manual PRACK: acknowledges a reliable provisional response, perhaps with a new offer (RFC 3262 §5). */
  acknowledge(_now: Instant, response: SipResponse, offer?: DescriptionInit): void {
    const description = offer === undefined ? undefined : toDescription(offer);
    for (const dialog of this.#life.client?.dialogs.values() ?? []) if (dialog.acknowledgements.acknowledge(response, description)) return;
    throw new InvalidStateError("no such response waits for PRACK", { code: "SIP_NO_PROVISIONAL" });
  }

  /**
   * Sends a re-INVITE with an offer; without one, the peer makes it. Its end comes as `modified` or `modification-failed`. Throws `InvalidStateError`
   * when an offer or INVITE is pending.
   */
  reinvite(_now: Instant, init: MessageInit & { readonly offer?: DescriptionInit } = {}): RequestId {
    if (this.state !== "confirmed") throw new InvalidStateError("re-INVITE needs a confirmed session", { code: "SIP_NOT_CONFIRMED" });
    return this.#life.current().modification.begin({ ...init, method: "INVITE", offer: given(init.offer) });
  }

  /** Sends an UPDATE (RFC 3311), in an early dialog as well. Otherwise as {@link reinvite}. */
  update(_now: Instant, init: MessageInit & { readonly offer?: DescriptionInit; readonly dialog?: Dialog } = {}): RequestId {
    const { dialog, offer, ...rest } = init;
    return this.#life.meant(dialog).modification.begin({ ...rest, method: "UPDATE", offer: given(offer) });
  }

  /** A new offer: by re-INVITE once the session is confirmed (§14: the peer may ask its user), by UPDATE before. */
  modify(now: Instant, offer: DescriptionInit): RequestId {
    return this.state === "confirmed" ? this.reinvite(now, { offer }) : this.update(now, { offer });
  }

  /**
   * Gives up a re-INVITE of ours: CANCEL (RFC 6141 §3.8), or not trying again after a glare. Its end comes as always; `modified`, if the peer was faster.
   * False when none is under way.
   */
  cancelReinvite(now: Instant): boolean {
    return this.#life.current().modification.cancel(now);
  }

  /** INFO of a package (RFC 6086 §4.2.1). Throws `InvalidStateError` when the peer has said that it does not take it. */
  info(now: Instant, infoPackage: string, init: MessageInit = {}): RequestId {
    if (this.#life.current().peer.takesInfo(infoPackage) === false) {
      throw new InvalidStateError(`the peer takes no INFO of ${infoPackage}`, { code: "SIP_INFO_PACKAGE" });
    }
    const disposition: HeaderPair[] = init.body === undefined ? [] : [["Content-Disposition", "Info-Package"]];
    return this.request(now, "INFO", {
      ...init,
      headers: headerList([["Info-Package", infoPackage]], disposition, init.headers),
    });
  }

  /** Sends a REFER (RFC 3515). `subscribe: false` asks for no NOTIFYs (RFC 4488). */
  refer(_now: Instant, referTo: NameAddress | Uri | string, init: MessageInit & { readonly subscribe?: boolean } = {}): OutgoingRefer {
    const { subscribe, ...rest } = init;
    const target = typeof referTo === "string" ? `<${referTo}>` : "uri" in referTo ? referTo : `<${writeUri(referTo)}>`;
    return this.#life.meant(undefined).referrals.refer(target, subscribe ?? true, rest);
  }

  /** Any other request in the dialog, such as MESSAGE, OPTIONS or INFO of the older kind. Its end comes as `response` or `request-failed`. */
  request(_now: Instant, method: string, init: MessageInit & { readonly dialog?: Dialog } = {}): RequestId {
    if (OWN_METHODS.has(method)) throw new InvalidArgumentError(`${method} has a method of its own`, { code: "SIP_METHOD" });
    const { dialog, ...rest } = init;
    const id: RequestId = this.#life.meant(dialog).send(method, rest, undefined, (_at, { response, failure }) => {
      if (response !== undefined) this.#life.emit({ type: "response", id, response });
      else if (failure !== undefined) this.#life.emit({ type: "request-failed", id, failure });
    });
    return id;
  }

  /** Answers a request that came in the event `request`. */
  respond(_now: Instant, request: SipRequest, statusCode: number, init: RejectInit = {}): void {
    for (const dialog of this.#life.all) if (dialog.answerRequest(request, statusCode, init)) return;
    throw new InvalidStateError("that request does not wait for a response", { code: "SIP_NO_REQUEST" });
  }

  // --- driven by the owner of the transactions --------------------------------------------------------------------------------------------

  handleRequest(now: Instant, request: SipRequest): void {
    if (request.method === "CANCEL") {
      this.#life.receiveCancel(now, request);
      return;
    }
    const dialog = this.#life.all.find((each) => each.dialog.remoteTag === (request.fromTag ?? ""));
    if (dialog !== undefined) dialog.handleRequest(now, request);
    else if (request.method !== "ACK") this.#life.output({ type: "response", request, response: createResponse(request, 481) });
  }

  handleResponse(now: Instant, id: RequestId, response: SipResponse): void {
    this.#life.requests.handleResponse(now, id, response);
    this.#life.progressed();
  }

  handleRequestFailure(now: Instant, id: RequestId, failure: RequestFailure): void {
    this.#life.requests.handleFailure(now, id, failure);
  }

  handleTimeout(now: Instant): void {
    this.#life.handleTimeout(now);
  }

  pollTimeout(): Instant | undefined {
    return this.#life.pollTimeout();
  }

  pollOutput(): UsageOutput | undefined {
    return this.#life.outputs.shift();
  }

  pollEvent(): InviteSessionEvent | undefined {
    return this.#life.events.shift();
  }
}

/** What a response takes of an init, but its description. */
function bare(init: AcceptInit | ProgressInit | EndInit): ResponseInit {
  const { headers, body } = init;
  const reasonPhrase = "reasonPhrase" in init ? init.reasonPhrase : undefined;
  return { ...(headers && { headers }), ...(body !== undefined && { body }), ...(reasonPhrase !== undefined && { reasonPhrase }) };
}

function given(init: DescriptionInit | undefined): SessionDescription | undefined {
  return init === undefined ? undefined : toDescription(init);
}

const TOKEN_CHARS = "abcdefghijklmnopqrstuvwxyz0123456789";
/** What the session itself sends. */
const OWN_METHODS: ReadonlySet<string> = new Set(["INVITE", "ACK", "CANCEL", "BYE", "PRACK", "UPDATE", "REFER"]);

function isLive({ dialog, over, referrals }: InviteDialog): boolean {
  return dialog.state !== "terminated" && (!over || referrals.active);
}
