/** REFER within a session and the subscription it implies (RFC 3515; without one: RFC 4488). */
import { type Instant, InvalidStateError } from "@purertc/core";
import {
  type DialogReference,
  isMediaType,
  isSipUri,
  type NameAddress,
  parameterized,
  reasonPhraseOf,
  SipHeaders,
  type SipMessage,
  type SipRequest,
  sameIgnoringCase,
  unescapeUri,
} from "@purertc/sip-parser";
import type { Outcome } from "./client-requests.ts";
import type { DialogHost } from "./dialog-host.ts";
import { type HeaderPair, headerList } from "./header-list.ts";
import type { InviteDialog } from "./invite-dialog.ts";
import type { MessageInit } from "./options.ts";
import { parseStatusFragment, writeStatusFragment } from "./sipfrag.ts";
import { sooner } from "./sooner.ts";

/** A REFER of ours. */
export interface OutgoingRefer {
  readonly request: SipRequest;
  readonly state: "sent" | "accepted" | "rejected" | "finished";
}

/** A REFER of the peer's: accept or reject it, then tell how the referred request fares. Its methods throw `InvalidStateError` out of this order. */
export interface IncomingRefer {
  readonly request: SipRequest;
  readonly referTo: NameAddress;
  /** The Replaces header that Refer-To's URI carries, for attended transfer. */
  readonly replaces: DialogReference | undefined;
  readonly referredBy: NameAddress | undefined;
  /** Sends 202, or 200 when no subscription is wanted (RFC 4488), and NOTIFY "100 Trying". */
  accept(now: Instant): void;
  reject(now: Instant, statusCode: number): void;
  /** NOTIFY with a status line; a final status ends the subscription. No effect without one. */
  notify(now: Instant, statusCode: number, reasonPhrase?: string): void;
}

/** The referrals of one dialog, either way. They may outlive its session (RFC 5057 §4.2): a transferor hangs up and still hears how it went. */
export class Referrals {
  readonly #host: DialogHost;
  readonly #owner: InviteDialog;
  /** Sets of their own from the first one on: most dialogs never have any. */
  #outgoing: Set<Outgoing> = NONE;
  #incoming: Set<Incoming> = NONE;

  constructor(host: DialogHost, owner: InviteDialog) {
    this.#host = host;
    this.#owner = owner;
  }

  /** Whether a subscription lives that needs the dialog. */
  get active(): boolean {
    return this.#outgoing.size > 0 || this.#incoming.size > 0;
  }

