/** The part of SIP that needs no host. */
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
export { DEFAULT_SIP_TIMERS, type SipTimers } from "./transaction/timers.ts";
