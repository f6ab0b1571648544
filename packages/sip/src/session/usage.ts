/**
 * How a dialog usage (RFC 5057) is driven: an INVITE session, a subscription, a notifier. It owns no transactions: it is given requests and
 * responses, and gives back what to send; whoever owns the transaction layer (a user agent, a back-to-back server, a tester) carries both ways.
 *
 * - A request of its own goes out with an id; hand the responses of its client transaction, and the transaction's failure, back under that id.
 * - A response goes out with the very request object that it answers: that is how the driver knows the server transaction.
 * - After each call: `pollOutput` until undefined, `pollEvent` until undefined, then one timer for `pollTimeout`.
 */
import type { Instant } from "@purertc/core";
import type { SipRequest, SipResponse, Uri } from "@purertc/sip-parser";

/** A request of a usage, by number; never reused within the usage. */
export type RequestId = number;

/** One thing to send. */
export type UsageOutput =
  /** In a new client transaction, which adds the Via. `nextHop` is what RFC 3263 is applied to; it need not be in the request (strict routers). */
  | { readonly type: "request"; readonly id: RequestId; readonly request: SipRequest; readonly nextHop: Uri }
  /** On the server transaction of `request`, which is the object that was handed in. The same 2xx comes again for each retransmission. */
  | { readonly type: "response"; readonly request: SipRequest; readonly response: SipResponse }
  /** The ACK for a 2xx: outside transactions, with a Via of its own. The same one comes again for each retransmitted 2xx. */
  | { readonly type: "ack"; readonly request: SipRequest; readonly nextHop: Uri }
  /** CANCEL for the client transaction of that request (§9.1; held until a provisional response came), with these headers added. */
  | { readonly type: "cancel"; readonly id: RequestId; readonly headers: readonly (readonly [name: string, value: string])[] };

/** Why a request of ours got no final response (RFC 3261 §8.1.3.1): treat as 408 and 503. */
export type RequestFailure = "timeout" | "transport-error";

/** What drives a usage. All `handle*` are safe for whatever a peer may send, and never throw. */
export interface DialogUsage<Event> {
  /** A request of the peer: within the usage's dialogs, CANCEL for a request it was given, or ACK for a 2xx. Never a retransmission. */
  handleRequest(now: Instant, request: SipRequest): void;
  /** A response to the request with that id. For INVITE: every provisional one and every 2xx, retransmissions and forks included. */
  handleResponse(now: Instant, id: RequestId, response: SipResponse): void;
  /** The client transaction of that request failed. */
  handleRequestFailure(now: Instant, id: RequestId, failure: RequestFailure): void;
  /** The deadline passed. Early or repeated calls are harmless. */
  handleTimeout(now: Instant): void;
  /** When to call {@link handleTimeout}. */
  pollTimeout(): Instant | undefined;
  /** What to send next, in order. */
  pollOutput(): UsageOutput | undefined;
  /** What the owner should know next, in order. */
  pollEvent(): Event | undefined;
  /** Whether nothing more will come of it: it may be forgotten. Later than its last event: retransmitted 2xx still get their ACK until then. */
  readonly finished: boolean;
}