  get at(): Instant | undefined {
    let soonest: Instant | undefined;
    for (const each of this.#outgoing) soonest = sooner(soonest, each.expiresAt);
    for (const each of this.#incoming) soonest = sooner(soonest, each.expiresAt);
    return soonest;
  }

  /** Sends a REFER. `subscribe` false asks for no NOTIFYs (RFC 4488). */
  refer(referTo: string | NameAddress, subscribe: boolean, init: MessageInit): OutgoingRefer {
    const headers: HeaderPair[] = [["Refer-To", referTo]];
    if (!subscribe) headers.push(["Refer-Sub", "false"], ["Supported", "norefersub"]);
    let sent: Outgoing | undefined;
    this.#owner.send(
      "REFER",
      { ...init, headers: headerList(headers, init.headers) },
      undefined,
      (at, outcome) => sent && this.#answered(at, sent, outcome),
      {
        renewed: (request) => {
          if (sent === undefined) sent = { request, state: "sent", subscribe, expiresAt: undefined };
          else sent.request = request;
        },
      },
    );
    if (sent === undefined) throw new InvalidStateError("the REFER was not sent", { code: "SIP_REFER" });
    if (this.#outgoing === NONE) this.#outgoing = new Set();
    this.#outgoing.add(sent);
    return sent;
  }

  #answered(now: Instant, refer: Outgoing, { response, statusCode }: Outcome): void {
    if (refer.state !== "sent") return;
    if (statusCode >= 300) this.#finish(refer, "rejected");
    // RFC 4488 §4: "Refer-Sub: false" in the 2xx says that no subscription was made.
    else if (!refer.subscribe && response !== undefined && declinesSubscription(response)) this.#finish(refer, "finished");
    else {
      refer.state = "accepted";
      refer.expiresAt = now + 64 * this.#host.t1; // RFC 6665 §4.1.2.4, Timer N
    }
    this.#host.emit({
      type: "refer-progress",
      refer,
      statusCode,
      reasonPhrase: response?.reasonPhrase ?? reasonPhraseOf(statusCode),
      final: refer.state !== "accepted",
      ...(response === undefined ? {} : { message: response }),
    });
  }

  /** REFER, and NOTIFY and SUBSCRIBE of the event package `refer`. False for other requests. */
  handleRequest(now: Instant, request: SipRequest): boolean {
    if (request.method === "REFER") {
      // A REFER of a session that is over begins nothing.
      if (this.#owner.over) return false;
      this.#receiveRefer(request);
    } else if (request.method === "NOTIFY") this.#receiveNotify(now, request);
    else if (request.method === "SUBSCRIBE") this.#receiveSubscribe(now, request);
    else return false;
    return true;
  }

  handleTimeout(now: Instant): void {
    for (const refer of this.#outgoing) {
      if (refer.expiresAt === undefined || now < refer.expiresAt) continue;
      this.#finish(refer, "finished");
      this.#host.emit({ type: "refer-progress", refer, statusCode: 408, reasonPhrase: "Subscription Expired", final: true });
    }
    for (const refer of this.#incoming) {
      if (refer.expiresAt !== undefined && now >= refer.expiresAt) refer.expire(now);
    }
  }

  /** The session is over: what was not answered is refused; what was accepted goes on. */
  close(now: Instant): void {
    for (const refer of this.#incoming) if (!refer.answered) refer.reject(now, 487);
  }

  /** A subscription has ended: the dialog ends with the last of its usages. */
  settle(refer: Outgoing | Incoming): void {
    this.#outgoing.delete(refer as Outgoing);
    this.#incoming.delete(refer as Incoming);
    if (this.#owner.over && !this.active) this.#owner.dialog.terminate();
  }

  /** Sends one NOTIFY of a referral of the peer's. */
  notify(refer: Incoming, state: string, fragment: string, done: (now: Instant, outcome: Outcome) => void): void {
    const headers: HeaderPair[] = [
      ["Event", refer.event],
      ["Subscription-State", state],
      ["Content-Type", "message/sipfrag;version=2.0"],
    ];
    this.#owner.send("NOTIFY", { headers, body: fragment }, undefined, done);
  }

  #finish(refer: Outgoing, state: "rejected" | "finished"): void {
    refer.state = state;
    refer.expiresAt = undefined;
    this.settle(refer);
  }

  #receiveRefer(request: SipRequest): void {
    const referTo = request.headers.get("Refer-To");
    // RFC 3515 §2.4.2: 400 unless there is exactly one.
    if (referTo === undefined || request.headers.problem("Refer-To") !== undefined) {
      this.#owner.respond(request, 400, { reasonPhrase: "Refer-To Missing" });
      return;
    }
    if (this.#incoming.size >= MAX_INCOMING) {
      this.#owner.respond(request, 503);
      return;
    }
    const refer = new Incoming(this, this.#owner, request, referTo);
    if (this.#incoming === NONE) this.#incoming = new Set();
    this.#incoming.add(refer);
    this.#host.emit({ type: "refer", refer });
  }

  #receiveNotify(now: Instant, request: SipRequest): void {
    const event = request.headers.get("Event");
    const state = request.headers.get("Subscription-State");
    if (event === undefined || !sameIgnoringCase(event.value, "refer")) {
      this.#owner.respond(request, 489, { headers: [["Allow-Events", "refer"]] });
      return;
    }
    const id = event.parameters.get("id");
    const refer = this.#referralOf(id);
    if (refer === undefined) {
      this.#owner.respond(request, 481);
      return;
    }
    if (state === undefined) {
      this.#owner.respond(request, 400, { reasonPhrase: "Subscription-State Missing" });
      return;
    }
    this.#owner.respond(request, 200);
    if (refer.state === "sent") refer.state = "accepted"; // RFC 6665 §4.1.2.4: NOTIFY may overtake the 202
    const ended = sameIgnoringCase(state.value, "terminated");
    const expires = Number(state.parameters.get("expires"));
    if (ended) this.#finish(refer, "finished");
    else if (Number.isFinite(expires)) refer.expiresAt = now + 1000 * Math.min(Math.max(expires, 1), LONGEST_EXPIRES);
    else refer.expiresAt = now + 1000 * REFER_EXPIRES;
    const fragment = isMediaType(request.headers.get("Content-Type"), "message/sipfrag") ? parseStatusFragment(request.body) : undefined;
    // A subscription that ends without a word on the request: it is not known how it went.
    const { statusCode, reasonPhrase } = fragment ?? { statusCode: ended ? 500 : 100, reasonPhrase: "" };
    this.#host.emit({ type: "refer-progress", refer, statusCode, reasonPhrase, final: ended, message: request });
  }

  /** RFC 3515 §2.4.6: the id is the REFER's CSeq number; only the first REFER's NOTIFYs may come without. */
  #referralOf(id: string | undefined): Outgoing | undefined {
    const all = [...this.#outgoing];
    const named = all.find((each) => id === undefined || id === String(each.request.cseq?.number));
    // INTEROP: back-to-back servers number requests anew and let the id pass. With one REFER there is no doubt which is meant.
    return named ?? (all.length === 1 ? all[0] : undefined);
  }

  /** RFC 3515 §2.4.4: the subscription may be extended and ended, but not begun, by SUBSCRIBE. */
  #receiveSubscribe(now: Instant, request: SipRequest): void {
    const event = request.headers.get("Event");
    if (event === undefined || !sameIgnoringCase(event.value, "refer")) {
      this.#owner.respond(request, 489, { headers: [["Allow-Events", "refer"]] });
      return;
    }
    const id = event.parameters.get("id");
    const refer = [...this.#incoming].find((each) => each.subscribed && (id === undefined || id === String(each.request.cseq?.number)));
    if (refer === undefined) {
      this.#owner.respond(request, 481);
      return;
    }
    const expires = Math.min(request.headers.get("Expires") ?? REFER_EXPIRES, LONGEST_EXPIRES);
    this.#owner.respond(request, 200, {
      headers: [
        ["Expires", expires],
        ["Contact", this.#owner.dialog.contact],
      ],
    });
    refer.extend(now, expires);
  }
}

