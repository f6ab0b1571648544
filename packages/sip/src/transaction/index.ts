/** The transaction layer (RFC 3261 §17). */

export { MessageTransmit } from "./message-transmit.ts";
export { DEFAULT_SIP_TIMERS, type SipTimers } from "./timers.ts";
export type {
  AckEvent,
  AcknowledgedEvent,
  ClientTransaction,
  ClientTransactionState,
  RequestEvent,
  ResponseEvent,
  ServerTransaction,
  ServerTransactionState,
  StrayResponseEvent,
  TerminatedEvent,
  TransactionEvent,
  TransactionFailureEvent,
} from "./transaction.ts";
export { type TransactionCounters, TransactionLayer, type TransactionLayerOptions } from "./transaction-layer.ts";
