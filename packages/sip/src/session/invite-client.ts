/**
 * The INVITE that places a call (RFC 3261 §13.2), with all that may come back: early dialogs of several forks, 2xx of more than one, refusals that are
 * tried again (422, redirections), and the races of CANCEL (§9.1).
 */
import { type Instant, TimerTable } from "@purertc/core";
import {
  type Contact,
  createRequest,
  isSipUri,
  type NameAddress,
  nameAddress,
  type SipRequest,
  type SipResponse,
  sameUri,
  type Uri,
} from "@purertc/sip-parser";
import { Dialog } from "../dialog/dialog.ts";
import { asRequestUri, isLoose, tagged } from "../dialog/route-set.ts";
import type { Numbering, Outcome, RequestOwner } from "./client-requests.ts";
import { type SessionDescription, toDescription } from "./description.ts";
import type { DialogHost } from "./dialog-host.ts";
import { headerList } from "./header-list.ts";
import { InviteDialog } from "./invite-dialog.ts";
import { OfferAnswer } from "./offer-answer.ts";
import type { OutgoingInvite } from "./options.ts";
import { SessionTimer } from "./session-timer.ts";

/** What the client tells the session around it. */
export interface InviteClientHost extends DialogHost {
  /** The first 2xx: the dialog is the session's from here on. */
  accepted(now: Instant, dialog: InviteDialog, response: SipResponse): void;
  /** A dialog that is not the session's has ended: with BYE if it was confirmed. */
  discard(now: Instant, dialog: InviteDialog): void;
  /** There will be no session. */
  failed(now: Instant, outcome: Outcome, cancelled: boolean): void;
}

export class InviteClient implements Numbering, RequestOwner {
  readonly callId: string;
  readonly localTag: string;
  readonly #init: OutgoingInvite;
  readonly #host: InviteClientHost;
  readonly #offer: SessionDescription | undefined;
  /** What each early dialog begins with. */
  readonly #exchange = new OfferAnswer();
  readonly #timer: SessionTimer;
  readonly #timers = new TimerTable<"expires" | "cancel" | "forks">();
  readonly #dialogs = new Map<string, InviteDialog>();
  #request: SipRequest;
  #sequence: number;
  #target: Uri;
  #winner: InviteDialog | undefined;
  #cancelled = false;
  #failed = false;
  #tries = 1;
  /** Where 3xx responses lead, not tried yet, best first; and what was tried. */
  #targets: Uri[] = [];
  readonly #tried: Uri[];
  #redirects = 0;

  constructor(
    now: Instant,
    init: OutgoingInvite,
    identity: { readonly callId: string; readonly localTag: string },
    host: InviteClientHost,
  ) {
    this.#init = init;
    this.#host = host;
    this.callId = identity.callId;
    this.localTag = identity.localTag;
    this.#offer = init.offer === undefined ? undefined : toDescription(init.offer);
    this.#sequence = (init.sequence ?? 1) - 1;
    this.#target = nameAddress(init.target).uri;
    this.#tried = [this.#target];
    this.#timer = new SessionTimer(host.options.sessionTimer);
    this.#request = this.#build();
    this.#send(now);
  }

  /** The INVITE as it was sent last. */
  get request(): SipRequest {
    return this.#request;
  }

  /** Dialogs by the peer's tag, early and confirmed, those that ended included. */
  get dialogs(): ReadonlyMap<string, InviteDialog> {
    return this.#dialogs;
  }

