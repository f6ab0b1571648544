/** Who a limit counts: one IPv4 address, or one IPv6 /64, which is what a single subscriber gets (RFC 6177 §2). */
import { hexFromBytes, parseIp } from "@purertc/core";

/** A key for maps: equal for addresses of one source. Text that is no address is its own source. */
export function sourceKey(ip: string): string {
  if (!ip.includes(":")) return ip;
  const bytes = parseIp(ip);
  if (bytes === undefined) return ip;
  return hexFromBytes(bytes.subarray(0, 8));
}