/** Our side of {@link OutgoingRefer}. */
interface Outgoing extends OutgoingRefer {
  request: SipRequest;
  state: "sent" | "accepted" | "rejected" | "finished";
  readonly subscribe: boolean;
  expiresAt: Instant | undefined;
}

/** Our side of {@link IncomingRefer}: a notifier for the package `refer`. NOTIFYs go one after the other, since a later one must not overtake. */
class Incoming implements IncomingRefer {
  readonly request: SipRequest;
  readonly referTo: NameAddress;
  readonly replaces: DialogReference | undefined;
  readonly referredBy: NameAddress | undefined;
  readonly event: string;
  readonly #referrals: Referrals;
  readonly #owner: InviteDialog;
  #state: "received" | "active" | "ended" = "received";
  #status = 100;
  #fragment = writeStatusFragment(100);
  #expiresAt: Instant | undefined;
  #sending = false;
  #queued: { readonly ended: string | undefined } | undefined;

  constructor(referrals: Referrals, owner: InviteDialog, request: SipRequest, referTo: NameAddress) {
    this.#referrals = referrals;
    this.#owner = owner;
    this.request = request;
    this.referTo = referTo;
    this.replaces = replacesOf(referTo);
    this.referredBy = request.headers.get("Referred-By");
    this.event = parameterizedEvent(request);
  }

  get expiresAt(): Instant | undefined {
    return this.#expiresAt;
  }

  get answered(): boolean {
    return this.#state !== "received";
  }

