/**
 * The candidate attribute (RFC 8839 §5.1, with the tcptype of RFC 6544 §4.5):
 *
 *     candidate:<foundation> <component> <transport> <priority> <address> <port> typ <type> [raddr <address>] [rport <port>] *(<name> <value>)
 */
import { Malformed, parseIp } from "@purertc/core";

/** RFC 8445 §5.1.1. */
export type IceCandidateType = "host" | "srflx" | "prflx" | "relay";
/** RFC 6544 §4.5. */
export type IceTcpType = "active" | "passive" | "so";

/** One ICE candidate as it is signalled. */
export interface IceCandidate {
  /** 1 to 32 ice-chars. */
  readonly foundation: string;
  /** 1 is RTP or the only component, 2 is RTCP. */
  readonly component: 1 | 2;
  readonly transport: "udp" | "tcp";
  /** 1 to 2^31 - 1. */
  readonly priority: number;
  /** An IP address, or a host name such as an mDNS one. */
  readonly address: string;
  /** 0 to 65535. */
  readonly port: number;
  readonly type: IceCandidateType;
  /** The base of a reflexive candidate, the mapped address of a relayed one. */
  readonly relatedAddress?: string;
  readonly relatedPort?: number;
  /** TCP candidates only. */
  readonly tcpType?: IceTcpType;
  /** The user name fragment of the generation the candidate belongs to (RFC 8838 §4.1.1's `ufrag`). */
  readonly usernameFragment?: string;
  /** Every extension pair in order, as it was read; `tcptype` and `ufrag` among them when they were there. */
  readonly extensions?: readonly (readonly [string, string])[];
}

/** Why a text is no candidate. */
export type CandidateMalformedReason =
  | "not-a-candidate"
  | "truncated"
  | "bad-foundation"
  | "bad-component"
  | "unsupported-component"
  | "unsupported-transport"
  | "bad-priority"
  | "bad-address"
  | "bad-port"
  | "missing-typ"
  | "unsupported-type"
  | "bad-related-address"
  | "bad-related-port"
  | "bad-tcp-type"
  | "bad-extension";

/**
 * Parses a candidate line, with or without a leading `a=`. `unsupported-*` reasons mean well-formed lines of components, transports or types this
 * stack does not have, which RFC 8839 §5.1 tells receivers to ignore. `offset` counts characters.
 */
export function parseCandidateLine(line: string): IceCandidate | Malformed<CandidateMalformedReason> {
  const prefix = /^(?:a=)?candidate:/i.exec(line)?.[0];
  if (prefix === undefined) return new Malformed("not-a-candidate", 0);
  const fields = splitFields(line, prefix.length);
  const field = (index: number): Field => fields[index] ?? { text: "", at: line.length };
  const fail = <Reason extends CandidateMalformedReason>(reason: Reason, index: number): Malformed<Reason> =>
    new Malformed(reason, field(index).at);

  if (fields.length < 8) return fail("truncated", fields.length);
  const [foundation, component, transport, priority, address, port] = fields.map(({ text }) => text) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if (!/^[A-Za-z0-9+/]{1,32}$/.test(foundation)) return fail("bad-foundation", 0);
  const componentNumber = decimal(component, 3, 256);
  if (componentNumber === undefined || componentNumber < 1) return fail("bad-component", 1);
  if (componentNumber !== 1 && componentNumber !== 2) return fail("unsupported-component", 1);
  const transportName = transport.toLowerCase();
  if (transportName !== "udp" && transportName !== "tcp") return fail("unsupported-transport", 2);
  const priorityNumber = decimal(priority, 10, 0x7fff_ffff); // RFC 8445 §5.1.2: 1 to 2^31 - 1
  if (priorityNumber === undefined || priorityNumber < 1) return fail("bad-priority", 3);
  if (!isConnectionAddress(address)) return fail("bad-address", 4);
  const portNumber = decimal(port, 5, 0xffff);
  if (portNumber === undefined) return fail("bad-port", 5);
  if (field(6).text.toLowerCase() !== "typ") return fail("missing-typ", 6);
  const type = TYPES.find((name) => name === field(7).text.toLowerCase());
  if (type === undefined) return fail("unsupported-type", 7);

  let next = 8;
  let relatedAddress: string | undefined;
  let relatedPort: number | undefined;
  if (field(next).text.toLowerCase() === "raddr") {
    relatedAddress = field(next + 1).text;
    if (!isConnectionAddress(relatedAddress)) return fail("bad-related-address", next + 1);
    next += 2;
  }
  if (field(next).text.toLowerCase() === "rport") {
    relatedPort = decimal(field(next + 1).text, 5, 0xffff);
    if (relatedPort === undefined) return fail("bad-related-port", next + 1);
    next += 2;
  }
  const extensions: (readonly [string, string])[] = [];
  let tcpType: IceTcpType | undefined;
  let usernameFragment: string | undefined;
  for (; next < fields.length; next += 2) {
    const name = field(next).text;
    const value = fields[next + 1]?.text;
    if (name === "" || value === undefined) return fail("bad-extension", next);
    extensions.push([name, value]);
    if (name.toLowerCase() === "tcptype") {
      tcpType = TCP_TYPES.find((known) => known === value.toLowerCase());
      if (tcpType === undefined) return fail("bad-tcp-type", next + 1);
    } else if (name.toLowerCase() === "ufrag") {
      if (!/^[A-Za-z0-9+/]{4,256}$/.test(value)) return fail("bad-extension", next + 1); // RFC 8839 §5.4
      usernameFragment = value;
    }
  }
  return {
    foundation,
    component: componentNumber,
    transport: transportName,
    priority: priorityNumber,
    address,
    port: portNumber,
    type,
    ...(relatedAddress !== undefined && { relatedAddress }),
    ...(relatedPort !== undefined && { relatedPort }),
    ...(tcpType !== undefined && { tcpType }),
    ...(usernameFragment !== undefined && { usernameFragment }),
    ...(extensions.length > 0 && { extensions }),
  };
}

