/** What the layers above know of the network: a way to one peer (RFC 5626 §1.2 calls it a flow), and where one may be opened to. */
import type { TransportAddress } from "@purertc/core";

/** As written in Via (RFC 3261 §20.42, RFC 7118 §5.2). */
export type SipTransportName = "UDP" | "TCP" | "TLS" | "WS" | "WSS";

/** A way to one peer: for UDP a pair of addresses, otherwise a connection. Compare with `===` or by `id`. */
export interface Flow {
  /** Unique in the process, never reused. */
  readonly id: number;
  readonly transport: SipTransportName;
  /** Everything but UDP. */
  readonly reliable: boolean;
  /** TLS and WSS. */
  readonly secure: boolean;
  readonly local: TransportAddress;
  readonly remote: TransportAddress;
  /** RFC 5922 §7.1: the SIP domains that the peer's verified certificate proves, in lower case; empty without one. */
  readonly peerIdentities: readonly string[];
  /** Whether something sent now can arrive. Once false it stays false. */
  readonly open: boolean;
}

/** Where to send: what RFC 3263 resolves a URI to. */
export interface SipTarget {
  readonly transport: SipTransportName;
  /** IP address text without brackets. */
  readonly ip: string;
  /** 1 to 65535. */
  readonly port: number;
  /** The SIP domain that was asked for: sent in SNI, and what the peer's certificate has to prove (RFC 5922 §7.3). For WS, the Host header. */
  readonly hostname?: string;
  /** The path of a WebSocket URL; `/` when absent. */
  readonly path?: string;
}

/** Whether messages over it arrive once and in order: everything but UDP. */
export function isReliable(transport: SipTransportName): boolean {
  return transport !== "UDP";
}

/** Whether it is protected by TLS. */
export function isSecure(transport: SipTransportName): boolean {
  return transport === "TLS" || transport === "WSS";
}

/** The port when none is given: RFC 3261 §19.1.2, RFC 7118 §5.3 (the ports of RFC 6455 §3). */
export function defaultPort(transport: SipTransportName): number {
  return DEFAULT_PORTS[transport];
}

const DEFAULT_PORTS: Readonly<Record<SipTransportName, number>> = { UDP: 5060, TCP: 5060, TLS: 5061, WS: 80, WSS: 443 };
