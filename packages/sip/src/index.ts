/** SIP above the parser (RFC 3261): transactions, transports, dialogs, sessions, digest, registrations, and a user agent, for Node. */
export { nodeDigestHashes } from "./auth/node-digest-hashes.ts";
export * from "./core.ts";
export { SqliteBindingStore } from "./registrar/sqlite-binding-store.ts";
export { openNodeSqlite, type SqliteDatabase, SqliteMissingError, type SqliteStatement } from "./registrar/sqlite-database.ts";
export { hostRandom } from "./user-agent/host-random.ts";
export { type ClientHandlers, SipStack, type SipStackOptions } from "./user-agent/sip-stack.ts";
export type { StackTransports } from "./user-agent/stack-transports.ts";
