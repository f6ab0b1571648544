/**
 * Peers behind a NAT that use UDP and do not know their public address. RFC 5626 flows are the cure; phones without it put a private address into Contact,
 * and are reached, as RFC 3581 §4 does it for responses, at the address and port that their messages come from.
 */
import { parseIp } from "@purertc/core";
import { isSipUri, type SipRequest } from "@purertc/sip-parser";

/**
 * INTEROP: whether a request came through a NAT, and from its sender itself: the one Via, whose address is that of Contact, has a `received` that differs
 * (RFC 3261 §18.2.1).
 */
export function isBehindNat(request: SipRequest): boolean {
  const [via, ...others] = request.headers.all("Via");
  const received = via?.parameters.get("received");
  if (via === undefined || received === undefined || others.length > 0 || request.headers.has("Record-Route")) return false;
  if (parseIp(bare(via.host)) === undefined || bare(via.host) === bare(received)) return false;
  const contact = request.headers.get("Contact");
  if (contact === undefined || contact === "*") return false;
  // Who asks for its address (rport) speaks and listens on one port.
  return via.parameters.has("rport") && isSipUri(contact.uri) && bare(contact.uri.host) === bare(via.host);
}

/** INTEROP: whether an address is private (RFC 1918, 3927, 4193, 6598) while the peer speaks to us from a public one. */
export function isOutOfReach(host: string, source: string): boolean {
  return isPrivate(host) && !isPrivate(source) && !isLoopback(source);
}

function isPrivate(host: string): boolean {
  const ip = bare(host);
  if (parseIp(ip) === undefined) return false;
  if (ip.includes(":")) return /^(?:f[cd]|fe[89ab])/i.test(ip);
  const [a = 0, b = 0] = ip.split(".").map(Number);
  return (
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  );
}

function isLoopback(host: string): boolean {
  const ip = bare(host);
  return ip === "::1" || ip.startsWith("127.");
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
