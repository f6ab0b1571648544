// One request outside dialogs on its way to a user: a call, a message, a subscription.
import { type ClientTransaction, Dialog, dialogKeyOfResponse, type Flow, isBehindNat, type RequestEvent } from "@purertc/sip";
import {
  createRequest,
  isSipUri,
  Malformed,
  nameAddress,
  reasonPhraseOf,
  type SipRequest,
  type SipResponse,
  sipMessageLength,
  type Uri,
  writeUri,
} from "@purertc/sip-parser";
import type { Sender } from "./authentication.ts";
import { DialogPair, type Leg } from "./dialog-pair.ts";
import { Fork, type ForkFailure } from "./fork.ts";
import { refuseAnswer } from "./hang-up.ts";
import { lifetimeMs } from "./lifetime.ts";
import type { Target } from "./location.ts";
import { peerOf } from "./log.ts";
import { asksTooMuch, countHop, passCredentials, passOn, passReferTo, responseFrom, sayWho } from "./pass-through.ts";
import type { Switchboard } from "./switchboard.ts";

export class Attempt {
  readonly number: number;
  readonly request: SipRequest;
  readonly sender: Sender;
  readonly #board: Switchboard;
  readonly #event: RequestEvent;
  readonly #fork: Fork;
  /** The tag of responses to the caller, until phones fork into several dialogs. */
  readonly #tag: string;
  /** Dialogs that phones have created, by the phones' names for them. */
  readonly #pairs = new Map<string, DialogPair>();
  /** Requests sent that a NOTIFY may answer before a response does (RFC 6665 §4.1.2.4), by Call-ID. */
  readonly #sent = new Map<string, { readonly request: SipRequest; readonly flow: Flow }>();
  /** Call-IDs of those that went where nothing but a phone's flow leads. */
  readonly #pinned = new Set<string>();
  #answered: DialogPair | undefined;
  /** Dialogs of phones that answered too late. */
  readonly #refused = new Set<string>();
  #cancelled = false;
  #hasPlace = false;
  /** Max-Breadth for each phone. */
  #breadth = 1;
  /** Whom the request is for. */
  #callee: string | undefined;

