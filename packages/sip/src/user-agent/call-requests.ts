/** Requests within a call that do not change its session: INFO, MESSAGE and others, each with the promise of its response. */
import type { SipResponse } from "@purertc/sip-parser";
import type { RequestId } from "../session/usage.ts";
import { unlessAborted } from "./abort.ts";
import { Deferred } from "./deferred.ts";
import type { SipCall } from "./sip-call.ts";
import { rejectedWith, SipError } from "./sip-error.ts";

export class CallRequests {
  readonly #call: SipCall;
  #pending: Map<RequestId, Deferred<SipResponse>> | undefined;

  constructor(call: SipCall) {
    this.#call = call;
  }

  /** Whether any has no final response yet. */
  get waiting(): boolean {
    return this.#pending !== undefined && this.#pending.size > 0;
  }

  /** Sends one. Resolves with its final response, whatever that is; rejects with {@link SipError} when there is none, or with the signal's reason. */
  send(send: (now: number) => RequestId, signal: AbortSignal | undefined): Promise<SipResponse> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#call.state === "ended")
      return Promise.reject(new SipError({ code: "ENDED", statusCode: 481, message: "the call has ended" }));
    const deferred = new Deferred<SipResponse>();
    this.#pending ??= new Map();
    const pending = this.#pending;
    this.#call.act((now) => pending.set(send(now), deferred));
    return unlessAborted(deferred.promise, signal, () => {}); // it cannot be taken back: its response will interest nobody
  }

  /** As {@link send}, but rejects with a final response above 299 as well. */
  async sendWell(send: (now: number) => RequestId, signal: AbortSignal | undefined): Promise<SipResponse> {
    const response = await this.send(send, signal);
    if (response.statusCode >= 300) throw rejectedWith(response);
    return response;
  }

  answered(id: RequestId, response: SipResponse): void {
    if (response.statusCode >= 200) this.#take(id)?.resolve(response);
  }

  failed(id: RequestId, error: SipError): void {
    this.#take(id)?.reject(error);
  }

  /** The call is over. */
  abandon(error: SipError): void {
    for (const deferred of this.#pending?.values() ?? []) deferred.reject(error);
    this.#pending = undefined;
  }

  #take(id: RequestId): Deferred<SipResponse> | undefined {
    const deferred = this.#pending?.get(id);
    this.#pending?.delete(id);
    return deferred;
  }
}
