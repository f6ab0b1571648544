/** Candidates: priority, foundation, local preference (RFC 8445 §5.1.2, §5.1.1.3; RFC 8421 §4). */
import { isLinkLocalIp, type TransportAddress } from "@purertc/core";
import type { IceCandidate, IceCandidateType } from "../codec/candidate-line.ts";

/** A candidate of this agent. */
export interface LocalCandidate {
  readonly candidate: IceCandidate;
  readonly address: TransportAddress;
  /** Where datagrams really leave from (RFC 8445 §4). */
  readonly base: TransportAddress;
  readonly localPreference: number;
}

/** A candidate of the peer. */
export interface RemoteCandidate {
  /** Replaced when a peer-reflexive candidate turns out to be a signalled one. */
  candidate: IceCandidate;
  readonly address: TransportAddress;
}

/** RFC 8445 §5.1.2.1. `localPreference` is 0 to 65535. */
export function candidatePriority(type: IceCandidateType, localPreference: number, component: 1 | 2): number {
  return TYPE_PREFERENCES[type] * 0x100_0000 + localPreference * 0x100 + (256 - component);
}

/** Local preferences in the order of arrival, IPv6 and IPv4 by turns so that a broken family costs at most half of the checks (RFC 8421 §4). */
export class LocalPreferences {
  #ipv6 = 0;
  #ipv4 = 0;
  #linkLocal = 0;

  /** The preference of the next address: 65535 for the first IPv6, 65534 for the first IPv4, 65533, 65532, ...; link-local ones from 8191 down. */
  next(address: TransportAddress): number {
    if (isLinkLocalIp(address.ip)) return Math.max(0, 8191 - this.#linkLocal++);
    if (address.family === 6) return Math.max(8192, 65535 - 2 * this.#ipv6++);
    return Math.max(8192, 65534 - 2 * this.#ipv4++);
  }
}

/** Foundations: the same for candidates of the same type, base IP, transport and server, and only for those (RFC 8445 §5.1.1.3). */
export class Foundations {
  readonly #numbers = new Map<string, number>();

  /** `server` is the STUN or TURN server's address; empty for host candidates. */
  of(type: IceCandidateType, base: TransportAddress, server: string): string {
    const key = `${type} ${base.ip} ${base.protocol} ${server}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      this.#numbers.set(key, number);
    }
    return String(number);
  }
}

/**
 * Whether RFC 8445 §5.1.1.1 forbids a host candidate on this address: IPv4-compatible (RFC 4291 §2.5.5.1), IPv4-mapped and site-local
 * (RFC 3879) IPv6 addresses, and unspecified ones, which nobody can send to. Loopback is the host's decision: without it two peers on a machine without a
 * network would have no way to meet.
 */
export function isForbiddenHostAddress(address: TransportAddress): boolean {
  const { ip } = address;
  if (address.family === 4) return ip === "0.0.0.0";
  return ip === "::" || ip.startsWith("::ffff:") || /^fe[cdef][0-9a-f]:/.test(ip) || isIpv4Compatible(ip);
}

/** RFC 8445 §6.1.2.2: the same family and transport, and IPv6 link-local addresses only with each other. */
export function canPair(local: TransportAddress, remote: TransportAddress): boolean {
  if (local.family !== remote.family || local.protocol !== remote.protocol) return false;
  return local.family === 4 || isLinkLocalIp(local.ip) === isLinkLocalIp(remote.ip);
}

/** ::/96 but for :: and ::1: in RFC 5952 form, `::` and at most two groups. */
function isIpv4Compatible(ip: string): boolean {
  return ip !== "::1" && /^::[0-9a-f]{1,4}(:[0-9a-f]{1,4})?$/.test(ip);
}

/** RFC 8445 §5.1.2.2: recommended values. */
const TYPE_PREFERENCES: Readonly<Record<IceCandidateType, number>> = { host: 126, prflx: 110, srflx: 100, relay: 0 };