/** `candidate:...` without `a=`. Fields win over `extensions` of the same meaning, which keep their place. */
export function formatCandidateLine(candidate: IceCandidate): string {
  const { foundation, component, transport, priority, address, port, type, relatedAddress, relatedPort } = candidate;
  const parts = [`candidate:${foundation}`, component, transport, priority, address, port, "typ", type];
  if (relatedAddress !== undefined) parts.push("raddr", relatedAddress);
  if (relatedPort !== undefined) parts.push("rport", relatedPort);
  const fields = new Map<string, string | undefined>([
    ["tcptype", candidate.tcpType],
    ["ufrag", candidate.usernameFragment],
  ]);
  const placed = new Set<string>();
  const extensions: string[] = [];
  for (const [name, value] of candidate.extensions ?? []) {
    const key = name.toLowerCase();
    const stated = fields.has(key) ? fields.get(key) : value;
    if (stated === undefined) continue; // the field was taken out
    // A parsed value may differ from the field in case only; then it stays as it came.
    extensions.push(name, stated.toLowerCase() === value.toLowerCase() && key === "tcptype" ? value : stated);
    placed.add(key);
  }
  // RFC 6544 §4.5: tcptype comes before the other extensions.
  if (candidate.tcpType !== undefined && !placed.has("tcptype")) parts.push("tcptype", candidate.tcpType);
  parts.push(...extensions);
  if (candidate.usernameFragment !== undefined && !placed.has("ufrag")) parts.push("ufrag", candidate.usernameFragment);
  return parts.join(" ");
}

interface Field {
  readonly text: string;
  readonly at: number;
}

/** Fields between single spaces; spaces at the end are forgiven. */
function splitFields(line: string, from: number): readonly Field[] {
  const fields: Field[] = [];
  let at = from;
  for (const text of line.slice(from).trimEnd().split(" ")) {
    fields.push({ text, at });
    at += text.length + 1;
  }
  return fields;
}

function decimal(text: string, maxDigits: number, max: number): number | undefined {
  if (text.length > maxDigits || !/^[0-9]+$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

/** RFC 8866 §9: an IP address or a domain name. */
function isConnectionAddress(text: string): boolean {
  return text.includes(":") ? parseIp(text) !== undefined : /^[A-Za-z0-9][A-Za-z0-9.-]{0,254}$/.test(text);
}

const TYPES: readonly IceCandidateType[] = ["host", "srflx", "prflx", "relay"];
const TCP_TYPES: readonly IceTcpType[] = ["active", "passive", "so"];
