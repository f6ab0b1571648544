/** Host names to IP addresses, by the operating system's resolver. */
import { lookup } from "node:dns/promises";
import { formatIp, parseIp } from "@purertc/core";

/**
 * All addresses of a host name, in the resolver's order and in canonical text, without duplicates; an IP literal (an IPv6 one with or
 * without brackets) is its own answer. Rejects with the resolver's error, or with an Error when the answer is empty.
 */
export async function resolveHostname(hostname: string): Promise<readonly string[]> {
  const literal = parseIp(hostname.startsWith("[") && hostname.endsWith("]") ? hostname.slice(1, -1) : hostname);
  if (literal !== undefined) return [formatIp(literal)];
  const addresses = new Set<string>();
  for (const { address } of await lookup(hostname, { all: true, verbatim: true })) {
    const bytes = parseIp(address); // link-local answers carry a zone and are of no use here
    if (bytes !== undefined) addresses.add(formatIp(bytes));
  }
  if (addresses.size === 0) throw new Error(`${hostname} has no usable address`);
  return [...addresses];
}
