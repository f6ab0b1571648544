/**
 * re-INVITE and UPDATE of ours (RFC 3261 §14.1, RFC 3311 §5): a failed one leaves the session as it was, one that met the peer's is tried again, and
 * refreshes of the session timer (RFC 4028 §10) are such requests as well.
 */
import { type Instant, InvalidStateError } from "@purertc/core";
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import type { Outcome } from "./client-requests.ts";
import type { SessionDescription } from "./description.ts";
import type { DialogHost } from "./dialog-host.ts";
import { type HeaderPair, headerList } from "./header-list.ts";
import type { InviteDialog } from "./invite-dialog.ts";
import type { MessageInit } from "./options.ts";
import { glareIntervalMs } from "./retry-interval.ts";
import type { RequestId } from "./usage.ts";

/** What is to be changed. */
export interface ModificationInit extends MessageInit {
  readonly method: "INVITE" | "UPDATE";
  readonly offer?: SessionDescription | undefined;
}

/** One that is under way, or waits to be tried again. */
interface Attempt extends ModificationInit {
  /** For the session timer only: nobody is told that it failed. */
  readonly refresh: boolean;
  readonly tries: number;
  /** Exchanges complete when it was first made: an offer made before another exchange may not fit any more. */
  readonly exchanges: number;
}

export class Modification {
  readonly #host: DialogHost;
  readonly #owner: InviteDialog;
  #retry: { readonly attempt: Attempt; readonly at: Instant } | undefined;
  /** A re-INVITE's 2xx whose ACK has not gone out, since the owner has yet to answer the offer in it. */
  #unacknowledged: { readonly response: SipResponse } | undefined;
  /** A change could not be made, since something else was under way. */
  #wanted = false;
  /** An UPDATE has no final response yet. */
  #updating = false;
  /** A re-INVITE that has no final response yet. `giveUpAt`: it was cancelled, and need not be waited for any longer. */
  #inviting: { readonly attempt: Attempt; request: SipRequest; giveUpAt?: Instant } | undefined;

  constructor(host: DialogHost, owner: InviteDialog) {
    this.#host = host;
    this.#owner = owner;
  }

  /** When to call {@link handleTimeout}. */
  get at(): Instant | undefined {
    return this.#retry?.at ?? this.#inviting?.giveUpAt;
  }