  /** Whether CANCEL was asked for. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  renewed(request: SipRequest): void {
    this.#request = request;
  }

  /** §9.1: asks that the INVITE be given up; a 2xx may come all the same. */
  cancel(now: Instant, headers: readonly (readonly [string, string])[]): void {
    if (this.#cancelled || this.#winner !== undefined) return;
    this.#cancelled = true;
    this.#timers.clear("expires");
    // "if there is no final response in 64*T1 seconds, the client SHOULD consider the original transaction cancelled".
    this.#timers.set("cancel", now + 64 * this.#host.t1);
    this.#host.emit({ type: "cancelling" });
    this.#host.requests.cancel(this.#request, headers);
  }

  provisional(now: Instant, response: SipResponse): void {
    if (response.statusCode <= 100 || this.#failed) return;
    const dialog = this.#dialogOf(response);
    if (dialog === undefined) {
      if (!this.#cancelled) this.#host.emit({ type: "progress", response, reliable: false });
      return;
    }
    // RFC 6228: a proxy tells that one of the forks has given up.
    if (response.statusCode === 199 && this.#winner !== dialog) {
      this.#host.emit({ type: "progress", response, dialog: dialog.dialog, reliable: false });
      this.#host.discard(now, dialog);
    } else if (!dialog.over) dialog.acknowledgements.receiveProvisional(this.#request, response);
  }

  final(now: Instant, outcome: Outcome): void {
    const { response, statusCode } = outcome;
    if (response !== undefined && statusCode < 300) this.#accepted(now, response);
    else if (this.#winner === undefined && !this.#failed) this.#refused(now, outcome);
  }

  pollTimeout(): Instant | undefined {
    return this.#timers.next();
  }

  handleTimeout(now: Instant): void {
    if (this.#timers.take("expires", now)) this.cancel(now, []);
    if (this.#timers.take("cancel", now)) this.#fail(now, { statusCode: 487 });
    // §13.2.2.4: early dialogs that have brought no 2xx 64*T1 after the first one are over.
    if (this.#timers.take("forks", now)) {
      for (const dialog of this.#dialogs.values()) if (!dialog.over && dialog !== this.#winner) this.#host.discard(now, dialog);
    }
  }

  /** §13.2.2.4: the first 2xx makes the session. All others, and all after CANCEL, get ACK and BYE. */
  #accepted(now: Instant, response: SipResponse): void {
    const dialog = this.#dialogOf(response);
    if (dialog === undefined) {
      this.#endSurplus(now, response);
      return;
    }
    if (dialog === this.#winner) {
      if (dialog.over) dialog.acknowledgements.receiveUnwanted(this.#request, response);
      else dialog.acknowledgements.receiveAccepted(now, this.#request, response);
      return;
    }
    if (this.#winner === undefined && !this.#cancelled && !this.#failed) {
      this.#winner = dialog;
      this.#timers.clear("expires");
      this.#timers.set("forks", now + 64 * this.#host.t1);
      this.#host.accepted(now, dialog, response);
      return;
    }
    const repeated = dialog.dialog.state !== "early" && dialog.acknowledgements.sent;
    dialog.acknowledgements.receiveUnwanted(this.#request, response);
    if (!repeated) this.#host.discard(now, dialog);
    // §9.1, §15: CANCEL came too late, so the session that nobody wants is ended by BYE.
    if (this.#winner === undefined) this.#fail(now, { statusCode: 487 });
  }

  /** A 2xx of a fork beyond the bound gets its ACK and BYE as well, but nothing of it is kept: one that comes again gets both again. */
  #endSurplus(now: Instant, response: SipResponse): void {
    if (this.#host.requests.pending >= MAX_PENDING) return; // it comes again (§13.3.1.4)
    const dialog = this.#newDialog(response);
    if (dialog === undefined) return;
    dialog.acknowledgements.receiveUnwanted(this.#request, response);
    this.#host.discard(now, dialog);
  }

  #refused(now: Instant, outcome: Outcome): void {
    const { response, statusCode } = outcome;
    if (!this.#cancelled && response !== undefined) {
      if (statusCode === 422 && this.#tries < MAX_TRIES && this.#timer.takeMinimum(response)) {
        this.#again(now);
        return;
      }
      if (statusCode < 400) this.#addTargets(response);
    }
    // §8.1.3.4: the next target is tried when one has failed; a 6xx speaks for all of them.
    const target = this.#cancelled || statusCode >= 600 ? undefined : this.#targets.shift();
    if (target === undefined) {
      this.#fail(now, outcome);
      return;
    }
    this.#redirects += 1;
    this.#tried.push(target);
    this.#target = target;
    if (response !== undefined) this.#host.emit({ type: "redirected", target, response });
    this.#again(now);
  }

  /** Contacts in order of q (§20.10), those tried already left out. */
  #addTargets(response: SipResponse): void {
    const room = (this.#init.maxRedirects ?? 0) - this.#redirects - this.#targets.length;
    if (room <= 0) return;
    const contacts = response.headers.all("Contact").filter((each) => this.#mayFollow(each));
    const quality = (each: NameAddress): number => Number(each.parameters.get("q") ?? "1");
    const fresh = contacts
      .toSorted((a, b) => quality(b) - quality(a))
      .map((each) => asRequestUri(each.uri))
      .filter((uri) => ![...this.#tried, ...this.#targets].some((known) => sameUri(known, uri)));
    this.#targets = [...fresh.slice(0, room), ...this.#targets];
  }

  /** §8.1.3.4: what was to be secure stays so; and only a SIP URI can be sent to, unless a proxy knows more. */
  #mayFollow(contact: Contact): contact is NameAddress {
    if (contact === "*") return false;
    const secure = nameAddress(this.#init.target).uri.scheme === "sips";
    if (secure) return contact.uri.scheme === "sips";
    return isSipUri(contact.uri) || (contact.uri.scheme === "tel" && this.#init.routes?.[0] !== undefined);
  }

  #fail(now: Instant, outcome: Outcome): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#timers.clearAll();
    this.#host.failed(now, outcome, this.#cancelled);
  }

  /** The INVITE again, as a new request of the same Call-ID and From (§8.1.3.5). */
  #again(now: Instant): void {
    this.#tries += 1;
    for (const dialog of this.#dialogs.values()) if (!dialog.over) this.#host.discard(now, dialog);
    this.#request = this.#build();
    this.#send(now);
  }

  #send(now: Instant): void {
    const { timeoutMs } = this.#init;
    const expires = this.#request.headers.get("Expires");
    const limit = Math.min(timeoutMs ?? Number.POSITIVE_INFINITY, expires === undefined ? Number.POSITIVE_INFINITY : 1000 * expires);
    if (Number.isFinite(limit)) this.#timers.set("expires", now + limit);
    this.#host.requests.send(this.#request, this.#init.routes?.[0]?.uri ?? this.#target, this, this);
  }

  /** §8.1.1, §12.2.1.1 for routes that are there before the dialog. */
  #build(): SipRequest {
    const { from, to, routes = [], headers } = this.#init;
    const target = asRequestUri(this.#target);
    const [first, ...rest] = routes;
    const strict = first !== undefined && !isLoose(first);
    const { options } = this.#host;
    const offer = this.#offer;
    if (this.#exchange.invite !== undefined) this.#exchange.fail("INVITE");
    this.#exchange.send("INVITE", offer !== undefined);
    return createRequest({
      method: "INVITE",
      uri: strict ? asRequestUri(first.uri) : target,
      headers: headerList(
        routes.length === 0 ? [] : [["Route", strict ? [...rest, nameAddress(target)] : routes]],
        [
          ["From", nameAddress(from.uri, tagged(this.localTag), from.displayName)],
          [
            "To",
            to === undefined
              ? nameAddress(asRequestUri(nameAddress(this.#init.target).uri))
              : nameAddress(to.uri, undefined, to.displayName),
          ],
          ["Call-ID", this.callId],
          ["CSeq", { number: this.nextSequence(), method: "INVITE" }],
          ["Contact", options.contact],
        ],
        this.#host.capabilities(),
        options.reliableProvisional === "required" ? [["Require", "100rel"]] : [],
        this.#timer.requestHeaders(),
        options.headers,
        headers,
        offer === undefined ? [] : [["Content-Type", offer.contentType]],
      ),
      body: offer?.body,
    });
  }

  /** The dialog a response belongs to, made when it is new; undefined when it makes none, or there are too many. */
  #dialogOf(response: SipResponse): InviteDialog | undefined {
    const tag = response.toTag ?? "";
    const known = this.#dialogs.get(tag);
    if (known !== undefined) return known;
    if (this.#dialogs.size >= MAX_FORKS) return undefined;
    const made = this.#newDialog(response);
    if (made !== undefined) this.#dialogs.set(tag, made);
    return made;
  }

  #newDialog(response: SipResponse): InviteDialog | undefined {
    const { contact, overTls } = this.#host.options;
    const dialog = Dialog.fromResponse(this.#request, response, { contact, ...(overTls === undefined ? {} : { overTls }) });
    if (dialog === undefined) return undefined;
    return new InviteDialog(this.#host, dialog, this.#exchange.fork(), this.#timer.fork());
  }
}

/** 422 and redirections that contradict themselves end some time. */
const MAX_TRIES = 10;
/** More early dialogs of one INVITE are not remembered: whoever makes up tags shall not fill memory. */
const MAX_FORKS = 32;
/** Requests that may wait for their answers before surplus forks are left to come again. */
const MAX_PENDING = 2 * MAX_FORKS;
