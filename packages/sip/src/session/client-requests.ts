/**
 * The requests of a usage that wait for their final response: ids, credentials for 401 and 407 (RFC 3261 §22.2, §22.3), and who is told what became of
 * them.
 */
import type { Instant } from "@purertc/core";
import type { SipRequest, SipResponse, Uri } from "@purertc/sip-parser";
import type { RequestFailure, RequestId, UsageOutput } from "./usage.ts";

/** The end of a request: its final response, or that there will be none (RFC 3261 §8.1.3.1: as 408, or 503). */
export interface Outcome {
  readonly response?: SipResponse;
  /** The response's status code, or the one that stands for its lack. */
  readonly statusCode: number;
  readonly failure?: RequestFailure;
}

/** Who is told. */
export interface RequestOwner {
  /** A provisional response. */
  provisional?(now: Instant, response: SipResponse): void;
  /** Once; for an INVITE each 2xx of each fork and each of their retransmissions. */
  final(now: Instant, outcome: Outcome): void;
  /** The request goes out again, with credentials and another CSeq number. */
  renewed?(request: SipRequest): void;
}

export interface ClientRequestsOptions {
  readonly output: (output: UsageOutput) => void;
  readonly authorize?: ((request: SipRequest, response: SipResponse) => SipRequest | undefined) | undefined;
}

/** Who numbers requests: a dialog, or the INVITE that will make one. */
export interface Numbering {
  /** The next CSeq number. */
  nextSequence(): number;
}

interface Waiting {
  /** The id by which the caller knows it: that of its first transmission. */
  readonly firstId: RequestId;
  readonly request: SipRequest;
  readonly nextHop: Uri;
  readonly numbering: Numbering;
  readonly owner: RequestOwner;
  readonly attempts: number;
  /** INVITE: a 2xx came, and others may follow. */
  accepted: boolean;
}

export class ClientRequests {
  readonly #options: ClientRequestsOptions;
  readonly #waiting = new Map<RequestId, Waiting>();
  #lastId = 0;

  constructor(options: ClientRequestsOptions) {
    this.#options = options;
  }

  /** How many still wait for a final response. */
  get pending(): number {
    let count = 0;
    for (const each of this.#waiting.values()) if (!each.accepted) count += 1;
    return count;
  }

  /** Sends one in a new transaction. */
  send(request: SipRequest, nextHop: Uri, numbering: Numbering, owner: RequestOwner): RequestId {
    return this.#transmit({ request, nextHop, numbering, owner, attempts: 0, accepted: false });
  }

  /** Cancels one that has no final response (§9.1). */
  cancel(request: SipRequest, headers: readonly (readonly [string, string])[]): void {
    for (const [id, each] of this.#waiting) {
      if (each.request === request && !each.accepted) this.#options.output({ type: "cancel", id, headers });
    }
  }

  handleResponse(now: Instant, id: RequestId, response: SipResponse): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    const { request, owner } = waiting;
    const { statusCode } = response;
    if (statusCode < 200) {
      if (!waiting.accepted) owner.provisional?.(now, response);
      return;
    }
    if (request.method === "INVITE" && statusCode < 300) waiting.accepted = true;
    else {
      // RFC 6026 §7.2: nothing but a 2xx counts once there was one.
      if (waiting.accepted) return;
      this.#waiting.delete(id);
    }
    if ((statusCode === 401 || statusCode === 407) && this.#retryWithCredentials(waiting, response)) return;
    owner.final(now, { response, statusCode });
  }

  handleFailure(now: Instant, id: RequestId, failure: RequestFailure): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || waiting.accepted) return;
    this.#waiting.delete(id);
    waiting.owner.final(now, { failure, statusCode: failure === "timeout" ? 408 : 503 });
  }

  /** Forgets all: no owner is told any more. */
  clear(): void {
    this.#waiting.clear();
  }

  #retryWithCredentials(waiting: Waiting, response: SipResponse): boolean {
    if (waiting.attempts >= MAX_ATTEMPTS) return false;
    const authorized = this.#options.authorize?.(waiting.request, response);
    if (authorized === undefined) return false;
    const request = authorized.copy();
    request.headers.remove("Via");
    request.headers.set("CSeq", { number: waiting.numbering.nextSequence(), method: request.method });
    waiting.owner.renewed?.(request);
    this.#transmit({ ...waiting, request, attempts: waiting.attempts + 1 }, waiting.firstId);
    return true;
  }

  #transmit(waiting: Omit<Waiting, "firstId">, firstId?: RequestId): RequestId {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#waiting.set(id, { ...waiting, firstId: firstId ?? id });
    this.#options.output({ type: "request", id, request: waiting.request, nextHop: waiting.nextHop });
    return firstId ?? id;
  }
}

/** Credentials that are refused again and again are wrong: a server that always says "stale" must not keep us busy. */
const MAX_ATTEMPTS = 5;
