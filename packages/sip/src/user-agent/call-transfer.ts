/** A REFER of ours within a call, and what becomes of it (RFC 3515 §2.4). */
import { escapeUriValue, type NameAddress, nameAddress, type Uri, writeUri } from "@purertc/sip-parser";
import type { OutgoingRefer } from "../session/refer.ts";
import { replacesHeader } from "../session/replaces.ts";
import { Deferred } from "./deferred.ts";
import type { SipCall } from "./sip-call.ts";
import { SipError } from "./sip-error.ts";

/** One status of the referred request, or of the REFER itself. */
export interface TransferProgress {
  readonly statusCode: number;
  readonly reasonPhrase: string;
}

/** Iterate over it for every status, or await {@link CallTransfer.completed} for the last. */
export class CallTransfer implements AsyncIterable<TransferProgress> {
  /** Undefined when the call had ended before the REFER could be sent. */
  readonly outgoing: OutgoingRefer | undefined;
  /** Resolves when the referred request has succeeded; rejects with {@link SipError} when it, or the REFER, has not. */
  readonly completed: Promise<TransferProgress>;
  readonly #completed = new Deferred<TransferProgress>();
  readonly #history: TransferProgress[] = [];
  #changed = new Deferred<void>();
  #final = false;

  /** For `SipCall.transfer` and `SipUserAgent.refer`. When the signal aborts, nothing more is told. */
  constructor(outgoing: OutgoingRefer | undefined, signal?: AbortSignal) {
    this.outgoing = outgoing;
    if (outgoing === undefined) this.#end(new SipError({ code: "ENDED", statusCode: 481, message: "the call has ended" }));
    this.completed = this.#completed.promise;
    if (signal === undefined) return;
    const aborted = (): void => this.#end(signal.reason);
    signal.addEventListener("abort", aborted, { once: true });
    const done = (): void => signal.removeEventListener("abort", aborted);
    this.completed.then(done, done);
  }

  /** Refer-To for a target; for another call, with the Replaces of an attended transfer (RFC 3891 §3: the tags as the target has them). */
  static referTo(target: Uri | string | SipCall): NameAddress {
    if (typeof target === "string" || !("session" in target)) return nameAddress(target);
    const { dialog } = target;
    if (dialog === undefined) throw new SipError({ code: "ENDED", statusCode: 481, message: "the other call has no dialog" });
    return nameAddress(`${writeUri(dialog.remoteTarget)}?Replaces=${escapeUriValue(replacesHeader(dialog))}`);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TransferProgress> {
    for (let at = 0; ; at++) {
      while (at >= this.#history.length) {
        if (this.#final) return;
        await this.#changed.promise;
      }
      yield this.#history[at]!;
    }
  }

  /** For `SipCall`. */
  progressed(statusCode: number, reasonPhrase: string, final: boolean): void {
    if (this.#final) return;
    const progress = { statusCode, reasonPhrase };
    this.#history.push(progress);
    this.#final ||= final;
    if (final && statusCode < 300) this.#completed.resolve(progress);
    else if (final) this.#completed.reject(new SipError({ code: "REJECTED", statusCode, message: `${statusCode} ${reasonPhrase}` }));
    this.#wake();
  }

  /** For `SipCall`: nothing more will be heard. */
  abandoned(): void {
    this.#end(new SipError({ code: "ENDED", statusCode: 487, message: "the user agent was closed" }));
  }

  #end(error: unknown): void {
    this.#final = true;
    this.#completed.reject(error);
    this.#wake();
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = new Deferred();
    changed.resolve();
  }
}