  constructor(board: Switchboard, event: RequestEvent, sender: Sender) {
    this.#board = board;
    this.#event = event;
    this.request = event.request;
    this.sender = sender;
    this.number = board.nextCall();
    this.#tag = board.token();
    this.#fork = new Fork(board.stack, board.options.ringSeconds, {
      send: (target) => this.#send(target),
      provisional: (response, transaction) => this.#relay(response, this.#pairOf(response, transaction)),
      success: (response, transaction) => this.#succeeded(response, transaction),
      redirected: (response) => this.#redirected(response),
      failed: (failure) => this.#failed(failure),
    });
  }

  /** Looks the user up and rings. Every request gets its final response from here. */
  async start(): Promise<void> {
    const { log, location, outbound, options, dialogs } = this.#board;
    const { uri } = this.request;
    if (uri instanceof Malformed) return this.#refuse(400);
    const found = location.userOf(uri);
    const user = found !== undefined && options.users.has(found) ? found : undefined;
    // Only users of ours get out: a trunk, or whoever writes its address on a packet, does not call at our expense.
    const replaces = this.request.headers.get("Replaces");
    const replaced = replaces && dialogs.replaced(replaces);
    const outside = user !== undefined || replaced !== undefined ? undefined : outbound.target(uri);
    if (outside === "elsewhere") return this.#refuse(404, {}, "Domain Not Served"); // RFC 3261 §21.4.5
    if (user === undefined && outside === undefined && replaced === undefined) return this.#refuse(404);
    if (outside !== undefined && this.sender.user === undefined) return this.#refuse(403, {}, "Trunks May Not Call Out");
    if (DIALOG_FORMING.has(this.request.method) && !this.request.headers.has("Contact")) return this.#refuse(400); // RFC 3261 §8.1.1.8
    if (this.#saysToBeAnotherUser()) return this.#refuse(403, {}, "From Names Another User");
    if (asksTooMuch(this.request)) return this.#refuse(500);
    if (!this.#board.places.take(this.sender.user)) return this.#refuse(503, { "Retry-After": 10 });
    this.#hasPlace = true;
    this.#callee = replaced === undefined ? user : replaced.user;
    this.#board.attempts.set(this.#event.transaction, this);
    log(this.request.method.toLowerCase(), {
      call: this.number,
      from: this.sender.user ?? "trunk",
      to: this.#callee ?? writeUri(outside?.uri ?? uri),
      peer: peerOf(this.#event.flow),
    });
    const only = replaced === undefined ? outside : targetOf(replaced);
    const groups = only === undefined ? await location.targets(uri) : [[await this.#ways(only)]];
    if (this.#cancelled) return;
    // RFC 5393 §5.3: how many phones may ring at once for one request, all servers on its way together. It is what stops loops that fork.
    const widest = Math.max(1, ...groups.map((group) => group.length));
    this.#breadth = Math.floor(maxBreadth(this.request) / widest);
    if (this.#breadth < 1) return this.#refuse(440);
    this.#fork.start(groups);
  }

  /** Those to another domain's servers, which are tried in turn. */
  async #ways(target: Target): Promise<readonly Target[]> {
    const servers = target.heard === undefined ? await this.#board.nextHop.serversOf(target.uri) : [];
    return servers.length === 0 ? [target] : servers.map((server) => ({ ...target, server }));
  }

  /** The caller has hung up before anybody answered (RFC 3261 §9.2). */
  cancel(cancel: SipRequest): void {
    if (this.#cancelled || this.#answered !== undefined) return;
    this.#cancelled = true;
    const reason = cancel.headers.get("Reason");
    this.#fork.cancel(reason === undefined ? undefined : { Reason: reason });
    this.#board.log("cancelled", { call: this.number });
    this.#end(this.#board.response(this.request, 487, { toTag: this.#tag }));
  }

  /** The server is going down. */
  giveUp(): void {
    this.#cancelled = true;
    this.#fork.cancel();
    this.#end(this.#board.response(this.request, 503, { toTag: this.#tag }));
  }

  /** The dialog of a NOTIFY that comes before the response to our SUBSCRIBE or REFER. */
  pairOfNotify(notify: SipRequest): DialogPair | undefined {
    const sent = this.#sent.get(notify.callId ?? "");
    const contact = sent?.request.headers.get("Contact");
    if (sent === undefined || sent.request.fromTag !== notify.toTag || contact === undefined || contact === "*") return undefined;
    const callee = Dialog.fromNotify(sent.request, notify, { contact });
    return callee === undefined ? undefined : this.#pairWith(callee, sent.flow, undefined);
  }

  /** For the table of dialogs: one of ours is over. */
  dialogEnded(): void {
    if (!this.#board.attempts.has(this.#event.transaction)) this.#leave();
  }

  async #send(target: Target): Promise<{ readonly request: SipRequest; readonly flow: Flow }> {
    const { nextHop, options, dialogs, location } = this.#board;
    const { from, to } = this.request;
    if (from === undefined || to === undefined) throw new Error("validated before");
    const outgoing = createRequest({
      method: this.request.method,
      uri: target.uri,
      headers: {
        From: nameAddress(from.uri, { tag: this.#board.token() }, from.displayName),
        To: nameAddress(to.uri, undefined, to.displayName),
        "Call-ID": this.#board.token(), // one for each phone: they are calls of their own, not forks of one (§8.2.2.2)
        CSeq: 1,
        Route: target.path,
      },
    });
    passOn(this.request, outgoing);
    passCredentials(this.request, outgoing, options.domain);
    countHop(this.request, outgoing);
    passReferTo(outgoing, location);
    outgoing.headers.set("Max-Breadth", this.#breadth);
    sayWho(outgoing, { trunk: this.sender.user === undefined, identity: this.#identity() }, target.trunk);
    const replaces = this.request.headers.get("Replaces");
    const replaced = replaces && dialogs.replaced(replaces)?.dialog.id;
    if (replaces !== undefined && replaced === undefined) outgoing.headers.copyFrom(this.request.headers, "Replaces");
    if (replaces !== undefined && replaced !== undefined) {
      const parameters = replaces.parameters.with("to-tag", replaced.remoteTag).with("from-tag", replaced.localTag);
      outgoing.headers.append("Replaces", { callId: replaced.callId, parameters });
    }
    const hop = outgoing.headers.get("Route")?.uri ?? target.uri;
    const length = sipMessageLength(outgoing);
    const flow = await (target.server === undefined
      ? nextHop.flowTo(hop, target.heard, length)
      : nextHop.flowToServer(target.server, length));
    if (target.heard?.pinned === true && target.heard.flow === flow) this.#pinned.add(outgoing.callId ?? "");
    if (this.request.headers.has("Contact")) outgoing.headers.set("Contact", nextHop.contactFor(flow, userOf(outgoing.from?.uri)));
    if (NOTIFYING.has(outgoing.method)) this.#sent.set(outgoing.callId ?? "", { request: outgoing, flow });
    return { request: outgoing, flow };
  }

  #succeeded(response: SipResponse, transaction: ClientTransaction): void {
    const isInvite = this.request.method === "INVITE";
    const key = dialogKeyOfResponse(response) ?? "";
    if (isInvite && (this.#cancelled || (this.#answered !== undefined && this.#answered.callee.dialog.key !== key))) {
      refuseAnswer(this.#board, response, transaction, { isFirst: !this.#refused.has(key), pinned: this.#isPinned(response.callId) });
      this.#refused.add(key);
      return;
    }
    const pair = this.#pairOf(response, transaction);
    if (isInvite && pair === undefined) return; // a 2xx without the headers that a dialog needs
    if (isInvite && this.#answered === undefined) this.#board.log("answered", { call: this.number });
    if (pair !== undefined) {
      this.#answered = pair;
      if (!pair.ended) {
        pair.callee.dialog.confirm(response);
        pair.caller.dialog.confirm();
      }
      pair.deadline = this.#board.stack.now() + lifetimeMs(this.#board.options, this.request, response);
    }
    this.#relay(response, pair);
    this.#finish();
  }

  /** A phone sends the caller elsewhere: to another user of ours we go by ourselves; any other place is for the caller to try. */
  async #redirected(response: SipResponse): Promise<readonly Target[]> {
    const { location } = this.#board;
    const found: Target[] = [];
    for (const contact of response.headers.all("Contact")) {
      if (contact === "*" || !location.isHere(contact.uri)) return [];
      found.push(...(await location.targets(contact.uri)).flat(2));
    }
    return found;
  }

  #failed({ statusCode, reasonPhrase, response }: ForkFailure): void {
    if (this.#cancelled) return;
    this.#board.log("failed", { call: this.number, status: statusCode });
    this.#end(
      response === undefined
        ? this.#board.response(this.request, statusCode, { reasonPhrase, toTag: this.#tag })
        : responseFrom(this.request, response, this.#tag, this.#contact()),
    );
  }

  #relay(response: SipResponse, pair: DialogPair | undefined): void {
    const tag = pair?.caller.dialog.localTag ?? this.#tag;
    this.#board.stack.respond(this.#event.transaction, responseFrom(this.request, response, tag, this.#contact()));
  }

  /** The dialog of a response, made when it is the first of it; undefined when it creates none. */
  #pairOf(response: SipResponse, transaction: ClientTransaction): DialogPair | undefined {
    const known = this.#pairs.get(dialogKeyOfResponse(response) ?? "");
    const contact = transaction.request.headers.get("Contact");
    if (known !== undefined || !DIALOG_FORMING.has(this.request.method) || contact === undefined || contact === "*") return known;
    const callee = Dialog.fromResponse(transaction.request, response, { contact, overTls: transaction.flow.secure });
    return callee === undefined ? undefined : this.#pairWith(callee, transaction.flow, transaction.request);
  }

  #pairWith(callee: Dialog, flow: Flow, sent: SipRequest | undefined): DialogPair | undefined {
    const tag = this.#pairs.size === 0 ? this.#tag : this.#board.token();
    const caller = Dialog.fromRequest(this.request, tag, { contact: this.#contact(), overTls: this.#event.flow.secure });
    if (caller === undefined) return undefined;
    const { method, cseq } = this.request;
    const invite = method !== "INVITE" || sent === undefined ? undefined : { request: sent, standsFor: cseq?.number ?? 0 };
    const pair = new DialogPair(
      this,
      { dialog: caller, user: this.sender.user, flow: this.#event.flow, pinned: isBehindNat(this.request), invite: undefined },
      { dialog: callee, user: this.#callee, flow, pinned: this.#isPinned(callee.id.callId), invite },
      this.#board.stack.now() + this.#board.options.maxCallSeconds * 1000,
    );
    this.#pairs.set(callee.key, pair);
    this.#board.dialogs.add(pair);
    return pair;
  }

  #isPinned(callId: string | undefined): boolean {
    return this.#pinned.has(callId ?? "");
  }

  #refuse(statusCode: number, headers: Readonly<Record<string, unknown>> = {}, reasonPhrase = reasonPhraseOf(statusCode)): void {
    this.#board.log("refused", { from: this.sender.user ?? "trunk", method: this.request.method, status: statusCode });
    this.#end(this.#board.response(this.request, statusCode, { headers, reasonPhrase, toTag: this.#tag }));
  }

  #end(response: SipResponse): void {
    this.#board.stack.respond(this.#event.transaction, response);
    this.#finish();
  }

  /** It has its final response: dialogs that did not get a 2xx are over. */
  #finish(): void {
    this.#board.attempts.delete(this.#event.transaction);
    for (const pair of this.#pairs.values()) if (pair !== this.#answered && !pair.ended) this.#board.dialogs.remove(pair);
    this.#leave();
  }

  /** Its place is free when it is answered for, and what came of it is over. */
  #leave(): void {
    if (!this.#hasPlace || this.#answered?.ended === false) return;
    this.#hasPlace = false;
    this.#board.places.release(this.sender.user);
  }

  #contact(): ReturnType<Switchboard["nextHop"]["contactFor"]> {
    const { uri } = this.request;
    return this.#board.nextHop.contactFor(this.#event.flow, uri instanceof Malformed ? undefined : userOf(uri));
  }

  #identity(): ReturnType<typeof nameAddress> | undefined {
    const { user } = this.sender;
    return user === undefined ? undefined : nameAddress(`sip:${encodeURIComponent(user)}@${this.#board.options.domain}`);
  }

  /** Phones show From: nobody puts another user's name there. What is no user's, such as "anonymous", is for the caller to choose. */
  #saysToBeAnotherUser(): boolean {
    const { options, location } = this.#board;
    const named = this.request.from === undefined ? undefined : location.userOf(this.request.from.uri);
    return this.sender.user !== undefined && named !== undefined && named !== this.sender.user && options.users.has(named);
  }
}

/** RFC 3891 §3: of all phones of a user, it is for the one that has the dialog to be replaced. */
function targetOf(leg: Leg): Target {
  return { uri: leg.dialog.remoteTarget, path: leg.dialog.routeSet, heard: leg, trunk: false };
}

/** RFC 5393 §5.3.3: 60 when it is not stated. */
function maxBreadth(request: SipRequest): number {
  const stated = request.headers.text("Max-Breadth");
  return stated !== undefined && /^[0-9]{1,5}$/.test(stated) ? Math.min(Number(stated), 60) : 60;
}

function userOf(uri: Uri | undefined): string | undefined {
  return uri !== undefined && isSipUri(uri) ? uri.user : undefined;
}

const DIALOG_FORMING: ReadonlySet<string> = new Set(["INVITE", "SUBSCRIBE", "REFER"]);
const NOTIFYING: ReadonlySet<string> = new Set(["SUBSCRIBE", "REFER"]);
