/** The part of SIP that needs no host: state machines that are told the time and given messages. */
export * from "./auth/index.ts";
export * from "./dialog/index.ts";
export { defaultPort, type Flow, isReliable, isSecure, type SipTarget, type SipTransportName } from "./flow.ts";
export * from "./identity/index.ts";
export * from "./registrar/index.ts";
export * from "./registration/index.ts";
export * from "./transaction/index.ts";
