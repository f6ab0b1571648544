/**
 * The life of a session (RFC 3261 §13, §15): its states, the dialogs that make it, and what becomes of it when one of them is accepted, acknowledged or
 * lost. {@link InviteSession} is what its owner calls.
 */
import { type Instant, InvalidStateError, Queue, TimerTable } from "@purertc/core";
import { createResponse, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import type { Dialog } from "../dialog/dialog.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { ClientRequests, type Outcome } from "./client-requests.ts";
import { descriptionOf } from "./description.ts";
import type { EndCause, InviteSessionEvent } from "./events.ts";
import { type HeaderPair, headerList } from "./header-list.ts";
import { IncomingInvite } from "./incoming-invite.ts";
import { InviteClient, type InviteClientHost } from "./invite-client.ts";
import type { InviteDialog } from "./invite-dialog.ts";
import type { AcceptInit, EndInit, InviteSessionOptions, OutgoingInvite } from "./options.ts";
import { reasonsOf } from "./reason.ts";
import { sooner } from "./sooner.ts";
import type { UsageOutput } from "./usage.ts";

/**
 * `"calling"`: our INVITE has made no dialog yet; `"ringing"`: the peer's waits for our final response; `"early"`: our INVITE has an early dialog;
 * `"accepted"`: a 2xx, no ACK yet; `"confirmed"`; `"ended"`.
 */
export type InviteSessionState = "calling" | "ringing" | "early" | "accepted" | "confirmed" | "ended";

/** Call-ID and our tag: the same for every dialog of the session. */
export interface SessionIdentity {
  readonly callId: string;
  readonly localTag: string;
}

/** What ended a session. */
interface EndDetail {
  readonly statusCode?: number;
  readonly message?: SipRequest | SipResponse;
}

export class SessionLife implements InviteClientHost {
  readonly role: "uac" | "uas";
  readonly identity: SessionIdentity;
  readonly options: InviteSessionOptions;
  readonly t1: number;
  readonly t2: number;
  readonly requests: ClientRequests;
  readonly outputs: Queue<UsageOutput> = new Queue<UsageOutput>();
  readonly events: Queue<InviteSessionEvent> = new Queue<InviteSessionEvent>();
  readonly #timers = new TimerTable<"linger">();
  #state: InviteSessionState;
  #client: InviteClient | undefined;
  #invite: SipRequest | undefined;
  /** The session's dialog: of a UAS from the beginning, of a UAC from the first 2xx. */
  #dialog: InviteDialog | undefined;
  /** UAS: that dialog, as a list. */
  #own: readonly InviteDialog[] = [];
  #incoming: IncomingInvite | undefined;
  #heldEnd: EndInit | undefined;

  constructor(options: InviteSessionOptions, role: "uac" | "uas", identity: SessionIdentity) {
    this.role = role;
    this.identity = identity;
    this.options = options;
    this.t1 = options.timings?.t1 ?? 500;
    this.t2 = options.timings?.t2 ?? 8 * this.t1;
    this.requests = new ClientRequests({ output: (each) => this.output(each), authorize: options.authorize });
    this.#state = role === "uac" ? "calling" : "ringing";
  }

  get state(): InviteSessionState {
    return this.#state;
  }

  /** UAC: the INVITE with all that came back. */
  get client(): InviteClient | undefined {
    return this.#client;
  }

  /** UAS: the INVITE until its final response. */
  get incoming(): IncomingInvite | undefined {
    return this.#incoming;
  }

  /** The INVITE, ours as it was sent last. */
  get invite(): SipRequest {
    const invite = this.#client?.request ?? this.#invite;
    if (invite === undefined) throw new InvalidStateError("no INVITE", { code: "SIP_NO_INVITE" });
    return invite;
  }

  // --- dialogs ----------------------------------------------------------------------------------------------------------------------------

  /** All dialogs, those that ended included. */
  get all(): readonly InviteDialog[] {
    return this.#client === undefined ? this.#own : [...this.#client.dialogs.values()];
  }

  /** The session's dialog; before the first 2xx to our INVITE, the latest early one. */
  get dialog(): Dialog | undefined {
    return (this.#dialog ?? this.all.findLast((each) => !each.over))?.dialog;
  }

  /** The session's dialog. Throws `InvalidStateError` before there is one, and after the end. */
  current(): InviteDialog {
    if (this.#dialog !== undefined && this.#state !== "ended") return this.#dialog;
    throw new InvalidStateError(this.#state === "ended" ? "the session has ended" : "there is no session yet", { code: "SIP_NO_SESSION" });
  }

  /** The dialog meant by the owner: the session's, or an early one. Throws `InvalidStateError` when it is none of ours, or over. */
  meant(dialog: Dialog | undefined): InviteDialog {
    if (this.#state === "ended") throw new InvalidStateError("the session has ended", { code: "SIP_NO_SESSION" });
    const meant = dialog ?? this.dialog;
    const found = this.all.find((each) => each.dialog === meant && !each.over);
    if (found === undefined) throw new InvalidStateError("no such dialog", { code: "SIP_NO_DIALOG" });
    return found;
  }

  // --- its beginning ----------------------------------------------------------------------------------------------------------------------

  /** UAC: the INVITE is the first output. */
  call(now: Instant, invite: OutgoingInvite): void {
    this.#client = new InviteClient(now, invite, this.identity, this);
  }

  /** UAS: the peer's INVITE, and the dialog that it makes. */
  receive(now: Instant, invite: SipRequest, dialog: InviteDialog): void {
    this.#invite = invite;
    this.#dialog = dialog;
    this.#own = [dialog];
    const offer = descriptionOf(invite);
    dialog.exchange.receive("INVITE", offer !== undefined);
    dialog.offers.serve(invite);
    this.#incoming = new IncomingInvite(now, this, dialog, invite.headers.get("Expires"));
    if (offer !== undefined) this.emit({ type: "offer", dialog: dialog.dialog, offer, in: "INVITE", message: invite });
  }

  /** UAC: a response was handled, and may have made an early dialog. */
  progressed(): void {
    if (this.#state === "calling" && this.#client?.dialogs.size !== 0) this.#state = "early";
  }

  /** UAS: our 2xx, now or when nothing stands in its way any more. */
  accept(now: Instant, init: AcceptInit): void {
    this.#took(this.#incoming?.accept(now, init));
  }

  /** UAS: the 2xx went out, unless it is held back. */
  #took(response: SipResponse | undefined): void {
    const dialog = this.#dialog;
    if (response === undefined || dialog === undefined) return;
    this.#state = "accepted";
    this.emit({ type: "accepted", dialog: dialog.dialog, response });
  }

  // --- its end ----------------------------------------------------------------------------------------------------------------------------

  /** UAS, accepted: BYE has to wait for the ACK (§15). */
  byeAfterAck(init: EndInit): void {
    this.#heldEnd = init;
  }

  bye(now: Instant, cause: EndCause, init: EndInit): void {
    this.#sendBye(this.current(), init);
    this.finish(now, cause, {});
  }

  /** §9.2: 200 for the CANCEL, and 487 for its INVITE unless that has its final response. */
  receiveCancel(now: Instant, cancel: SipRequest): void {
    const found = this.all.find((each) => each.offers.cancel(now, cancel));
    const response = createResponse(cancel, found === undefined ? 481 : 200, { toTag: this.identity.localTag });
    this.output({ type: "response", request: cancel, response });
    if (found === undefined || this.#state !== "ringing") return;
    found.offers.refuseInvite(487);
    this.finish(now, "cancelled", { statusCode: 487, message: cancel });
  }

  finish(now: Instant, cause: EndCause, { statusCode, message }: EndDetail): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#incoming?.stop();
    for (const dialog of this.all) dialog.close(now);
    // What comes again from the peer for 64*T1, 2xx and BYE, still gets its ACK and its 200. A caller that has hung up sends nothing more: the transaction of
    // its BYE answers when that comes again, and a server of many short calls keeps none of them for half a minute.
    if (this.role === "uac" || cause !== "remote-bye") this.#timers.set("linger", now + 64 * this.t1);
    this.emit({
      type: "ended",
      cause,
      ...(statusCode === undefined ? {} : { statusCode }),
      reasons: reasonsOf(message),
      ...(message === undefined ? {} : { message }),
    });
  }

  /** Whether nothing more will come of it, and nothing that comes needs an answer. */
  get finished(): boolean {
    if (this.#state !== "ended" || this.#timers.at("linger") !== undefined || this.outputs.length + this.events.length > 0) return false;
    return !this.all.some((each) => each.referrals.active);
  }

  /** §15.1.1; whatever comes back, the session is over. */
  #sendBye(dialog: InviteDialog, init: EndInit): void {
    dialog.acknowledgements.acknowledgeUnanswered();
    const headers = headerList(init.headers, [["Reason", init.reason]]);
    dialog.send("BYE", { headers, body: init.body }, undefined, () => {});
  }

  // --- time -------------------------------------------------------------------------------------------------------------------------------

  pollTimeout(): Instant | undefined {
    let soonest = sooner(this.#timers.next(), sooner(this.#client?.pollTimeout(), this.#incoming?.pollTimeout()));
    for (const each of this.all) soonest = sooner(soonest, each.pollTimeout());
    return soonest;
  }

  handleTimeout(now: Instant): void {
    this.#client?.handleTimeout(now);
    for (const dialog of this.all) dialog.handleTimeout(now);
    this.#timers.take("linger", now);
    if (this.#incoming?.handleTimeout(now) !== "expired" || this.#state !== "ringing") return;
    const message = this.current().offers.refuseInvite(487);
    this.finish(now, "cancelled", { statusCode: 487, message });
  }

  // --- what its dialogs and its INVITE tell -------------------------------------------------------------------------------------------------

  emit(event: InviteSessionEvent): void {
    this.events.push(event);
  }

  output(output: UsageOutput): void {
    this.outputs.push(output);
  }

  capabilities(): readonly HeaderPair[] {
    return capabilitiesOf(this.options);
  }

  established(dialog: InviteDialog): boolean {
    // §15: as UAS not before the ACK: a caller to whom the 2xx has not come knows no dialog, and answers 481 to what is sent in it.
    return dialog === this.#dialog && (this.#state === "confirmed" || (this.#state === "accepted" && this.role === "uac"));
  }

  accepted(now: Instant, dialog: InviteDialog, response: SipResponse): void {
    this.#dialog = dialog;
    this.#state = "accepted";
    this.emit({ type: "accepted", dialog: dialog.dialog, response });
    if (dialog.acknowledgements.receiveAccepted(now, this.invite, response) === "missing")
      this.lost(now, dialog, "missing-description", { message: response });
  }

  /** The initial INVITE's ACK went out, or came. */
  acknowledged(now: Instant, dialog: InviteDialog, ack: SipRequest): void {
    if (dialog !== this.#dialog || this.#state !== "accepted") return;
    this.#state = "confirmed";
    this.emit({ type: "confirmed", dialog: dialog.dialog, ack });
    if (this.#heldEnd !== undefined) this.bye(now, "local-bye", this.#heldEnd);
  }

  released(now: Instant): void {
    if (this.#state === "ringing") this.#took(this.#incoming?.released(now));
  }

  lost(
    now: Instant,
    dialog: InviteDialog,
    cause: EndCause,
    { outcome, message }: { readonly outcome?: Outcome; readonly message?: SipRequest | SipResponse },
  ): void {
    if (dialog !== this.#dialog) {
      this.#drop(now, dialog, cause === "remote-bye");
      return;
    }
    if (cause !== "remote-bye" && dialog.dialog.state === "confirmed" && this.#state !== "ended") this.#sendBye(dialog, {});
    const why = message ?? outcome?.response;
    const statusCode = outcome?.statusCode ?? (why?.kind === "response" ? why.statusCode : undefined);
    this.finish(now, cause, { ...(statusCode === undefined ? {} : { statusCode }), ...(why === undefined ? {} : { message: why }) });
  }

  discard(now: Instant, dialog: InviteDialog): void {
    this.#drop(now, dialog, false);
  }

  failed(now: Instant, { response, statusCode, failure }: Outcome, cancelled: boolean): void {
    const cause = cancelled ? "cancelled" : failure === undefined ? "rejected" : failure;
    this.finish(now, cause, { statusCode, ...(response === undefined ? {} : { message: response }) });
  }

  /** A dialog that is not the session's ends: with BYE, unless the peer sent one. */
  #drop(now: Instant, dialog: InviteDialog, gone: boolean): void {
    if (!gone && dialog.dialog.state === "confirmed") this.#sendBye(dialog, {});
    if (!dialog.over && this.#state !== "ended") this.emit({ type: "fork-ended", dialog: dialog.dialog });
    if (dialog.over) dialog.dialog.terminate();
    dialog.close(now);
  }
}
