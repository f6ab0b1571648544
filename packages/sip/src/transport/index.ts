/** Transports of SIP (RFC 3261 §18, RFC 3581, 5626, 5922, 5923, 7118). For Node. */
export { certificateIdentities, provesDomain } from "./certificate-identities.ts";
export type { ScheduledTimer, TransportClock } from "./clock.ts";
export {
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUTS,
  type ListenOptions,
  type MalformedReport,
  type SipTransportsOptions,
  type TransportLimits,
  type TransportTimeouts,
} from "./options.ts";
export { createSelfSignedCertificate, type SelfSignedOptions } from "./self-signed.ts";
export type { TlsClientOptions, TlsIdentity, TlsServerOptions } from "./tls-options.ts";
export { SipTransportError, type SipTransportErrorCode } from "./transport-error.ts";
export { type FlowOptions, SipTransports, type TransportRefusals } from "./transports.ts";
