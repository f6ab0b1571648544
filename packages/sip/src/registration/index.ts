/** A user agent's registration (RFC 3261 §10.2, RFC 5626). Pure. */
export { type BackOffOptions, backOffMs } from "./back-off.ts";
export type { RegistrationOptions } from "./options.ts";
export { Registration } from "./registration.ts";
export type { RegId, RegisteredState, RegistrationEvent, RegistrationFailure } from "./registration-event.ts";
