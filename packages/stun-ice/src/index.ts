/** STUN (RFC 8489) and a full ICE agent (RFC 8445, 8838, 7675), Sans-I/O. */
export * from "./codec/index.ts";
export { IceAgent } from "./ice/agent.ts";
export type { IceDiscardReason } from "./ice/agent-context.ts";
export type { IceCandidatePair, PairState } from "./ice/candidate-pair.ts";
export type { LocalAddressInfo } from "./ice/candidates.ts";
export type { IceEvent, IceGatheringState, IceState } from "./ice/events.ts";
export { ICE_DEFAULTS, type IceAgentOptions, type IceCredentials, type IceRole, type IceTunables, iceTunables } from "./ice/options.ts";
export type { IcePairStatistics, IceStatistics } from "./ice/statistics.ts";
export { answerBindingRequest, type BindingServerOptions } from "./stun/binding-server.ts";
export { STUN_TRANSACTION_TIMERS, StunTransaction, type StunTransactionTimers } from "./stun/transaction.ts";
