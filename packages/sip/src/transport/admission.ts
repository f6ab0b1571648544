/** What a transport does with a message before anybody else sees it: RFC 3261 §18.1.2, §18.2.1 and §18.3, RFC 3581 §4. */
import { equalBytes, formatIp, parseIp, type TransportAddress } from "@purertc/core";
import { ipv6ReferenceAddress, type SipMessage, type SipRequest, type SipResponse, type Via } from "@purertc/sip-parser";
import { defaultPort, type SipTransportName } from "../flow.ts";

/** Why a message that can be read is not passed on. */
export type AdmissionFault =
  /** No topmost Via, or one that cannot be read: a response would find no way, and belongs to nobody. */
  | "bad-via"
  /** The topmost Via of a response is not one of ours (§18.1.2). */
  | "foreign-via"
  /** A datagram ends before the body does (§18.3). */
  | "truncated-body";

/**
 * Notes in the topmost Via where a request came from: `received` when sent-by says something else (§18.2.1), and always, with the port, when the client
 * asked with `rport` (RFC 3581 §4). What the peer itself wrote there is not believed. Gives the Via as it was, or undefined when there is none.
 */
export function stampSource(request: SipRequest, source: TransportAddress): Via | undefined {
  const via = request.topVia;
  if (via === undefined) return undefined;
  const { parameters } = via;
  const asksForPort = parameters.has("rport");
  const received = asksForPort || !isAddress(via.host, source.ip);
  if (!received && !parameters.has("received")) return via;
  let stamped = received ? parameters.with("received", source.ip) : parameters.without("received");
  if (asksForPort) stamped = stamped.with("rport", source.port);
  request.headers.replaceFirst("Via", { ...via, parameters: stamped });
  return via;
}

/**
 * Where the response to a request that came in a datagram goes (§18.2.2, RFC 3581 §4): back to the source with `rport`, otherwise to the source's address
 * and sent-by's port. `via` is as it came. With `maddr` in it, see `followMaddr` of the options.
 */
export function datagramReplyAddress(
  via: Via,
  source: TransportAddress,
  followMaddr: boolean,
): { readonly ip: string; readonly port: number } {
  const { port = defaultPort("UDP") } = via;
  // Nobody listens on port 0, whatever sent-by says: who wrote that is where it wrote from.
  if (port === 0) return { ip: source.ip, port: source.port };
  const maddr = via.parameters.get("maddr");
  if (maddr !== undefined) {
    const ip = addressOf(maddr);
    // DEVIATION from RFC 3261 §18.2.2: because a stranger who may name any address has a server that sends to others for him, `maddr` is followed to
    // multicast addresses and back to the source only, unless the options say otherwise.
    if (ip !== undefined && (followMaddr || isMulticast(ip) || ip === source.ip)) return { ip, port };
  }
  if (via.parameters.has("rport")) return { ip: source.ip, port: source.port };
  return { ip: source.ip, port };
}

/** §18.3: a body that is shorter than Content-Length. On streams and WebSockets the framers see to it. */
export function isTruncated(message: SipMessage): boolean {
  return message.missingBodyLength > 0;
}

/** §18.1.2: whether the topmost Via of a response names one of `own`, as {@link sentByKey} writes them. */
export function isOwnResponse(response: SipResponse, transport: SipTransportName, own: (key: string) => boolean): boolean {
  const via = response.topVia;
  return via !== undefined && own(sentByKey(via.host, via.port, transport));
}

/** One spelling for each sent-by: lower case, addresses as RFC 5952 writes them, the port always there. */
export function sentByKey(host: string, port: number | undefined, transport: SipTransportName): string {
  return `${addressOf(host) ?? host.toLowerCase()} ${port ?? defaultPort(transport)}`;
}

/** The canonical text of an IP address in a host, brackets or not; undefined for a name. */
export function addressOf(host: string): string | undefined {
  const bytes = host.startsWith("[") ? ipv6ReferenceAddress(host) : parseIp(host);
  return bytes === undefined ? undefined : formatIp(bytes);
}

/** A host as it stands in URIs and Via: IPv6 in brackets (RFC 3261 §25.1). */
export function hostOf(ip: string): string {
  return ip.includes(":") ? `[${ip}]` : ip;
}

function isAddress(host: string, ip: string): boolean {
  if (host === ip) return true;
  if (!host.startsWith("[")) return false;
  const bytes = ipv6ReferenceAddress(host);
  const other = parseIp(ip);
  return bytes !== undefined && other !== undefined && equalBytes(bytes, other);
}

/** 224.0.0.0/4 and ff00::/8. */
function isMulticast(ip: string): boolean {
  const bytes = parseIp(ip);
  return bytes !== undefined && (bytes.length === 4 ? bytes[0]! >> 4 === 14 : bytes[0] === 0xff);
}
