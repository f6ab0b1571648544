/** Identity and privacy across trust domains (RFC 3323, 3325), and reasons (RFC 3326). Pure. */
export { assertedIdentities, carryIdentity, type IdentityCrossing } from "./asserted-identity.ts";
export { ANONYMOUS, anonymize, type PrivacyWish, privacyDone, privacyWish } from "./privacy.ts";
export { q850OfStatus, type Reason, reason, reasonsOf, statusOfQ850, statusOfReasons } from "./reason.ts";
export { TrustDomain, type TrustDomainOptions } from "./trust-domain.ts";
