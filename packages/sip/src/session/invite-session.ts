/** A session set up by INVITE (RFC 3261 §13, §14, §15), from either side: what its owner calls, and what binds its dialogs together. */
import { type Instant, InvalidArgumentError, InvalidStateError, Queue, randomString, TimerTable } from "@purertc/core";
import {
  createResponse,
  type HeadersInit,
  type NameAddress,
  type SipRequest,
  type SipResponse,
  type Uri,
  writeUri,
} from "@purertc/sip-parser";
import { Dialog } from "../dialog/dialog.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { ClientRequests, type Outcome } from "./client-requests.ts";
import { type DescriptionInit, descriptionOf, type SessionDescription, toDescription } from "./description.ts";
import type { EndCause, InviteSessionEvent } from "./events.ts";
import { type HeaderPair, headerList } from "./header-list.ts";
import { IncomingInvite, sendProgress } from "./incoming-invite.ts";
import { InviteClient, type InviteClientHost } from "./invite-client.ts";
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
import { reasonsOf } from "./reason.ts";
import type { OutgoingRefer } from "./refer.ts";
import { hasOption, SessionTimer } from "./session-timer.ts";
import type { DialogUsage, RequestFailure, RequestId, UsageOutput } from "./usage.ts";

/**
 * `"calling"`: our INVITE has made no dialog yet; `"ringing"`: the peer's waits for our final response; `"early"`: our INVITE has an early dialog;
 * `"accepted"`: a 2xx, no ACK yet; `"confirmed"`; `"ended"`.
 */
export type InviteSessionState = "calling" | "ringing" | "early" | "accepted" | "confirmed" | "ended";

/** What ended a session. */
interface EndDetail {
  readonly statusCode?: number;
  readonly message?: SipRequest | SipResponse;
}

export class InviteSession implements DialogUsage<InviteSessionEvent> {
  readonly role: "uac" | "uas";
  readonly callId: string;
  readonly localTag: string;
  readonly #host: InviteClientHost;
  readonly #outputs = new Queue<UsageOutput>();
  readonly #events = new Queue<InviteSessionEvent>();
  readonly #timers = new TimerTable<"linger">();
  #state: InviteSessionState;
  #client: InviteClient | undefined;
  #invite: SipRequest | undefined;
  /** The session's dialog: of a UAS from the beginning, of a UAC from the first 2xx. */
  #dialog: InviteDialog | undefined;
  /** UAS: the INVITE until its final response. */
  #incoming: IncomingInvite | undefined;
  #heldEnd: EndInit | undefined;

  private constructor(
    options: InviteSessionOptions,
    role: "uac" | "uas",
    identity: { readonly callId: string; readonly localTag: string },
  ) {
    this.role = role;
    this.callId = identity.callId;
    this.localTag = identity.localTag;
    this.#state = role === "uac" ? "calling" : "ringing";
    this.#host = this.#createHost(options, role);
  }

  /** Places a call: the INVITE is the first output. Throws `SyntaxError` for a target that is no URI. */
  static invite(now: Instant, invite: OutgoingInvite, options: InviteSessionOptions): InviteSession {
    const callId = invite.callId ?? randomString(options.random, 24, TOKEN_CHARS);
    const localTag = invite.localTag ?? randomString(options.random, 12, TOKEN_CHARS);
    const session = new InviteSession(options, "uac", { callId, localTag });
    session.#client = new InviteClient(now, invite, { callId, localTag }, session.#host);
    return session;
  }