  /** Sends it now. Throws `InvalidStateError` when an offer or INVITE of either side is pending, or another change of ours waits to be tried again. */
  begin(init: ModificationInit): RequestId {
    this.#wanted ||= this.#retry !== undefined;
    if (this.#retry !== undefined) throw new InvalidStateError("a change of ours waits to be tried again", { code: "SIP_OFFER_ANSWER" });
    return this.#send({ ...init, refresh: false, tries: 1, exchanges: this.#owner.exchange.completed });
  }

  /** RFC 4028 §7.4, §10: by UPDATE without an offer, or by re-INVITE with the description that holds already. */
  refresh(now: Instant): void {
    if (this.#retry !== undefined) return; // what is tried again refreshes as well
    const { sessionTimer } = this.#host.options;
    const byInvite = this.#owner.peer.allows("UPDATE") !== true || (sessionTimer !== false && sessionTimer?.refreshByInvite === true);
    const what: ModificationInit = byInvite ? { method: "INVITE", offer: this.#owner.descriptions.local } : { method: "UPDATE" };
    const attempt: Attempt = { ...what, refresh: true, tries: 1, exchanges: this.#owner.exchange.completed };
    if (this.#blocked(attempt)) this.#later(now, attempt);
    else this.#send(attempt);
  }

  /**
   * RFC 3261 §9.1, RFC 6141 §3.8: gives up a re-INVITE of ours that has no final response; it may succeed all the same. One that waits to be tried again is
   * given up at once. False when there is neither; an UPDATE cannot be cancelled.
   */
  cancel(now: Instant): boolean {
    if (this.#retry !== undefined && !this.#retry.attempt.refresh) {
      this.#retry = undefined;
      this.#host.emit({ type: "modification-failed", dialog: this.#owner.dialog, statusCode: 487 });
      return true;
    }
    const inviting = this.#inviting;
    if (inviting === undefined) return false;
    if (inviting.giveUpAt === undefined) {
      inviting.giveUpAt = now + 64 * this.#host.t1;
      this.#host.requests.cancel(inviting.request, []);
    }
    return true;
  }

  handleTimeout(now: Instant): void {
    this.#abandonCancelled(now);
    const retry = this.#retry;
    if (retry === undefined || now < retry.at) return;
    this.#retry = undefined;
    const { attempt } = retry;
    if (attempt.offer !== undefined && attempt.exchanges !== this.#owner.exchange.completed) {
      // The peer has changed the session meanwhile: what we offered then may take back what it did. A refresh takes what holds now.
      if (attempt.refresh) this.refresh(now);
      else this.#host.emit({ type: "modification-failed", dialog: this.#owner.dialog, statusCode: 491 });
    } else if (this.#blocked(attempt)) this.#later(now, attempt);
    else this.#send(attempt);
  }

  /** The ACK for our re-INVITE went out, with the answer that its 2xx waited for. */
  acknowledged(): void {
    const response = this.#unacknowledged?.response;
    this.#unacknowledged = undefined;
    if (response !== undefined) this.#succeeded(response, false);
  }

  /** Nothing is tried again. */
  stop(): void {
    this.#retry = undefined;
    this.#inviting = undefined;
  }

  /** RFC 3261 §9.1: no final response 64*T1 after the CANCEL is as good as 487. */
  #abandonCancelled(now: Instant): void {
    const inviting = this.#inviting;
    if (inviting?.giveUpAt === undefined || now < inviting.giveUpAt) return;
    this.#inviting = undefined;
    this.#owner.exchange.fail("INVITE");
    this.#failed(now, inviting.attempt, { statusCode: 487 });
  }

  #blocked(attempt: Attempt): boolean {
    const { exchange, offers } = this.#owner;
    if (attempt.method === "INVITE" ? offers.server?.state === "accepted" : this.#updating) return true;
    return typeof exchange.checkSend(attempt.method, attempt.offer !== undefined) !== "string";
  }

  /** Something that may have stood in the way of a change is over: the owner is told, if it tried. */
  settled(): void {
    if (!this.#wanted || this.#owner.over) return;
    this.#wanted = false;
    this.#host.emit({ type: "settled", dialog: this.#owner.dialog });
  }

  #send(attempt: Attempt): RequestId {
    const owner = this.#owner;
    this.#wanted ||= this.#blocked(attempt);
    if (attempt.method === "INVITE" && owner.offers.server?.state === "accepted") {
      throw new InvalidStateError("re-INVITE before the ACK came (RFC 3261 §14.1)", { code: "SIP_OFFER_ANSWER" });
    }
    if (attempt.method === "UPDATE" && this.#updating) {
      throw new InvalidStateError("an UPDATE of ours is pending (RFC 6337 §4.1)", { code: "SIP_OFFER_ANSWER" });
    }
    owner.exchange.send(attempt.method, attempt.offer !== undefined);
    this.#updating ||= attempt.method === "UPDATE";
    const timer: readonly HeaderPair[] = owner.dialog.state === "confirmed" ? owner.timer.requestHeaders() : [];
    const headers = headerList(this.#host.capabilities(), timer, attempt.headers);
    let invite: SipRequest;
    const inviting = (request: SipRequest): void => {
      if (attempt.method !== "INVITE") return;
      if (this.#inviting?.attempt === attempt) this.#inviting.request = request;
      else this.#inviting = { attempt, request };
    };
    return owner.send(
      attempt.method,
      { headers, body: attempt.body },
      attempt.offer,
      (at, outcome) => {
        if (attempt.method === "INVITE") this.#inviteDone(at, attempt, invite, outcome);
        else this.#updateDone(at, attempt, outcome);
      },
      {
        renewed: (request) => {
          invite = request;
          inviting(request);
        },
        provisional: (_at, response) => {
          if (attempt.method === "INVITE" && response.statusCode > 100) owner.acknowledgements.receiveProvisional(invite, response);
        },
      },
    );
  }

  #inviteDone(now: Instant, attempt: Attempt, invite: SipRequest, { response, statusCode, failure }: Outcome): void {
    const owner = this.#owner;
    const current = this.#inviting?.attempt === attempt;
    const cancelled = current && this.#inviting?.giveUpAt !== undefined;
    if (current) this.#inviting = undefined;
    else if (!owner.acknowledgements.acknowledges(invite)) {
      // It was given up: its 2xx gets an ACK, but changes nothing any more.
      if (response !== undefined && statusCode < 300) owner.acknowledgements.receiveUnwanted(invite, response);
      return;
    }
    if (response === undefined || statusCode >= 300) {
      owner.exchange.fail("INVITE");
      // What was cancelled is not tried again, whatever it met.
      const last = cancelled ? { ...attempt, tries: MAX_TRIES } : attempt;
      this.#failed(now, last, { statusCode, ...(response && { response }), ...(failure && { failure }) });
      return;
    }
    if (owner.over) {
      owner.acknowledgements.receiveUnwanted(invite, response);
      return;
    }
    const verdict = owner.acknowledgements.receiveAccepted(now, invite, response);
    if (verdict === "again") return;
    if (verdict === "missing") {
      owner.exchange.fail("INVITE");
      this.#host.emit({ type: "modification-failed", dialog: owner.dialog, statusCode, response });
    } else if (owner.acknowledgements.owed) this.#unacknowledged = { response };
    else this.#succeeded(response, attempt.refresh);
    this.#host.released(now);
  }

  #updateDone(now: Instant, attempt: Attempt, outcome: Outcome): void {
    const owner = this.#owner;
    const { response, statusCode } = outcome;
    this.#updating = false;
    if (response === undefined || statusCode >= 300) {
      owner.exchange.fail("UPDATE");
      this.#failed(now, attempt, outcome);
      return;
    }
    if (owner.over) return;
    owner.dialog.refreshTarget(response);
    if (owner.dialog.state === "confirmed") owner.timer.accept(now, response);
    if (owner.descriptions.receive("2xx-UPDATE", response) === "missing") {
      owner.exchange.fail("UPDATE");
      this.#host.emit({ type: "modification-failed", dialog: owner.dialog, statusCode, response });
    } else this.#succeeded(response, attempt.refresh);
    this.#host.released(now);
  }

  #succeeded(response: SipResponse, refresh: boolean): void {
    this.#host.emit({ type: "modified", dialog: this.#owner.dialog, by: "local", response, ...(refresh && { refresh }) });
  }

  #failed(now: Instant, attempt: Attempt, { response, statusCode }: Outcome): void {
    if (this.#owner.over) return;
    this.#host.released(now);
    if (attempt.tries < MAX_TRIES) {
      // RFC 4028 §7.3: again at once, with the interval that was asked for.
      if (statusCode === 422 && response !== undefined && this.#owner.timer.takeMinimum(response)) {
        this.#send({ ...attempt, tries: attempt.tries + 1 });
        return;
      }
      // RFC 3261 §14.1, RFC 3311 §5.3.
      if (statusCode === 491) {
        this.#later(now, attempt);
        return;
      }
    }
    const seconds = response?.headers.get("Retry-After")?.seconds;
    // §14.2: the peer's INVITE, or offer, was under way: it says itself when it will be over.
    if (statusCode === 500 && seconds !== undefined && seconds <= LONGEST_RETRY && attempt.tries < MAX_TRIES) {
      this.#retry = { attempt: { ...attempt, tries: attempt.tries + 1 }, at: now + 1000 * seconds };
      return;
    }
    if (attempt.refresh) {
      this.settled(); // the session timer ends the session if no other refresh comes (RFC 4028 §10)
      return;
    }
    this.#host.emit({
      type: "modification-failed",
      dialog: this.#owner.dialog,
      statusCode,
      ...(response === undefined ? {} : { response }),
      ...(seconds === undefined ? {} : { retryAfterMs: 1000 * seconds }),
    });
  }

  /** After the interval of RFC 3261 §14.1, by who owns the Call-ID: the side that sent the first INVITE. */
  #later(now: Instant, attempt: Attempt): void {
    const wait = glareIntervalMs(this.#host.options.random, this.#owner.dialog.role === "uac");
    this.#retry = { attempt: { ...attempt, tries: attempt.tries + 1 }, at: now + wait };
  }
}

/** Two sides that keep meeting are not two sides that follow the RFC. */
const MAX_TRIES = 8;
/** Seconds: RFC 3261 §14.2 chooses from 0 to 10. */
const LONGEST_RETRY = 10;
