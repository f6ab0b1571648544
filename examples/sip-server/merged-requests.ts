// Requests that come twice, over different ways (RFC 3261 §8.2.2.2): the first is served, the others get 482.
import type { RequestEvent, ServerTransaction } from "@purertc/sip";

export class MergedRequests {
  /** Those being served, by what they have in common with their doubles. */
  readonly #served = new Set<string>();
  readonly #keys = new Map<ServerTransaction, string>();

  /** Whether the same request is being served already; if not, this one is from now on. */
  isDouble({ request, transaction }: RequestEvent): boolean {
    // With the Request-URI: a proxy before us may have forked it to several of our users.
    const key = [request.callId, request.fromTag, request.cseq?.number, request.method, request.uriText].join(" ");
    if (this.#served.has(key)) return true;
    this.#served.add(key);
    this.#keys.set(transaction, key);
    return false;
  }

  /** A transaction is over. */
  forget(transaction: ServerTransaction): void {
    const key = this.#keys.get(transaction);
    if (key === undefined) return;
    this.#keys.delete(transaction);
    this.#served.delete(key);
  }
}
