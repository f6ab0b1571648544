/** Re-INVITEs and UPDATEs of ours, one after the other: while an offer has no answer there can be no second one (RFC 3264 §4). */
import { InvalidStateError } from "@purertc/core";
import type { SipResponse } from "@purertc/sip-parser";
import type { RequestId } from "../session/usage.ts";
import { Deferred } from "./deferred.ts";
import type { SipCall } from "./sip-call.ts";
import { SipError } from "./sip-error.ts";

interface Modification {
  readonly send: (now: number) => RequestId;
  readonly offer: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly done: Deferred<string | undefined>;
  tries: number;
  /** Something of the peer's stands in its way. */
  blocked: boolean;
  /** Takes the offer back. */
  undo?: () => void;
}

export class CallModifications {
  readonly #call: SipCall;
  readonly #waiting: Modification[] = [];

  constructor(call: SipCall) {
    this.#call = call;
  }

  /**
   * Sends it once those before are done. Resolves with the peer's description; rejects with {@link SipError}, with what the session's machine throws, or with
   * the signal's reason.
   */
  begin(send: (now: number) => RequestId, offer: string | undefined, signal?: AbortSignal): Promise<string | undefined> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#call.state === "ended") {
      return Promise.reject(new SipError({ code: "ENDED", statusCode: 481, message: "the call has ended" }));
    }
    const modification: Modification = { send, offer, signal, done: new Deferred(), tries: 0, blocked: false };
    this.#waiting.push(modification);
    if (signal !== undefined) this.#watch(modification, signal);
    if (this.#waiting.length === 1) this.#send(modification);
    return modification.done.promise;
  }

  /** What stood in the way may be gone. */
  resume(): void {
    const [current] = this.#waiting;
    if (current?.blocked === true) this.#send(current);
  }

  succeeded(remoteDescription: string | undefined): void {
    this.#next()?.done.resolve(remoteDescription);
    this.#sendNext();
  }

  failed(statusCode: number, response: SipResponse | undefined): void {
    const [current] = this.#waiting;
    // §14.1: after a glare, what the peer changed first is done; ours is still wanted.
    const again = statusCode === 491 && response === undefined && current?.signal?.aborted !== true;
    if (current !== undefined && again && current.tries < MAX_TRIES) {
      current.undo?.();
      this.#send(current);
      return;
    }
    const modification = this.#next();
    modification?.undo?.();
    modification?.done.reject(
      modification.signal?.aborted === true
        ? modification.signal.reason
        : new SipError({ code: response === undefined ? "TIMEOUT" : "REJECTED", statusCode, response }),
    );
    this.#sendNext();
  }

  /** Whether there are any. */
  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** The call is over. */
  abandon(error: SipError): void {
    for (const { done } of this.#waiting.splice(0)) done.reject(error);
  }

  /** One that was not sent yet is not sent any more; a re-INVITE under way is cancelled; an UPDATE goes on. */
  #watch(modification: Modification, signal: AbortSignal): void {
    const aborted = (): void => {
      const at = this.#waiting.indexOf(modification);
      if (at === 0 && !modification.blocked) this.#call.act((now) => this.#call.session.cancelReinvite(now));
      else if (at >= 0) {
        this.#waiting.splice(at, 1);
        modification.done.reject(signal.reason);
        if (at === 0) this.#sendNext();
      }
    };
    signal.addEventListener("abort", aborted, { once: true });
    const over = (): void => signal.removeEventListener("abort", aborted);
    modification.done.promise.then(over, over);
  }

  #isTransient(error: InvalidStateError): boolean {
    return error.code === "SIP_OFFER_ANSWER" || (error.code === "SIP_NOT_CONFIRMED" && this.#call.state === "accepted");
  }

  #next(): Modification | undefined {
    return this.#waiting.shift();
  }

  #sendNext(): void {
    const [next] = this.#waiting;
    if (next !== undefined) this.#send(next);
  }

  #send(modification: Modification): void {
    modification.tries += 1;
    modification.blocked = false;
    try {
      modification.undo = this.#call.offered(modification.offer);
      this.#call.act(modification.send);
    } catch (error) {
      modification.undo?.();
      // RFC 3261 §14.1: not while the peer's INVITE is under way, nor before the call's ACK has come. It is made when that is over.
      modification.blocked = error instanceof InvalidStateError && this.#isTransient(error);
      if (modification.blocked) return;
      this.#waiting.shift();
      modification.done.reject(error);
      this.#sendNext();
    }
  }
}

const MAX_TRIES = 3;
