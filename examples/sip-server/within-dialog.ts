// Requests within dialogs: what comes from one side goes to the other, of whatever method.
import {
  type AckEvent,
  type ClientTransaction,
  defaultPort,
  type Flow,
  isBehindNat,
  type RequestEvent,
  type ServerTransaction,
} from "@purertc/sip";
import { isSipUri, type SipRequest, type SipResponse, sipMessageLength } from "@purertc/sip-parser";
import type { DialogPair, Leg } from "./dialog-pair.ts";
import { lifetimeMs } from "./lifetime.ts";
import { countHop, passCredentials, passOn, passReferTo, responseFrom } from "./pass-through.ts";
import type { Switchboard } from "./switchboard.ts";

export class WithinDialog {
  readonly #board: Switchboard;
  /** INVITEs on their way, which may be cancelled. */
  readonly #invites = new Map<ServerTransaction, { transaction: ClientTransaction | undefined; cancelled: boolean }>();

  constructor(board: Switchboard) {
    this.#board = board;
  }

  /** Passes a request on, and its responses back. */
  async relay(event: RequestEvent): Promise<void> {
    const { stack, nextHop } = this.#board;
    const { request, transaction } = event;
    const found = this.#board.dialogs.find(request) ?? this.#foundByNotify(request);
    const refusal = this.#refusal(found?.leg, event);
    if (found === undefined || refusal !== undefined) {
      stack.respond(transaction, refusal ?? this.#board.response(request, 481));
      return;
    }
    const { pair, leg } = found;
    this.#heardFrom(pair, leg, event);
    const other = pair.other(leg);
    const outgoing = this.#outgoing(request, other);
    const invite = request.method === "INVITE" ? { transaction: undefined as ClientTransaction | undefined, cancelled: false } : undefined;
    if (invite !== undefined) {
      other.invite = { request: outgoing, standsFor: request.cseq?.number ?? 0 };
      this.#invites.set(transaction, invite);
    }
    try {
      const flow = await nextHop.flowTo(other.dialog.nextHop, other, sipMessageLength(outgoing));
      const sent = stack.request(outgoing, flow, {
        response: (response) => this.#responded(event, pair, leg, outgoing, response),
        failed: (cause) => this.#unanswered(event, pair, leg, cause === "timeout" ? 408 : 480),
      });
      other.flow = flow;
      if (invite !== undefined) invite.transaction = sent;
      if (invite?.cancelled === true) stack.cancel(sent);
    } catch {
      this.#unanswered(event, pair, leg, 480);
    }
  }

  /** The ACK to a 2xx, perhaps with the answer to an offer in that 2xx. */
  async acknowledge({ request, flow }: AckEvent): Promise<void> {
    const found = this.#board.dialogs.find(request);
    if (found === undefined) return; // of a call that is over, or of nothing
    const { pair, leg } = found;
    if (isKnown(leg, flow)) leg.flow = flow; // otherwise the next request will have to prove itself
    const other = pair.other(leg);
    if (other.invite === undefined || other.invite.standsFor !== request.cseq?.number) return;
    const ack = other.dialog.createAck(other.invite.request);
    passOn(request, ack);
    countHop(request, ack);
    try {
      this.#board.stack.send(ack, await this.#board.nextHop.flowTo(other.dialog.nextHop, other, sipMessageLength(ack)));
    } catch {
      // Its 2xx will come again, and after that its BYE.
    }
  }

  /** Cancels a re-INVITE; false when the transaction is none of ours. */
  cancel(transaction: ServerTransaction): boolean {
    const invite = this.#invites.get(transaction);
    if (invite === undefined) return false;
    invite.cancelled = true;
    if (invite.transaction !== undefined) this.#board.stack.cancel(invite.transaction);
    return true;
  }

  #outgoing(request: SipRequest, other: Leg): SipRequest {
    const outgoing = other.dialog.createRequest(request.method);
    passOn(request, outgoing);
    passCredentials(request, outgoing, this.#board.options.domain);
    countHop(request, outgoing);
    passReferTo(outgoing, this.#board.location);
    const rack = request.headers.get("RAck");
    // RFC 3262 §7.2: it names the INVITE by its number, which is another one on the other side.
    const number = rack !== undefined && rack.cseqNumber === other.invite?.standsFor ? other.invite.request.cseq?.number : undefined;
    if (rack !== undefined) outgoing.headers.set("RAck", { ...rack, cseqNumber: number ?? rack.cseqNumber });
    return outgoing;
  }

  #responded(event: RequestEvent, pair: DialogPair, leg: Leg, outgoing: SipRequest, response: SipResponse): void {
    const { stack, dialogs, log, options } = this.#board;
    const { request, transaction } = event;
    const { statusCode } = response;
    if (statusCode === 100) return;
    if (statusCode >= 200 && statusCode < 300) {
      leg.dialog.refreshTarget(request);
      pair.other(leg).dialog.refreshTarget(response);
      if (REFRESHING.has(request.method)) pair.deadline = stack.now() + lifetimeMs(options, request, response);
    }
    stack.respond(transaction, responseFrom(request, response, leg.dialog.localTag, leg.dialog.contact));
    if (statusCode < 200) return;
    this.#invites.delete(transaction);
    if (outgoing.method === "BYE" && !pair.ended) {
      log("ended", { call: pair.attempt.number, by: leg === pair.caller ? "caller" : "callee" });
      dialogs.remove(pair);
    }
    // A dialog that only a subscription made ends with it.
    const state = request.headers.get("Subscription-State")?.value.toLowerCase();
    if (state === "terminated" && pair.attempt.request.method !== "INVITE" && !pair.ended) dialogs.remove(pair);
  }

  /** Nobody is there any more, or nobody answers: a BYE has done its work all the same. */
  #unanswered({ request, transaction }: RequestEvent, pair: DialogPair, leg: Leg, statusCode: number): void {
    const { stack, dialogs, log } = this.#board;
    this.#invites.delete(transaction);
    stack.respond(transaction, this.#board.response(request, request.method === "BYE" ? 200 : statusCode));
    if (request.method !== "BYE" || pair.ended) return;
    log("ended", { call: pair.attempt.number, by: leg === pair.caller ? "caller" : "callee", other: "gone" });
    dialogs.remove(pair);
  }

  /** What is owed to a request that is not passed on. */
  #refusal(leg: Leg | undefined, event: RequestEvent): SipResponse | undefined {
    const { request } = event;
    if (leg === undefined) return this.#board.response(request, 481);
    if (request.maxForwards === 0) return this.#board.response(request, 483);
    // Who it is comes before its CSeq is remembered: a stranger must not use up the numbers of the user.
    const challenge = this.#challengeFromElsewhere(leg, event);
    if (challenge !== undefined) return challenge;
    const verdict = leg.dialog.receiveRequest(request);
    return verdict === "ok" ? undefined : this.#board.response(request, verdict.statusCode);
  }

