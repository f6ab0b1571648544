/** The part of SIP that needs no host. */
export type { Flow, SipTarget, SipTransportName } from "./flow.ts";
export { DEFAULT_SIP_TIMERS, type SipTimers } from "./transaction/timers.ts";
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
} from "./transaction/transaction.ts";
export {
  type MessageTransmit,
  type TransactionCounters,
  TransactionLayer,
  type TransactionLayerOptions,
} from "./transaction/transaction-layer.ts";
