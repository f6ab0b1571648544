/** The part of SIP that needs no host: state machines that are told the time and given messages. */
export * from "./auth/index.ts";
export * from "./dialog/index.ts";
export { defaultPort, type Flow, isReliable, isSecure, type SipTarget, type SipTransportName } from "./flow.ts";
export {
  ANONYMOUS,
  anonymize,
  assertedIdentities,
  carryIdentity,
  type IdentityCrossing,
  type PrivacyWish,
  privacyDone,
  privacyWish,
  q850OfStatus,
  type Reason,
  reason,
  statusOfQ850,
  statusOfReasons,
  TrustDomain,
  type TrustDomainOptions,
} from "./identity/index.ts";
export * from "./registrar/index.ts";
export * from "./registration/index.ts";
export * from "./resolver/index.ts";
export * from "./session/index.ts";
export * from "./transaction/index.ts";
