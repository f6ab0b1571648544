/** DTLS 1.2, client and server, with use_srtp and exporters, without I/O. Wire formats alone are in `@purertc/dtls/codec`. */
export { DtlsConnection } from "./connection.ts";
export type { DtlsCounters } from "./counters.ts";
export type { DtlsCloseCause, DtlsEvent, DtlsState } from "./events.ts";
export type { CipherSuiteName } from "./handshake/cipher-suites.ts";
export { checkDtlsTunables, type DeferredSigner, type DtlsCertificate, type DtlsOptions, type DtlsTunables } from "./options.ts";
export { type CertificateFault, type PublicKeyKind, publicKeyKind, subjectPublicKeyInfo } from "./spki.ts";
