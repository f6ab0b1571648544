/** Requests of the peer's that the session's owner is to answer, such as MESSAGE: as many as a bound allows. */
import type { SipRequest } from "@purertc/sip-parser";

export class UnansweredRequests {
  readonly #requests = new Set<SipRequest>();

  /** Takes one; false when too many wait already. */
  add(request: SipRequest): boolean {
    if (this.#requests.size >= MAX_UNANSWERED) return false;
    this.#requests.add(request);
    return true;
  }

  /** Whether that request waits for the response; a final one is its last. */
  answer(request: SipRequest, statusCode: number): boolean {
    return statusCode >= 200 ? this.#requests.delete(request) : this.#requests.has(request);
  }

  /** All that wait; they wait no longer. */
  take(): readonly SipRequest[] {
    const all = [...this.#requests];
    this.#requests.clear();
    return all;
  }
}

const MAX_UNANSWERED = 64;
