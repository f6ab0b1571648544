/** What the layer shows of its transactions, and the events it reports: RFC 3261 §17 with RFC 6026. */
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import type { Flow } from "../flow.ts";

/** §17.1.1.2 with RFC 6026 §7.2 for INVITE; §17.1.2.2, which starts in `trying`, for the others. */
export type ClientTransactionState = "calling" | "trying" | "proceeding" | "accepted" | "completed" | "terminated";

/** §17.2.1 with RFC 6026 §7.1 for INVITE; §17.2.2, which starts in `trying`, for the others. */
export type ServerTransactionState = "trying" | "proceeding" | "accepted" | "completed" | "confirmed" | "terminated";

/** A request sent, and what comes back. Read it; drive it through the layer. */
export interface ClientTransaction {
  readonly kind: "client";
  /** Unique within its layer, never reused. */
  readonly id: number;
  /** As sent: with this layer's Via on top. */
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly state: ClientTransactionState;
  /** The branch of the topmost Via; begins with `z9hG4bK`. */
  readonly branch: string;
}

/** A request received, and what was answered. Read it; drive it through the layer. */
export interface ServerTransaction {
  readonly kind: "server";
  /** Unique within its layer, never reused. */
  readonly id: number;
  /** As received. Undefined once a final response was given: what waits for retransmissions then keeps no more than it needs. */
  readonly request: SipRequest | undefined;
  /** Where responses go. {@link TransactionLayer.moveTo} changes it when the connection is gone (§18.2.2). */
  readonly flow: Flow;
  readonly state: ServerTransactionState;
  /** The last response given to `respond`, or the automatic 100. Undefined before that, and after a 2xx to INVITE: that is its sender's to repeat. */
  readonly lastResponse: SipResponse | undefined;
}

/** What the transaction user learns. */
export type TransactionEvent =
  | RequestEvent
  | AckEvent
  | ResponseEvent
  | StrayResponseEvent
  | AcknowledgedEvent
  | TransactionFailureEvent
  | TerminatedEvent;

/** A new request, of any method but ACK; retransmissions are absorbed. */
export interface RequestEvent {
  readonly type: "request";
  readonly transaction: ServerTransaction;
  readonly request: SipRequest;
  readonly flow: Flow;
  /** For a CANCEL: the transaction it is meant for, when there is one (§9.2). Both are the owner's to answer. */
  readonly cancels?: ServerTransaction;
}

/** An ACK to a 2xx, for its dialog (§13.3.1.4); or one that belongs to nothing known here. */
export interface AckEvent {
  readonly type: "ack";
  readonly request: SipRequest;
  readonly flow: Flow;
  /** When the ACK has the branch of its INVITE, as clients before RFC 3261 write it. */
  readonly transaction?: ServerTransaction;
}

/** A response to a request: each provisional one, the final one, and every 2xx to an INVITE, retransmissions and forks included (RFC 6026 §7.2). */
export interface ResponseEvent {
  readonly type: "response";
  readonly transaction: ClientTransaction;
  readonly response: SipResponse;
}

/** A response that fits no transaction, or a 2xx after a failure: the owner decides whether to ACK and BYE it. */
export interface StrayResponseEvent {
  readonly type: "stray-response";
  readonly response: SipResponse;
  readonly flow: Flow;
}

/** The failure sent to an INVITE was acknowledged. */
export interface AcknowledgedEvent {
  readonly type: "acknowledged";
  readonly transaction: ServerTransaction;
}

/**
 * No final response in time (timers B and F), no ACK in time (timer H), or the flow failed. A client transaction is over; a server transaction goes on
 * after a `transport-error` (RFC 6026 §8.8), so that its response may be sent over another flow.
 */
export interface TransactionFailureEvent {
  readonly type: "timeout" | "transport-error";
  readonly transaction: ClientTransaction | ServerTransaction;
  /** For people; never holds what a peer wrote. */
  readonly reason: string;
}

/** The transaction is forgotten: whatever comes for it now is new, or stray. */
export interface TerminatedEvent {
  readonly type: "terminated";
  readonly transaction: ClientTransaction | ServerTransaction;
}