  /** Whoever speaks from elsewhere than before has to prove to be the same user: knowing the names of a dialog is not enough. */
  #challengeFromElsewhere(leg: Leg, { request, flow }: RequestEvent): SipResponse | undefined {
    if (isKnown(leg, flow) || this.#board.authentication.isTrunk(flow)) return undefined;
    // Who is of another domain has no password here, and proxies open connections of their own: the address has to do.
    if (leg.user === undefined) return leg.flow.remote.ip === flow.remote.ip ? undefined : this.#board.response(request, 403);
    const sender = this.#board.authentication.senderOf(request, flow);
    if ("kind" in sender) return sender;
    return sender.user === leg.user ? undefined : this.#board.response(request, 403);
  }

  /** A side is where it was last heard; one that is back lives on. */
  #heardFrom(pair: DialogPair, leg: Leg, { flow, request }: RequestEvent): void {
    if (leg.flow !== flow && !leg.flow.open) pair.deadline = this.#board.stack.now() + this.#board.options.maxCallSeconds * 1000;
    leg.flow = flow;
    leg.pinned = isBehindNat(request);
  }

  #foundByNotify(request: SipRequest): { readonly pair: DialogPair; readonly leg: Leg } | undefined {
    if (request.method !== "NOTIFY") return undefined;
    for (const attempt of this.#board.attempts.values()) {
      const pair = attempt.pairOfNotify(request);
      if (pair !== undefined) return { pair, leg: pair.callee };
    }
    return undefined;
  }
}

/**
 * Whether a side speaks from where it is known to be: where it was last heard, or where its Contact says. While that connection is open there is no reason to use
 * another one; when it has broken, the same address will do, since clients do not choose their ports.
 */
function isKnown(leg: Leg, { transport, remote }: Flow): boolean {
  const before = leg.flow;
  if (remote.ip === before.remote.ip && (!before.open || (remote.port === before.remote.port && transport === before.transport)))
    return true;
  const contact = leg.dialog.remoteTarget;
  return (
    isSipUri(contact) && contact.host.replace(/^\[|\]$/g, "") === remote.ip && (contact.port ?? defaultPort(transport)) === remote.port
  );
}

const REFRESHING: ReadonlySet<string> = new Set(["INVITE", "UPDATE", "SUBSCRIBE"]);
