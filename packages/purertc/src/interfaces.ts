/** Which addresses of this machine become host candidates, and in what order (RFC 8445 §5.1.1.1, RFC 8421). */
import { networkInterfaces } from "node:os";
import { formatIp, isLinkLocalIp, isLoopbackIp, parseIp } from "@purertc/core";

/** One address as the operating system lists it; what `os.networkInterfaces()` holds, flattened. */
export interface InterfaceAddress {
  /** Such as `eth0`. */
  readonly interfaceName: string;
  /** IP text; an IPv6 zone is allowed. */
  readonly address: string;
}

/** An address to bind a socket to. */
export interface LocalAddress {
  readonly interfaceName: string;
  /** Canonical text. */
  readonly ip: string;
  readonly family: 4 | 6;
  /** RFC 8445 §5.1.2.1: 0 to 65535, larger is preferred; unique within one list. */
  readonly localPreference: number;
}

/** What {@link localAddresses} leaves out. */
export interface AddressRules {
  /** Loopback addresses: always, never, or (`"auto"`, the default) only when the machine has no other usable address. */
  readonly loopback?: "auto" | boolean | undefined;
  /** Use IPv4. Default true. */
  readonly ipv4?: boolean | undefined;
  /** Use IPv6. Default true. */
  readonly ipv6?: boolean | undefined;
  /** Interfaces to use, by name; default all. */
  readonly interfaceFilter?: ((interfaceName: string) => boolean) | undefined;
  /** Addresses to use, by canonical text; default all. */
  readonly addressFilter?: ((ip: string) => boolean) | undefined;
}

/** An address that may be used as far as it is itself concerned. */
interface UsableAddress extends Omit<LocalAddress, "localPreference"> {
  readonly isLoopback: boolean;
  /** Smaller is preferred. */
  readonly rank: number;
}

/**
 * The usable addresses, most preferred first: IPv6 and IPv4 in turn, beginning with IPv6 (RFC 8421 §4), and in each family real
 * interfaces before virtual ones and global addresses before unique local ones. Link-local, site-local, IPv4-mapped and
 * IPv4-compatible addresses are never used (RFC 8445 §5.1.1.1).
 */
export function localAddresses(listed: Iterable<InterfaceAddress>, rules: AddressRules = {}): readonly LocalAddress[] {
  const seen = new Set<string>();
  const usable = usableAddresses(listed).filter(({ interfaceName, ip, family }) => {
    if (seen.has(ip) || (family === 4 ? rules.ipv4 : rules.ipv6) === false) return false;
    if (rules.interfaceFilter?.(interfaceName) === false || rules.addressFilter?.(ip) === false) return false;
    seen.add(ip);
    return true;
  });
  const others = usable.filter(({ isLoopback }) => !isLoopback);
  const loopback = rules.loopback ?? "auto";
  const chosen = loopback === true || (loopback === "auto" && others.length === 0) ? usable : others;
  const ordered = chosen.toSorted((a, b) => a.rank - b.rank); // stable: the system's order among equals
  return interleave(ordered).map(({ interfaceName, ip, family }, i) => ({ interfaceName, ip, family, localPreference: 0xffff - i }));
}

/** What the system says of its interfaces, at most a second old: asking takes longer than binding two sockets, and a busy server asks all the time. */
export function systemAddresses(now: number = performance.now()): readonly InterfaceAddress[] {
  if (lastListed === undefined || now - lastListed.at > LISTING_LIFETIME_MS || now < lastListed.at) {
    lastListed = { at: now, addresses: [...flattenInterfaces(networkInterfaces())] };
  }
  return lastListed.addresses;
}

/** Flattens `os.networkInterfaces()`. */
export function* flattenInterfaces(
  interfaces: Readonly<Record<string, readonly { readonly address: string }[] | undefined>>,
): Generator<InterfaceAddress> {
  for (const [interfaceName, addresses] of Object.entries(interfaces)) {
    for (const { address } of addresses ?? []) yield { interfaceName, address };
  }
}

/** Those that can be used at all. */
function usableAddresses(listed: Iterable<InterfaceAddress>): readonly UsableAddress[] {
  if (lastListed?.usable !== undefined && listed === lastListed.addresses) return lastListed.usable;
  const usable: UsableAddress[] = [];
  for (const { interfaceName, address } of listed) {
    const bytes = parseIp(address.split("%", 1)[0]!);
    if (bytes === undefined || isNeverUsable(bytes)) continue;
    const ip = formatIp(bytes);
    if (isLinkLocalIp(ip)) continue;
    usable.push({ interfaceName, ip, family: bytes.length === 4 ? 4 : 6, isLoopback: isLoopbackIp(ip), rank: rank(ip, interfaceName) });
  }
  if (listed === lastListed?.addresses) lastListed.usable = usable;
  return usable;
}

/** RFC 8445 §5.1.1.1: IPv4-compatible (::/96, without ::1), IPv4-mapped (::ffff:0:0/96) and site-local (fec0::/10); and multicast. */
function isNeverUsable(bytes: Uint8Array): boolean {
  if (bytes.length === 4) return bytes[0] === 0 || bytes[0]! >= 224;
  if (bytes[0] === 0xff || (bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0xc0)) return true;
  if (!bytes.subarray(0, 10).every((byte) => byte === 0)) return false;
  const mapped = bytes[10] === 0xff && bytes[11] === 0xff;
  const compatible = bytes[10] === 0 && bytes[11] === 0;
  const isLoopback = compatible && bytes[12] === 0 && bytes[13] === 0 && bytes[14] === 0 && bytes[15] === 1;
  return mapped || (compatible && !isLoopback);
}

/** Smaller is preferred. Names are those the usual bridge, container and tunnel drivers give their interfaces. */
function rank(ip: string, interfaceName: string): number {
  const isVirtual = /^(docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|cali|podman|lxc|lxd|tun|tap|utun|wg|zt|tailscale|ppp)/i.test(
    interfaceName,
  );
  const isUniqueLocal = ip.includes(":") && /^f[cd]/.test(ip); // RFC 4193
  return (isLoopbackIp(ip) ? 4 : 0) + (isVirtual ? 2 : 0) + (isUniqueLocal ? 1 : 0);
}

/** RFC 8421 §4: one of each family in turn, so that neither starves the other of early checks. */
function interleave<T extends { readonly family: 4 | 6 }>(addresses: readonly T[]): T[] {
  const v6 = addresses.filter(({ family }) => family === 6);
  const v4 = addresses.filter(({ family }) => family === 4);
  const result: T[] = [];
  for (let i = 0; i < Math.max(v6.length, v4.length); i++) {
    if (i < v6.length) result.push(v6[i]!);
    if (i < v4.length) result.push(v4[i]!);
  }
  return result;
}

const LISTING_LIFETIME_MS = 1000;
/** The last answer, with what was made of it. */
let lastListed: { readonly at: number; readonly addresses: readonly InterfaceAddress[]; usable?: readonly UsableAddress[] } | undefined;
