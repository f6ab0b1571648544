/** What a user agent is told at its start, and what its methods take. */
import type { RandomSource } from "@purertc/core";
import type { HeadersInit, SipResponse } from "@purertc/sip-parser";
import type { DigestAlgorithm } from "../auth/digest-algorithm.ts";
import type { DigestCredentials } from "../auth/digest-credentials.ts";
import type { SipTransportName } from "../flow.ts";
import type { DnsClient } from "../resolver/dns.ts";
import type { InviteSessionOptions } from "../session/options.ts";
import type { SipTimers } from "../transaction/timers.ts";
import type { TransportClock } from "../transport/clock.ts";
import type { ListenOptions, SipTransportsOptions } from "../transport/options.ts";
import type { StackTransports } from "./stack-transports.ts";

/** How a user agent reaches others and is reached. Only `uri` must be given. */
export interface SipUserAgentOptions {
  /** Our address-of-record, such as `sip:alice@example.com`: From of requests, and what `register` registers. */
  readonly uri: string;
  readonly displayName?: string;
  /** Answers to 401 and 407. Ones without `realm` answer any server that asks. */
  readonly credentials?: DigestCredentials | readonly DigestCredentials[];
  /** Digest algorithms that are good enough; all by default. Leave MD5 out where servers can do without. */
  readonly digestAlgorithms?: readonly DigestAlgorithm[];
  /** Where to listen: UDP and TCP on any port of all IPv4 addresses by default. An empty list makes a client that can only be called over its own connections. */
  readonly listen?: readonly ListenOptions[];
  /** For TLS and WSS connections that we open: trusted authorities, a client certificate. */
  readonly tls?: SipTransportsOptions["tls"];
  /** Further settings of the transports. */
  readonly transport?: Omit<SipTransportsOptions, "tls" | "clock" | "random">;
  /** Transports of one's own instead; then `listen`, `tls` and `transport` are not looked at. They are closed with the user agent. */
  readonly transports?: StackTransports;
  /** An outbound proxy: a URI, to which all requests outside dialogs go first; `;lr` is added unless there. */
  readonly proxy?: string;
  /** Transports used when the DNS leaves the choice, most wanted first; UDP, TCP, TLS, WS, WSS by default. */
  readonly transportPreference?: readonly SipTransportName[];
  /** The host's resolver by default. */
  readonly dns?: DnsClient;
  /** Where telephone numbers (tel URIs) are sent; the domain of `uri` by default. */
  readonly telDomain?: string;
  /** User-Agent and Server; none by default. */
  readonly software?: string;
  /** Further header fields of all requests and of responses within calls. */
  readonly headers?: HeadersInit;
  /** How calls behave: reliable provisional responses, session timers, INFO packages. */
  readonly calls?: Pick<InviteSessionOptions, "reliableProvisional" | "sessionTimer" | "infoPackages" | "supported">;
  /** Event packages that others may subscribe to here. None by default: SUBSCRIBE gets 489. */
  readonly events?: readonly string[];
  /** Methods besides those understood here that come as `request` events; others get 501, or 405 if they are registered ones. */
  readonly methods?: readonly string[];
  /** Calls at a time, in any state; beyond, INVITE gets 503, as it does when one address has half of them ringing. Default 10000. */
  readonly maxCalls?: number;
  /** Milliseconds that an incoming call may ring; then the caller gets 480. Default 180000; 0: for ever. */
  readonly ringTimeoutMs?: number;
  /** This instance, `urn:uuid:...`, for outbound and GRUU (RFC 5626 §4.1). */
  readonly instanceId?: string;
  readonly timers?: Partial<SipTimers>;
  /** The host's by default. */
  readonly random?: RandomSource;
  /** The host's by default. */
  readonly clock?: TransportClock;
}

/** A call to make. */
export interface InviteInit {
  /** The offer, as SDP. Without it the peer offers; then `answer`, or a listener of the call's `offer`, answers. */
  readonly offer?: string;
  /** Answers offers of the peer that no listener of the call answers, also those within the call; undefined when it wants an offer. */
  readonly answer?: (offer: string | undefined) => string | Promise<string>;
  /** Header fields of the INVITE, such as Subject or Replaces. */
  readonly headers?: HeadersInit;
  /** Hides who calls (RFC 3323 §4.1, RFC 3325 §7): an anonymous From and Contact, Privacy: id, and our address for the proxy alone. */
  readonly anonymous?: boolean;
  /** Cancels the call while it has no answer; does nothing afterwards. */
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for an answer; then the call is cancelled. For ever by default. */
  readonly timeoutMs?: number;
  /** Redirections (3xx) followed, the contacts with the highest q first. Default 5; 0: the call fails and the error's response has the contacts. */
  readonly maxRedirects?: number;
  /** Called for provisional responses. The same as the call's `progress` event, which `invite` gives no chance to listen to. */
  readonly onProgress?: (response: SipResponse) => void;
}

/** A request outside dialogs. */
export interface RequestOptions {
  readonly headers?: HeadersInit;
  readonly body?: string | Uint8Array;
  /** The promise rejects when it aborts; the request itself cannot be taken back. */
  readonly signal?: AbortSignal;
}

/** A subscription to make. */
export interface SubscribeOptions extends RequestOptions {
  /** The event package, with parameters if any: `dialog;id=7`. */
  readonly event: string;
  /** Seconds; 3600 by default; 0 fetches the state once. */
  readonly expires?: number;
  /** Media types of bodies that are understood. */
  readonly accept?: readonly string[];
}

/** How to register. */
export interface RegisterOptions {
  /**
   * The registrar; the domain of the address-of-record by default. Without an outbound proxy, requests to that domain go to the registrar named here as well,
   * while registered.
   */
  readonly registrar?: string;
  /** Seconds asked for. Default 3600. */
  readonly expires?: number;
  /** RFC 5626; by default when there is an `instanceId`. Several routes, one for each flow. */
  readonly outbound?: boolean;
  readonly routes?: readonly string[];
  /** Preference, 0 to 1. */
  readonly q?: number;
  readonly headers?: HeadersInit;
  /** Whether to go on trying when the registrar cannot be reached at first, or is not ready; otherwise the promise rejects then. Default false. */
  readonly keepTrying?: boolean;
  readonly signal?: AbortSignal;
}
