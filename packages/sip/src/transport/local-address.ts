/** Which of this machine's addresses a peer sees when a socket is bound to all of them: what Via and Contact have to say. */
import { networkInterfaces } from "node:os";
import { isLoopbackIp, parseIp } from "@purertc/core";

/** One address of one interface. */
export interface InterfaceAddress {
  readonly ip: string;
  /** Bits of the network's prefix. */
  readonly prefix: number;
}

/**
 * The address from which `remote` is reached: the one in the same network, otherwise the first that is not loopback or link-local. Routing tables are not
 * asked. Undefined when there is none of the family.
 */
export function localAddressTowards(remote: string, addresses: readonly InterfaceAddress[] = systemAddresses()): string | undefined {
  const family = remote.includes(":");
  const candidates = addresses.filter(({ ip }) => ip.includes(":") === family);
  const bytes = parseIp(remote);
  let best: InterfaceAddress | undefined;
  for (const candidate of candidates) {
    if (bytes === undefined || !sharesPrefix(bytes, parseIp(candidate.ip)!, candidate.prefix)) continue;
    if (best === undefined || candidate.prefix > best.prefix) best = candidate;
  }
  best ??= candidates.find(({ ip }) => !isLoopbackIp(ip) && !/^(fe[89ab]|169\.254\.)/i.test(ip));
  return (best ?? candidates[0])?.ip;
}

/** Whether the address stands for all of the machine's. */
export function isWildcard(ip: string): boolean {
  return ip === "0.0.0.0" || ip === "::";
}

function sharesPrefix(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  if (a.length !== b.length) return false;
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = 0xff00 >> Math.min(8, bits - bit);
    if (((a[bit >> 3]! ^ b[bit >> 3]!) & mask & 0xff) !== 0) return false;
  }
  return true;
}

/** Asked of the system at most once in a while: it is a system call for each interface. */
function systemAddresses(): readonly InterfaceAddress[] {
  const now = performance.now();
  if (now - readAt > MAX_AGE_MS) {
    readAt = now;
    known = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .map(({ address, cidr }) => ({ ip: address, prefix: Number(cidr?.split("/")[1] ?? 128) }));
  }
  return known;
}

const MAX_AGE_MS = 5000;
let known: readonly InterfaceAddress[] = [];
let readAt = Number.NEGATIVE_INFINITY;
