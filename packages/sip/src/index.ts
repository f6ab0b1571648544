/** SIP above the parser (RFC 3261): transactions, transports, dialogs, sessions, digest, registrations, and a user agent, for Node. */
export { nodeDigestHashes } from "./auth/node-digest-hashes.ts";
export * from "./core.ts";
export { SqliteBindingStore } from "./registrar/sqlite-binding-store.ts";
export { openNodeSqlite, type SqliteDatabase, SqliteMissingError, type SqliteStatement } from "./registrar/sqlite-database.ts";
export { createNodeDns, type NodeDnsOptions } from "./resolver/node-dns.ts";
export * from "./transport/index.ts";
export * from "./user-agent/index.ts";