  get subscribed(): boolean {
    return this.#state === "active";
  }

  accept(now: Instant): void {
    this.#answer();
    if (declinesSubscription(this.request)) {
      this.#owner.respond(this.request, 200, {
        headers: [
          ["Refer-Sub", "false"],
          ["Contact", this.#owner.dialog.contact],
        ],
      });
      this.#end();
      return;
    }
    this.#owner.respond(this.request, 202, { headers: [["Contact", this.#owner.dialog.contact]] });
    this.#state = "active";
    this.#expiresAt = now + 1000 * REFER_EXPIRES;
    this.#send(now);
  }

  reject(_now: Instant, statusCode: number): void {
    this.#answer();
    this.#owner.respond(this.request, statusCode);
    this.#end();
  }

  notify(now: Instant, statusCode: number, reasonPhrase?: string): void {
    if (this.#state === "received") throw new InvalidStateError("accept the REFER first", { code: "SIP_REFER" });
    if (this.#state === "ended") return;
    this.#status = statusCode;
    this.#fragment = writeStatusFragment(statusCode, reasonPhrase);
    this.#send(now);
  }

  extend(now: Instant, expires: number): void {
    this.#expiresAt = now + 1000 * expires;
    if (expires === 0) this.expire(now);
    else this.#send(now);
  }

  expire(now: Instant): void {
    this.#send(now, "terminated;reason=timeout");
  }

  #send(now: Instant, ended?: string): void {
    if (this.#sending) {
      this.#queued = { ended };
      return;
    }
    const final = ended ?? (this.#status >= 200 ? "terminated;reason=noresource" : undefined);
    const seconds = Math.max(0, Math.ceil(((this.#expiresAt ?? now) - now) / 1000));
    this.#sending = true;
    if (final !== undefined) this.#state = "ended";
    if (final !== undefined) this.#expiresAt = undefined;
    this.#referrals.notify(this, final ?? `active;expires=${seconds}`, this.#fragment, (at, { statusCode }) => {
      this.#sending = false;
      // RFC 6665 §4.2.2: whoever does not take NOTIFYs has no subscription.
      if (final !== undefined || statusCode >= 300) this.#end();
      else if (this.#queued !== undefined) {
        const { ended: queued } = this.#queued;
        this.#queued = undefined;
        this.#send(at, queued);
      }
    });
  }

  #answer(): void {
    if (this.#state !== "received") throw new InvalidStateError("the REFER is answered already", { code: "SIP_REFER" });
  }

  #end(): void {
    this.#state = "ended";
    this.#expiresAt = undefined;
    this.#referrals.settle(this);
  }
}

/** RFC 3515 §2.4.6: `refer;id=` and the REFER's CSeq number. */
function parameterizedEvent(request: SipRequest): string {
  const { value, parameters } = parameterized("refer", { id: request.cseq?.number ?? 0 });
  return `${value}${parameters.toString()}`;
}

/** RFC 4488 §4: `Refer-Sub: false`, perhaps with parameters. */
export function declinesSubscription(message: SipMessage): boolean {
  const text = message.headers.text("Refer-Sub");
  return text !== undefined && sameIgnoringCase(text.split(";", 1)[0]!.trim(), "false");
}

/** RFC 3891 §4: a Replaces header within the URI, escaped. */
export function replacesOf(referTo: NameAddress): DialogReference | undefined {
  if (!isSipUri(referTo.uri)) return undefined;
  const header = referTo.uri.headers.find(([name]) => sameIgnoringCase(unescapeUri(name), "Replaces"));
  if (header === undefined) return undefined;
  const text = unescapeUri(header[1]);
  return /[\r\n]/.test(text) ? undefined : new SipHeaders().append("Replaces", text).get("Replaces");
}

/** Seconds: long enough for a call to be answered or not. */
export const REFER_EXPIRES = 180;
const LONGEST_EXPIRES = 3600;
/** Referrals of the peer's that may be under way at once. */
const MAX_INCOMING = 16;
/** Nothing is ever added to it. */
const NONE: Set<never> = new Set();
