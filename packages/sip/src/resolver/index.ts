/** Locating SIP servers (RFC 3263). Pure; the host's DNS client is in node-dns.ts. */
export type { DnsClient, NaptrRecord, SrvRecord } from "./dns.ts";
export { type LocateResponseOptions, locateResponseTargets } from "./locate-response-targets.ts";
export { type LocateOptions, locateServers, sipUriFromTel } from "./locate-servers.ts";
export { SipResolveError, type SipResolveErrorCode } from "./resolve-error.ts";
export { type BlacklistOptions, TargetBlacklist } from "./target-blacklist.ts";
