/**
 * One INVITE of the peer's, initial or within the dialog, until it is acknowledged: reliable provisional responses (RFC 3262 §3), the final response,
 * and its retransmission (RFC 3261 §13.3.1).
 */
import { type Instant, type RandomSource, randomBelow } from "@purertc/core";
import type { RAck, SipRequest, SipResponse } from "@purertc/sip-parser";
import { Retransmission } from "./retransmission.ts";

/** What an INVITE server needs of its session. */
export interface InviteServerOptions {
  readonly random: RandomSource;
  readonly t1: number;
  readonly t2: number;
  /** Sends a response on the INVITE's server transaction. */
  readonly respond: (request: SipRequest, response: SipResponse) => void;
}

/** `"pending"`: no final response; `"accepted"`: a 2xx, no ACK yet. */
export type InviteServerState = "pending" | "accepted" | "acknowledged" | "refused";

/** A reliable provisional response that was sent, or waits for the one before it to be acknowledged. */
interface Provisional {
  readonly response: SipResponse;
  readonly number: number;
  readonly described: boolean;
  retransmission: Retransmission | undefined;
}

export class InviteServer {
  readonly request: SipRequest;
  readonly #options: InviteServerOptions;
  #state: InviteServerState = "pending";
  /** In order; the first is on the wire. Those that a final response overtook stay, for their PRACKs. */
  #unacknowledged: Provisional[] = [];
  #responseNumber: number;
  #accepted: { readonly response: SipResponse; readonly retransmission: Retransmission } | undefined;

  constructor(request: SipRequest, options: InviteServerOptions) {
    this.request = request;
    this.#options = options;
    // RFC 3262 §3: "chosen uniformly between 1 and 2**31 - 1".
    this.#responseNumber = randomBelow(options.random, 0x7fff_ffff);
  }

  get state(): InviteServerState {
    return this.#state;
  }

  /** RFC 3262 §3: no 2xx while a reliable response with a description has no PRACK. */
  get waitsForPrack(): boolean {
    return this.#unacknowledged.some((each) => each.described);
  }

  /** A provisional response that need not arrive. */
  sendProvisional(response: SipResponse): void {
    this.#options.respond(this.request, response);
  }

  /** One that must: numbered here. Sent when those before it are acknowledged. */
  sendReliable(now: Instant, response: SipResponse, described: boolean): void {
    this.#responseNumber += 1;
    response.headers.set("RSeq", this.#responseNumber);
    this.#unacknowledged.push({ response, number: this.#responseNumber, described, retransmission: undefined });
    this.#sendFirst(now);
  }

  /** The response that a PRACK acknowledges, if there is one (RFC 3262 §3): the one on the wire. */
  match(rack: RAck | undefined): SipResponse | undefined {
    const first = this.#unacknowledged[0];
    const cseq = this.request.cseq;
    if (first === undefined || rack === undefined || cseq === undefined) return undefined;
    const same = rack.responseNumber === first.number && rack.cseqNumber === cseq.number && rack.method === cseq.method;
    return same ? first.response : undefined;
  }

  /** Its PRACK came: see {@link match}. */
  acknowledgeProvisional(now: Instant): void {
    this.#unacknowledged.shift();
    if (this.#state === "pending") this.#sendFirst(now);
  }

  /** A 2xx, to be sent until its ACK comes (RFC 3261 §13.3.1.4). Provisional responses are not sent again any more. */
  accept(now: Instant, response: SipResponse): void {
    this.#state = "accepted";
    this.#accepted = { response, retransmission: new Retransmission(now, this.#options.t1, this.#options.t2) };
    this.#options.respond(this.request, response);
  }

  /** A final response above 299; the transaction layer sees to its arrival. */
  refuse(response: SipResponse): void {
    this.#state = "refused";
    this.#unacknowledged = [];
    this.#options.respond(this.request, response);
  }

  /** The ACK for the 2xx came. False when it did so before, or there is nothing to acknowledge. */
  acknowledge(): boolean {
    if (this.#state !== "accepted") return false;
    this.#state = "acknowledged";
    this.#accepted = undefined;
    return true;
  }

  /** Waiting for the ACK is of no use any more. */
  abandon(): void {
    if (this.#state === "accepted") this.acknowledge();
    this.#unacknowledged = [];
  }

  /** When to call {@link handleTimeout}. */
  get at(): Instant | undefined {
    return this.#accepted?.retransmission.at ?? (this.#state === "pending" ? this.#unacknowledged[0]?.retransmission?.at : undefined);
  }

  /** Sends again what is due; says which acknowledgement has not come for 64*T1. */
  handleTimeout(now: Instant): "no-ack" | "no-prack" | undefined {
    if (this.#accepted !== undefined) {
      const due = this.#accepted.retransmission.due(now);
      if (due === "send") this.#options.respond(this.request, this.#accepted.response);
      return due === "give-up" ? "no-ack" : undefined;
    }
    const first = this.#unacknowledged[0];
    if (this.#state !== "pending" || first === undefined) return undefined;
    const due = first.retransmission?.due(now);
    if (due === "send") this.#options.respond(this.request, first.response);
    return due === "give-up" ? "no-prack" : undefined;
  }

  #sendFirst(now: Instant): void {
    const first = this.#unacknowledged[0];
    if (first === undefined || first.retransmission !== undefined) return;
    first.retransmission = new Retransmission(now, this.#options.t1);
    this.#options.respond(this.request, first.response);
  }
}
