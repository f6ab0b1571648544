/** Re-INVITEs and UPDATEs of ours, one after the other: while an offer has no answer there can be no second one (RFC 3264 §4). */
import type { SipResponse } from "@purertc/sip-parser";
import type { RequestId } from "../session/usage.ts";
import { Deferred } from "./deferred.ts";
import type { SipCall } from "./sip-call.ts";
import { SipError } from "./sip-error.ts";

interface Modification {
  readonly send: (now: number) => RequestId;
  readonly offer: string | undefined;
  readonly done: Deferred<string | undefined>;
  tries: number;
  /** Takes the offer back. */
  undo?: () => void;
}

export class CallModifications {
  readonly #call: SipCall;
  readonly #waiting: Modification[] = [];

  constructor(call: SipCall) {
    this.#call = call;
  }

  /** Sends it once those before are done. Resolves with the peer's description; rejects with {@link SipError}, and what the session's machine throws. */
  begin(send: (now: number) => RequestId, offer: string | undefined): Promise<string | undefined> {
    if (this.#call.state === "ended") {
      return Promise.reject(new SipError({ code: "ENDED", statusCode: 481, message: "the call has ended" }));
    }
    const modification: Modification = { send, offer, done: new Deferred(), tries: 0 };
    this.#waiting.push(modification);
    if (this.#waiting.length === 1) this.#send(modification);
    return modification.done.promise;
  }

  succeeded(remoteDescription: string | undefined): void {
    this.#next()?.done.resolve(remoteDescription);
    this.#sendNext();
  }

  failed(statusCode: number, response: SipResponse | undefined): void {
    const [current] = this.#waiting;
    // §14.1: after a glare, what the peer changed first is done; ours is still wanted.
    if (current !== undefined && statusCode === 491 && response === undefined && current.tries < MAX_TRIES) {
      current.undo?.();
      this.#send(current);
      return;
    }
    const modification = this.#next();
    modification?.undo?.();
    modification?.done.reject(new SipError({ code: response === undefined ? "TIMEOUT" : "REJECTED", statusCode, response }));
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

  #next(): Modification | undefined {
    return this.#waiting.shift();
  }

  #sendNext(): void {
    const [next] = this.#waiting;
    if (next !== undefined) this.#send(next);
  }

  #send(modification: Modification): void {
    modification.tries += 1;
    try {
      modification.undo = this.#call.offered(modification.offer);
      this.#call.act(modification.send);
    } catch (error) {
      modification.undo?.();
      this.#waiting.shift();
      modification.done.reject(error);
      this.#sendNext();
    }
  }
}

const MAX_TRIES = 3;
