/** Every tunable of the transports, its default, and why it is that. */
import type { RandomSource } from "@purertc/core";
import type { Flow, SipTransportName } from "../flow.ts";
import type { TransportClock } from "./clock.ts";
import type { TlsClientOptions, TlsServerOptions } from "./tls-options.ts";

/** Bounds on what peers can make this program hold. */
export interface TransportLimits {
  /** Open connections of all listeners and of one's own making; 10,000. Beyond, those that have not said anything yet make room, oldest first. */
  readonly maxConnections: number;
  /** Connections accepted from one source address (IPv6: one /64); 500, since a proxy or a NAT may stand for many users. Beyond, as above. */
  readonly maxConnectionsPerSource: number;
  /** Octets of start line and header fields; 64 KiB. */
  readonly maxHeadLength: number;
  /** Octets of a body; 1 MiB. */
  readonly maxBodyLength: number;
  /** Header fields; 500. */
  readonly maxHeaderFields: number;
  /** Octets received and not yet read, of all connections together; who exceeds them is closed. 256 MiB. */
  readonly maxBuffered: number;
  /** Octets a connection may wait to send; beyond them the connection fails. 4 MiB. */
  readonly maxSendBuffer: number;
  /** Octets of datagrams a UDP socket may wait to send; beyond them datagrams are dropped. 4 MiB. */
  readonly maxUdpSendBuffer: number;
  /** Datagrams that wait to be read from one source address; beyond them its datagrams are dropped, those of the port that fills the queue first. 1024. */
  readonly maxQueuedPerSource: number;
  /** Datagrams that wait to be read from all sources together; 16,384. */
  readonly maxQueued: number;
  /** UDP flows remembered; the least recently used is forgotten first, which costs nothing but its id. 65,536. */
  readonly maxUdpFlows: number;
}

/** Milliseconds. */
export interface TransportTimeouts {
  /** To open a connection, TLS and WebSocket handshakes included; 10,000. RFC 3261 gives up on a transaction after 32 s: a fail-over has to fit. */
  readonly connect: number;
  /** For a peer to finish its TLS and WebSocket handshakes; 10,000. */
  readonly handshake: number;
  /** For an accepted connection to send its first whole message or keep-alive; 30,000. */
  readonly firstMessage: number;
  /** For a message that has begun to be whole, however slowly it trickles; 20,000. */
  readonly message: number;
  /** Without a byte in either direction; 900,000: longer than RFC 5626's 840 s between keep-alives of a flow timer at its default. */
  readonly idle: number;
  /** For the kernel to take what is waiting to be sent, when its buffer is full; 30,000. */
  readonly drain: number;
  /** RFC 5626 §4.4.1: for the pong to come; 10,000. */
  readonly pong: number;
  /** For what was sent to reach the peer when a connection is closed; 2,000. */
  readonly linger: number;
  /** The same when everything is closed: who ends a process does not wait for peers that hold on to their connections; 250. */
  readonly shutdown: number;
}

/** Options of {@link SipTransports}; all have defaults. */
export interface SipTransportsOptions {
  readonly limits?: Partial<TransportLimits>;
  readonly timeouts?: Partial<TransportTimeouts>;
  /** The host's clock and timers unless a test says otherwise. */
  readonly clock?: TransportClock;
  /** The host's cryptographic randomness unless a test says otherwise. */
  readonly random?: RandomSource;
  /** For TLS and WSS connections that this program opens. */
  readonly tls?: TlsClientOptions;
  /**
   * The host written in Via's sent-by instead of the local address: a name that resolves to this program, or the public address. It is also accepted in
   * the topmost Via of responses (RFC 3261 §18.1.2).
   */
  readonly advertisedHost?: string;
  /** Further sent-by values (`host` or `host:port`) that are this program's own: what an embedder puts into Via by itself. */
  readonly sentByAliases?: readonly string[];
  /**
   * RFC 3261 §18.2.2: whether a response goes where `maddr` in the request's topmost Via says. By default only when that is a multicast address or the
   * source itself: whoever may name any other address has a server that sends to strangers for him.
   */
  readonly followMaddr?: boolean;
  /** RFC 5923: whether a connection may carry requests back to a peer that both sides authenticated and that asked for it (`alias`); true. */
  readonly connectionReuse?: boolean;
  /** What a request larger than this many octets may not go over: UDP (RFC 3261 §18.1.1); 1300. */
  readonly udpRequestLimit?: number;
  /** Whether requests that can be read in part only are answered from here, statelessly, with 400 or 513 (RFC 3261 §18.3); true. */
  readonly answerMalformed?: boolean;
}

/** What {@link SipTransports.listen} takes. */
export interface ListenOptions {
  readonly transport: SipTransportName;
  /** An IP address; `0.0.0.0` when absent. An IPv6 listener takes IPv6 only: listen twice for both. */
  readonly host?: string;
  /** 0 when absent: the system chooses. */
  readonly port?: number;
  /** For TLS and WSS. Without it, a self-signed certificate is made for the host. */
  readonly tls?: TlsServerOptions;
  /** For WS and WSS: the only path accepted; any when absent. */
  readonly path?: string;
  /** For WS and WSS: whether a page of this origin may connect (RFC 6455 §10.2); every one when absent. `undefined` is no browser. */
  readonly acceptOrigin?: (origin: string | undefined) => boolean;
  /** What to write in Via and Contact for this listener, instead of the options' `advertisedHost` and the local port. */
  readonly advertised?: { readonly host: string; readonly port?: number };
}

/** Something a peer sent that was refused; for logs and counters. It holds nothing the peer said. */
export interface MalformedReport {
  /** A word or two of `SipReason`, `StreamFailure`, `WebSocketReason`, or one of {@link AdmissionFault}. */
  readonly reason: string;
  /** Octets refused. */
  readonly length: number;
  readonly flow: Flow;
}

/** What holds for a limit that is not given. */
export const DEFAULT_LIMITS: TransportLimits = {
  maxConnections: 10_000,
  maxConnectionsPerSource: 500,
  maxHeadLength: 65_536,
  maxBodyLength: 1_048_576,
  maxHeaderFields: 500,
  maxBuffered: 268_435_456,
  maxSendBuffer: 4_194_304,
  maxUdpSendBuffer: 4_194_304,
  maxQueuedPerSource: 1024,
  maxQueued: 16_384,
  maxUdpFlows: 65_536,
};

/** What holds for a time that is not given. Milliseconds. */
export const DEFAULT_TIMEOUTS: TransportTimeouts = {
  connect: 10_000,
  handshake: 10_000,
  firstMessage: 30_000,
  message: 20_000,
  idle: 900_000,
  drain: 30_000,
  pong: 10_000,
  linger: 2000,
  shutdown: 250,
};

/** RFC 3261 §18.1.1: without knowledge of the path's MTU. */
export const DEFAULT_UDP_REQUEST_LIMIT = 1300;
