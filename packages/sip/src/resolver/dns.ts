/** What locating servers asks of the DNS (RFC 3263 §4): four record types, injected, so that tests and hosts without sockets can answer. */

/** RFC 3403 §4.1. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  /** Such as `"SIP+D2U"`. */
  readonly service: string;
  readonly regexp: string;
  /** The next name to look up. */
  readonly replacement: string;
}

/** RFC 2782. */
export interface SrvRecord {
  /** Lower ones are tried first. */
  readonly priority: number;
  /** Share among those of one priority. */
  readonly weight: number;
  readonly port: number;
  /** `.` or empty: the service is decidedly not available. */
  readonly target: string;
}

/**
 * A DNS client. Each method gives an empty list when the name or the type does not exist, and rejects when the answer could not be had
 * (time-out, SERVFAIL).
 */
export interface DnsClient {
  naptr(name: string): Promise<readonly NaptrRecord[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  /** IPv4 addresses. */
  a(name: string): Promise<readonly string[]>;
  /** IPv6 addresses. */
  aaaa(name: string): Promise<readonly string[]>;
}
