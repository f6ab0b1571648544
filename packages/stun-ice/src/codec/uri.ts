/**
 * stun:, stuns: (RFC 7064) and turn:, turns: (RFC 7065) URIs:
 *
 *     scheme ":" host [":" port] ["?transport=" transport]          the query only for turn and turns
 */
import { Malformed, parseIp } from "@purertc/core";

/** A STUN or TURN server as a URI names it, defaults filled in. */
export interface IceUrl {
  readonly scheme: "stun" | "stuns" | "turn" | "turns";
  /** An IP address (IPv6 without brackets) or a registered name, as it was written. */
  readonly host: string;
  /** 1 to 65535; 3478, or 5349 for the secure schemes, when the URI states none. */
  readonly port: number;
  /** Between client and server; UDP, or TCP for the secure schemes, when the URI states none. */
  readonly transport: "udp" | "tcp";
}

/** Why a text is no URI of a STUN or TURN server. */
export type IceUrlMalformedReason = "unknown-scheme" | "bad-host" | "bad-port" | "bad-query" | "unsupported-transport";

/** Parses a URI. Schemes are matched without regard to case. `offset` counts characters. */
export function parseIceUrl(text: string): IceUrl | Malformed<IceUrlMalformedReason> {
  const scheme = SCHEMES.find((name) => text.slice(0, name.length + 1).toLowerCase() === `${name}:`);
  if (scheme === undefined) return new Malformed("unknown-scheme", 0);
  const hostAt = scheme.length + 1;
  const queryMark = text.indexOf("?", hostAt);
  const hostPort = text.slice(hostAt, queryMark < 0 ? text.length : queryMark);

  const parts = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/.exec(hostPort);
  const host = parts === null ? undefined : parseHost(parts[1]!);
  if (parts === null || host === undefined) return new Malformed("bad-host", hostAt);
  const portAt = hostAt + parts[1]!.length + 1;
  let port = isSecure(scheme) ? 5349 : 3478;
  if (parts[2] !== undefined) {
    if (!/^[0-9]{1,5}$/.test(parts[2])) return new Malformed("bad-port", portAt);
    port = Number(parts[2]);
    if (port < 1 || port > 0xffff) return new Malformed("bad-port", portAt);
  }

  let transport: "udp" | "tcp" = isSecure(scheme) ? "tcp" : "udp";
  if (queryMark >= 0) {
    // RFC 7064 §3.1 has no query.
    if (scheme === "stun" || scheme === "stuns") return new Malformed("bad-query", queryMark);
    const stated = /^transport=([A-Za-z0-9\-._~]+)$/i.exec(text.slice(queryMark + 1))?.[1]?.toLowerCase();
    if (stated === undefined) return new Malformed("bad-query", queryMark + 1);
    if (stated !== "udp" && stated !== "tcp") return new Malformed("unsupported-transport", queryMark + 1);
    transport = stated;
  }
  return { scheme, host, port, transport };
}

/** The shortest URI that parses to `url`. */
export function formatIceUrl(url: IceUrl): string {
  const secure = isSecure(url.scheme);
  const host = url.host.includes(":") ? `[${url.host}]` : url.host;
  const port = url.port === (secure ? 5349 : 3478) ? "" : `:${url.port}`;
  const transport = url.transport === (secure ? "tcp" : "udp") || url.scheme.startsWith("stun") ? "" : `?transport=${url.transport}`;
  return `${url.scheme}:${host}${port}${transport}`;
}

function isSecure(scheme: IceUrl["scheme"]): boolean {
  return scheme === "stuns" || scheme === "turns";
}

/** RFC 3986 §3.2.2: an IP literal in brackets, an IPv4 address or a registered name. */
function parseHost(text: string): string | undefined {
  if (text.startsWith("[")) {
    const ip = text.slice(1, -1);
    return ip.includes(":") && parseIp(ip) !== undefined ? ip : undefined;
  }
  return /^(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2}){1,255}$/.test(text) ? text : undefined;
}

const SCHEMES: readonly IceUrl["scheme"][] = ["stun", "stuns", "turn", "turns"];