  /**
   * Takes an INVITE from outside any dialog, which `validateSipMessage` has passed. A response instead of a session refuses it: 400 without Contact, 420 or
   * 421 for 100rel (RFC 3262 §3), 422 for a session interval that is too small (RFC 4028 §9).
   */
  static receive(now: Instant, invite: SipRequest, options: InviteSessionOptions): InviteSession | SipResponse {
    const localTag = randomString(options.random, 12, TOKEN_CHARS);
    const refuse = (statusCode: number, headers: HeaderPair[] = []): SipResponse =>
      createResponse(invite, statusCode, { toTag: localTag, headers: headerList(options.headers, headers) as HeadersInit });
    if (options.reliableProvisional === "off" && hasOption(invite, "Require", "100rel")) return refuse(420, [["Unsupported", "100rel"]]);
    const reliable = hasOption(invite, "Supported", "100rel") || hasOption(invite, "Require", "100rel");
    if (options.reliableProvisional === "required" && !reliable) return refuse(421, [["Require", "100rel"]]);
    const timer = new SessionTimer(options.sessionTimer);
    const minimum = timer.refusal(invite);
    if (minimum !== undefined) return refuse(422, [["Min-SE", minimum]]);
    const { contact, overTls } = options;
    const dialog = Dialog.fromRequest(invite, localTag, { contact, ...(overTls === undefined ? {} : { overTls }) });
    if (dialog === undefined) return refuse(400);
    const session = new InviteSession(options, "uas", { callId: dialog.callId, localTag });
    session.#receive(now, invite, new InviteDialog(session.#host, dialog, new OfferAnswer(), timer));
    return session;
  }

  get state(): InviteSessionState {
    return this.#state;
  }

  /** The INVITE: the latest, when ours was sent again with credentials, another interval or to another target. */
  get invite(): SipRequest {
    const invite = this.#client?.request ?? this.#invite;
    if (invite === undefined) throw new InvalidStateError("no INVITE", { code: "SIP_NO_INVITE" });
    return invite;
  }

  /** The session's dialog; before the first 2xx to our INVITE, the latest early one. */
  get dialog(): Dialog | undefined {
    return this.#dialog?.dialog ?? [...(this.#client?.dialogs.values() ?? [])].findLast((each) => !each.over)?.dialog;
  }

  /** All dialogs that have not ended. */
  get dialogs(): readonly Dialog[] {
    const all = this.#client === undefined ? [this.#dialog] : [...this.#client.dialogs.values()];
    return all.flatMap((each) =>
      each === undefined || each.dialog.state === "terminated" || (each.over && !each.referrals.active) ? [] : [each.dialog],
    );
  }

  /** Whether the peer asked for, or understands, reliable provisional responses to its INVITE. */
  get peerReliable(): "required" | "supported" | "unsupported" {
    const { invite } = this;
    if (hasOption(invite, "Require", "100rel")) return "required";
    return hasOption(invite, "Supported", "100rel") ? "supported" : "unsupported";
  }

