/** IP addresses as text and bytes (RFC 4291 §2.2, RFC 5952), transport addresses and paths between them. */

/** An IP address, a port and the transport: what one end of a path is. Compare with {@link sameTransportAddress}. */
export interface TransportAddress {
  /** `"udp"`, or `"tcp"` for a stream with RFC 4571 framing. */
  readonly protocol: "udp" | "tcp";
  readonly family: 4 | 6;
  /** Canonical text: dotted quad, or RFC 5952 form, without brackets or zone. */
  readonly ip: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** A pair of ends that datagrams travel between, seen from the local end. Hosts reuse one object per path, so `===` works as a fast check. */
export interface Path {
  readonly local: TransportAddress;
  readonly remote: TransportAddress;
}

/** Builds a transport address from any valid IP text; undefined when `ip` is not one or the port is out of range. */
export function transportAddress(ip: string, port: number, protocol: "udp" | "tcp" = "udp"): TransportAddress | undefined {
  const bytes = parseIp(ip);
  if (bytes === undefined || !Number.isInteger(port) || port < 0 || port > 0xffff) return undefined;
  return { protocol, family: bytes.length === 4 ? 4 : 6, ip: formatIp(bytes), port };
}

/** Whether both are the same transport, address and port. */
export function sameTransportAddress(a: TransportAddress, b: TransportAddress): boolean {
  return a === b || (a.port === b.port && a.ip === b.ip && a.protocol === b.protocol);
}

/** Whether both are the same pair of ends. */
export function samePath(a: Path, b: Path): boolean {
  return a === b || (sameTransportAddress(a.remote, b.remote) && sameTransportAddress(a.local, b.local));
}

/** `192.0.2.1:5000` or `[2001:db8::1]:5000`; for logs and map keys. */
export function formatTransportAddress(address: TransportAddress): string {
  return address.family === 6 ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`;
}

/** The 4 or 16 bytes of an IP address text; undefined when it is none. Zones (`%eth0`) and brackets are not accepted. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** Text of a 4- or 16-byte address; IPv6 in RFC 5952 form. Throws RangeError for any other length. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) throw new RangeError("an IP address has 4 or 16 bytes");
  // RFC 5952 §5: IPv4-mapped addresses in mixed notation.
  if (bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff) {
    return `::ffff:${bytes.subarray(12).join(".")}`;
  }
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!);
  // RFC 5952 §4.2: the longest run of two or more zero groups, the first of equals, becomes "::".
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  if (bestStart < 0) return hex(groups);
  return `${hex(groups.slice(0, bestStart))}::${hex(groups.slice(bestStart + bestLength))}`;
}

/** 127.0.0.0/8 or ::1. */
export function isLoopbackIp(ip: string): boolean {
  return ip === "::1" || (!ip.includes(":") && ip.startsWith("127.")) || ip.startsWith("::ffff:127.");
}

/** 169.254.0.0/16 or fe80::/10. */
export function isLinkLocalIp(ip: string): boolean {
  return ip.includes(":") ? /^fe[89ab][0-9a-f]:/.test(ip) : ip.startsWith("169.254.");
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".", 5);
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!;
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split("::", 3);
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const bytes = new Uint8Array(16);
  writeGroups(bytes, 0, head);
  writeGroups(bytes, 16 - 2 * tail.length, tail);
  return bytes;
}

function writeGroups(bytes: Uint8Array, at: number, groups: readonly number[]): void {
  for (let i = 0; i < groups.length; i++) {
    bytes[at + 2 * i] = groups[i]! >> 8;
    bytes[at + 2 * i + 1] = groups[i]!;
  }
}

/** Colon-separated groups; the last may be a dotted quad when `quadAllowed`. */
function parseGroups(text: string, quadAllowed: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (quadAllowed && i === parts.length - 1 && part.includes(".")) {
      const quad = parseIpv4(part);
      if (quad === undefined) return undefined;
      groups.push((quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}
