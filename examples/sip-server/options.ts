// What the server is told: on the command line, or by a test.
import type { DigestAlgorithm, DnsClient, SipTransportName, TlsIdentity } from "@purertc/sip";
import type { SipUri } from "@purertc/sip-parser";
import type { Users } from "./users.ts";

export interface ServerOptions {
  /** The SIP domain whose users are served, and the realm of their passwords. */
  readonly domain: string;
  /** IP address to listen on. */
  readonly bind: string;
  /** A port for each transport; 0 lets the system choose; undefined does without the transport. */
  readonly ports: Readonly<Record<SipTransportName, number | undefined>>;
  readonly users: Users;
  /** Digest algorithms that phones are asked for, best first. */
  readonly digest: readonly DigestAlgorithm[];
  /** Addresses and prefixes of trunks: they need no password, and the identities they assert are believed. */
  readonly trust: readonly string[];
  /** Domains whose users ours may call, found by DNS (RFC 3263), in lower case; "any" for all. */
  readonly outbound: readonly string[];
  /** The system's when absent. */
  readonly dns?: DnsClient;
  /** Where telephone numbers go that are no users here: `sip:gateway.example:5060;transport=tcp`. */
  readonly trunk?: SipUri;
  /** Certificate and key; self-signed when absent. */
  readonly tls?: TlsIdentity;
  /** SQLite file that bindings are kept in; in memory when absent. */
  readonly store?: string;
  /** Seconds: the shortest registration; who asks for less gets 423. */
  readonly minExpires: number;
  /** Calls (and other dialogs) at once; more get 503. */
  readonly maxCalls: number;
  /** Of these, by one caller. */
  readonly maxCallsPerCaller: number;
  /** Seconds that a phone may ring. */
  readonly ringSeconds: number;
  /** Seconds that a call may last when nobody refreshes it. */
  readonly maxCallSeconds: number;
  /** Seconds that a browser has to come back to its calls when its connection breaks. */
  readonly comeBackSeconds: number;
  /** Where log lines go. */
  readonly log: (line: string) => void;
}

export const DEFAULTS = {
  bind: "0.0.0.0",
  ports: { UDP: 5060, TCP: 5060, TLS: 5061, WS: 5066, WSS: 7443 },
  // INTEROP: baresip 1.0.0 gives up when any of several challenges, in any order, is not for MD5; sipp 3.6.1 reads the first one only.
  digest: ["MD5"],
  trust: [],
  outbound: [],
  minExpires: 60,
  maxCalls: 10_000,
  maxCallsPerCaller: 1000,
  ringSeconds: 180,
  maxCallSeconds: 12 * 3600,
  comeBackSeconds: 32,
} as const satisfies Partial<ServerOptions>;