  get finished(): boolean {
    const referring = [this.#dialog, ...(this.#client?.dialogs.values() ?? [])].some((each) => each?.referrals.active === true);
    return (
      this.#state === "ended" && this.#timers.at("linger") === undefined && !referring && this.#outputs.length + this.#events.length === 0
    );
  }

  // --- UAS --------------------------------------------------------------------------------------------------------------------------------

  /** UAS: a provisional response, to the INVITE or to a re-INVITE that waits. A description for which no exchange waits any more is left out. */
  progress(now: Instant, statusCode: number, init: ProgressInit = {}): void {
    if (!Number.isInteger(statusCode) || statusCode < 101 || statusCode > 199) {
      throw new InvalidArgumentError("a provisional response is 101 to 199", { code: "SIP_STATUS_CODE" });
    }
    const dialog = this.#established();
    if (this.#state === "ringing" && this.#incoming !== undefined) this.#incoming.progress(now, statusCode, init);
    else sendProgress(now, this.#host, dialog, statusCode, init);
  }

  /**
   * UAS: a 2xx. It is held back while a reliable response with a description waits for its PRACK (RFC 3262 §3), or an offer made since waits for its
   * answer. A description for which no exchange waits any more is left out.
   */
  accept(now: Instant, init: AcceptInit = {}): void {
    if (this.#state !== "ringing") throw new InvalidStateError("no call to accept", { code: "SIP_NO_INVITE" });
    this.#took(this.#incoming?.accept(now, init));
  }

  /** UAS: a final response above 299. The session ends. */
  reject(now: Instant, statusCode: number, init: RejectInit = {}): void {
    if (!Number.isInteger(statusCode) || statusCode < 300 || statusCode > 699) {
      throw new InvalidArgumentError("a final response that refuses is 300 to 699", { code: "SIP_STATUS_CODE" });
    }
    if (this.#state !== "ringing") throw new InvalidStateError("no call to reject", { code: "SIP_NO_INVITE" });
    const message = this.#established().offers.refuseInvite(statusCode, init);
    this.#finish(now, "rejected", { statusCode, message });
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
    if (this.#state === "calling" || this.#state === "early") {
      this.#client?.cancel(
        now,
        headers.map(([name, value]) => [name, String(value)] as const),
      );
    } else if (this.#state === "ringing") this.reject(now, 480, { ...bare(init), headers: headers as HeadersInit });
    else if (this.#state === "accepted" && this.role === "uas") this.#heldEnd = init;
    else if (this.#state !== "ended") this.#bye(now, "local-bye", init);
  }

  /** Another session has taken this one's place (RFC 3891 §3): as {@link end}, but the event says so. */
  replaced(now: Instant): void {
    if (this.#state === "confirmed" || this.#state === "accepted") this.#bye(now, "replaced", {});
    else this.end(now);
  }

  /**
   * Our answer to the offer of the event `offer`, in whichever message carries it (ACK, PRACK, 2xx to PRACK, UPDATE or re-INVITE), or our offer after
   * `offer-wanted`. The offer of the first INVITE is answered by `progress` and `accept`. Throws `InvalidStateError` when nothing waits for it.
   */
  answer(now: Instant, description: DescriptionInit, dialog?: Dialog): void {
    if (this.role === "uas" && this.#state === "ringing" && this.#dialog?.awaitsAnswer !== true) {
      throw new InvalidStateError("the INVITE's offer is answered by progress() and accept()", { code: "SIP_NO_OFFER" });
    }
    this.#of(dialog).answer(now, toDescription(description));
  }

  /** Refuses the re-INVITE or UPDATE of the event `offer` or `offer-wanted`; the session stays as it was. Other offers cannot be refused (RFC 6337 §2.3). */
  refuse(now: Instant, statusCode = 488, init: RejectInit = {}, dialog?: Dialog): void {
    this.#of(dialog).offers.refuse(now, statusCode, init);
  }

  /** UAC, manual PRACK: acknowledges a reliable provisional response, perhaps with a new offer (RFC 3262 §5). */
  acknowledge(_now: Instant, response: SipResponse, offer?: DescriptionInit): void {
    const description = offer === undefined ? undefined : toDescription(offer);
    for (const dialog of this.#client?.dialogs.values() ?? []) if (dialog.acknowledgements.acknowledge(response, description)) return;
    throw new InvalidStateError("no such response waits for PRACK", { code: "SIP_NO_PROVISIONAL" });
  }

  /**
   * Sends a re-INVITE with an offer; without one, the peer makes it. Its end comes as `modified` or `modification-failed`. Throws `InvalidStateError`
   * when an offer or INVITE is pending.
   */
  reinvite(_now: Instant, init: MessageInit & { readonly offer?: DescriptionInit } = {}): RequestId {
    if (this.#state !== "confirmed") throw new InvalidStateError("re-INVITE needs a confirmed session", { code: "SIP_NOT_CONFIRMED" });
    return this.#established().modification.begin({ ...init, method: "INVITE", offer: given(init.offer) });
  }

  /** Sends an UPDATE (RFC 3311), in an early dialog as well. Otherwise as {@link reinvite}. */
  update(_now: Instant, init: MessageInit & { readonly offer?: DescriptionInit; readonly dialog?: Dialog } = {}): RequestId {
    const { dialog, offer, ...rest } = init;
    return this.#of(dialog).modification.begin({ ...rest, method: "UPDATE", offer: given(offer) });
  }

  /** A new offer: by re-INVITE once the session is confirmed (§14: the peer may ask its user), by UPDATE before. */
  modify(now: Instant, offer: DescriptionInit): RequestId {
    return this.#state === "confirmed" ? this.reinvite(now, { offer }) : this.update(now, { offer });
  }

  /**
   * Gives up a re-INVITE of ours: CANCEL (RFC 6141 §3.8), or not trying again after a glare. Its end comes as always; `modified`, if the peer was faster.
   * False when none is under way.
   */
  cancelReinvite(now: Instant): boolean {
    return this.#established().modification.cancel(now);
  }

  /** INFO of a package (RFC 6086 §4.2.1). Throws `InvalidStateError` when the peer has said that it does not take it. */
  info(now: Instant, infoPackage: string, init: MessageInit = {}): RequestId {
    if (this.#established().peer.takesInfo(infoPackage) === false) {
      throw new InvalidStateError(`the peer takes no INFO of ${infoPackage}`, { code: "SIP_INFO_PACKAGE" });
    }
    const disposition: HeaderPair[] = init.body === undefined ? [] : [["Content-Disposition", "Info-Package"]];
    return this.request(now, "INFO", {
      ...init,
      headers: headerList([["Info-Package", infoPackage]], disposition, init.headers) as HeadersInit,
    });
  }

  /** Sends a REFER (RFC 3515). `subscribe: false` asks for no NOTIFYs (RFC 4488). */
  refer(_now: Instant, referTo: NameAddress | Uri | string, init: MessageInit & { readonly subscribe?: boolean } = {}): OutgoingRefer {
    const { subscribe, ...rest } = init;
    const target = typeof referTo === "string" ? `<${referTo}>` : "uri" in referTo ? referTo : `<${writeUri(referTo)}>`;
    return this.#of(undefined).referrals.refer(target, subscribe ?? true, rest);
  }

  /** Any other request in the dialog, such as MESSAGE, OPTIONS or INFO of the older kind. Its end comes as `response` or `request-failed`. */
  request(_now: Instant, method: string, init: MessageInit & { readonly dialog?: Dialog } = {}): RequestId {
    if (OWN_METHODS.has(method)) throw new InvalidArgumentError(`${method} has a method of its own`, { code: "SIP_METHOD" });
    const { dialog, ...rest } = init;
    const id: RequestId = this.#of(dialog).send(method, rest, undefined, (_at, { response, failure }) => {
      if (response !== undefined) this.#host.emit({ type: "response", id, response });
      else if (failure !== undefined) this.#host.emit({ type: "request-failed", id, failure });
    });
    return id;
  }

  /** Answers a request that came in the event `request`. */
  respond(_now: Instant, request: SipRequest, statusCode: number, init: RejectInit = {}): void {
    for (const dialog of this.#all()) if (dialog.answerRequest(request, statusCode, init)) return;
    throw new InvalidStateError("that request does not wait for a response", { code: "SIP_NO_REQUEST" });
  }

  // --- driven by the owner of the transactions --------------------------------------------------------------------------------------------

  handleRequest(now: Instant, request: SipRequest): void {
    if (request.method === "CANCEL") {
      this.#receiveCancel(now, request);
      return;
    }
    const dialog = this.#all().find((each) => each.dialog.remoteTag === (request.fromTag ?? ""));
    if (dialog !== undefined) dialog.handleRequest(now, request);
    else if (request.method !== "ACK") this.#host.output({ type: "response", request, response: createResponse(request, 481) });
  }

  handleResponse(now: Instant, id: RequestId, response: SipResponse): void {
    this.#host.requests.handleResponse(now, id, response);
    if (this.#state === "calling" && this.#client?.dialogs.size !== 0) this.#state = "early";
  }

  handleRequestFailure(now: Instant, id: RequestId, failure: RequestFailure): void {
    this.#host.requests.handleFailure(now, id, failure);
  }

  handleTimeout(now: Instant): void {
    this.#client?.handleTimeout(now);
    for (const dialog of this.#all()) dialog.handleTimeout(now);
    this.#timers.take("linger", now);
    if (this.#incoming?.handleTimeout(now) !== "expired" || this.#state !== "ringing") return;
    const message = this.#established().offers.refuseInvite(487);
    this.#finish(now, "cancelled", { statusCode: 487, message });
  }

  pollTimeout(): Instant | undefined {
    const all = [
      this.#timers.next(),
      this.#client?.pollTimeout(),
      this.#incoming?.pollTimeout(),
      ...this.#all().map((each) => each.pollTimeout()),
    ];
    const set = all.filter((at) => at !== undefined);
    return set.length === 0 ? undefined : Math.min(...set);
  }

  pollOutput(): UsageOutput | undefined {
    return this.#outputs.shift();
  }

  pollEvent(): InviteSessionEvent | undefined {
    return this.#events.shift();
  }

  // --- details ----------------------------------------------------------------------------------------------------------------------------

  #receive(now: Instant, invite: SipRequest, dialog: InviteDialog): void {
    this.#invite = invite;
    this.#dialog = dialog;
    const offer = descriptionOf(invite);
    dialog.exchange.receive("INVITE", offer !== undefined);
    dialog.offers.serve(invite);
    this.#incoming = new IncomingInvite(now, this.#host, dialog, invite.headers.get("Expires"));
    if (offer !== undefined) this.#host.emit({ type: "offer", dialog: dialog.dialog, offer, in: "INVITE", message: invite });
  }

  /** §9.2: 200 for the CANCEL, and 487 for its INVITE unless that has its final response. */
  #receiveCancel(now: Instant, cancel: SipRequest): void {
    const found = this.#all().find((each) => each.offers.cancel(now, cancel));
    this.#host.output({
      type: "response",
      request: cancel,
      response: createResponse(cancel, found === undefined ? 481 : 200, { toTag: this.localTag }),
    });
    if (found === undefined || this.#state !== "ringing") return;
    found.offers.refuseInvite(487);
    this.#finish(now, "cancelled", { statusCode: 487, message: cancel });
  }

  #bye(now: Instant, cause: EndCause, init: EndInit): void {
    const dialog = this.#established();
    this.#sendBye(dialog, init);
    this.#finish(now, cause, {});
  }

  /** §15.1.1; whatever comes back, the session is over. */
  #sendBye(dialog: InviteDialog, init: EndInit): void {
    dialog.acknowledgements.acknowledgeUnanswered();
    const headers = headerList(init.headers, [["Reason", init.reason]]) as HeadersInit;
    dialog.send("BYE", { headers, body: init.body }, undefined, () => {});
  }

  #finish(now: Instant, cause: EndCause, { statusCode, message }: EndDetail): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#incoming?.stop();
    for (const dialog of this.#all()) dialog.close(now);
    // What comes again from the peer for 64*T1, 2xx and BYE, still gets its ACK and its 200. A caller that has hung up sends nothing more: the transaction of
    // its BYE answers when that comes again, and a server of many short calls keeps none of them for half a minute.
    if (this.role === "uac" || cause !== "remote-bye") this.#timers.set("linger", now + 64 * this.#host.t1);
    this.#host.emit({
      type: "ended",
      cause,
      ...(statusCode === undefined ? {} : { statusCode }),
      reasons: reasonsOf(message),
      ...(message === undefined ? {} : { message }),
    });
  }

  #established(): InviteDialog {
    if (this.#dialog !== undefined && this.#state !== "ended") return this.#dialog;
    throw new InvalidStateError(this.#state === "ended" ? "the session has ended" : "there is no session yet", { code: "SIP_NO_SESSION" });
  }

  /** The dialog meant by the owner: the session's, or an early one. */
  #of(dialog: Dialog | undefined): InviteDialog {
    if (this.#state === "ended") throw new InvalidStateError("the session has ended", { code: "SIP_NO_SESSION" });
    const meant = dialog ?? this.dialog;
    const found = this.#all().find((each) => each.dialog === meant && !each.over);
    if (found === undefined) throw new InvalidStateError("no such dialog", { code: "SIP_NO_DIALOG" });
    return found;
  }

  #all(): readonly InviteDialog[] {
    if (this.#client !== undefined) return [...this.#client.dialogs.values()];
    return this.#dialog === undefined ? [] : [this.#dialog];
  }

  #createHost(options: InviteSessionOptions, role: "uac" | "uas"): InviteClientHost {
    const t1 = options.timings?.t1 ?? 500;
    const output = (each: UsageOutput): void => this.#outputs.push(each);
    return {
      options,
      t1,
      t2: options.timings?.t2 ?? 8 * t1,
      requests: new ClientRequests({ output, authorize: options.authorize }),
      output,
      emit: (event) => this.#events.push(event),
      capabilities: () => capabilitiesOf(options),
      // §15: as UAS not before the ACK: a caller to whom the 2xx has not come knows no dialog, and answers 481 to what is sent in it.
      established: (dialog) => dialog === this.#dialog && (this.#state === "confirmed" || (this.#state === "accepted" && role === "uac")),
      acknowledged: (now, dialog, ack) => this.#acknowledged(now, dialog, ack),
      released: (now) => this.#released(now),
      lost: (now, dialog, cause, detail) => this.#lost(now, dialog, cause, detail),
      accepted: (now, dialog, response) => this.#accepted(now, dialog, response),
      discard: (now, dialog) => this.#discard(now, dialog),
      failed: (now, outcome, cancelled) => this.#failed(now, outcome, cancelled),
    };
  }

  /** The initial INVITE's ACK went out, or came. */
  #acknowledged(now: Instant, dialog: InviteDialog, ack: SipRequest): void {
    if (dialog !== this.#dialog || this.#state !== "accepted") return;
    this.#state = "confirmed";
    this.#host.emit({ type: "confirmed", dialog: dialog.dialog, ack });
    if (this.#heldEnd !== undefined) this.#bye(now, "local-bye", this.#heldEnd);
  }

  #released(now: Instant): void {
    if (this.#state === "ringing") this.#took(this.#incoming?.released(now));
  }

  /** UAS: the 2xx went out, unless it is held back. */
  #took(response: SipResponse | undefined): void {
    const dialog = this.#dialog;
    if (response === undefined || dialog === undefined) return;
    this.#state = "accepted";
    this.#host.emit({ type: "accepted", dialog: dialog.dialog, response });
  }

  #lost(
    now: Instant,
    dialog: InviteDialog,
    cause: EndCause,
    { outcome, message }: { outcome?: Outcome; message?: SipRequest | SipResponse },
  ): void {
    if (dialog !== this.#dialog) {
      this.#discard(now, dialog, cause === "remote-bye");
      return;
    }
    if (cause !== "remote-bye" && dialog.dialog.state === "confirmed" && this.#state !== "ended") this.#sendBye(dialog, {});
    const why = message ?? outcome?.response;
    const statusCode = outcome?.statusCode ?? (why?.kind === "response" ? why.statusCode : undefined);
    this.#finish(now, cause, { ...(statusCode === undefined ? {} : { statusCode }), ...(why === undefined ? {} : { message: why }) });
  }

  #accepted(now: Instant, dialog: InviteDialog, response: SipResponse): void {
    this.#dialog = dialog;
    this.#state = "accepted";
    this.#host.emit({ type: "accepted", dialog: dialog.dialog, response });
    if (dialog.acknowledgements.receiveAccepted(now, this.invite, response) === "missing")
      this.#lost(now, dialog, "missing-description", { message: response });
  }

  #discard(now: Instant, dialog: InviteDialog, gone = false): void {
    if (!gone && dialog.dialog.state === "confirmed") this.#sendBye(dialog, {});
    if (!dialog.over && this.#state !== "ended") this.#host.emit({ type: "fork-ended", dialog: dialog.dialog });
    if (dialog.over) dialog.dialog.terminate();
    dialog.close(now);
  }

  #failed(now: Instant, { response, statusCode, failure }: Outcome, cancelled: boolean): void {
    const cause = cancelled ? "cancelled" : failure === undefined ? "rejected" : failure;
    this.#finish(now, cause, { statusCode, ...(response === undefined ? {} : { message: response }) });
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
