import { cut, isNonWhitespace, parseInteger } from "../grammar.ts";

/** c= (RFC 8866 §5.7): where the media goes. */
export interface Connection {
  /** `IN`. */
  readonly netType: string;
  /** `IP4` or `IP6`. */
  readonly addressType: string;
  /** Without the multicast suffixes. */
  readonly address: string;
  /** IPv4 multicast: 0 to 255. */
  readonly ttl?: number;
  /** Multicast: number of contiguous addresses. */
  readonly addressCount?: number;
}

/** Parses the value of a c= line. */
export function parseConnection(text: string): Connection | undefined {
  const [netType, addressType, target, ...rest] = text.split(" ", 4);
  if (netType === undefined || addressType === undefined || target === undefined || rest.length > 0) return undefined;
  const [address, suffix] = cut(target, "/");
  if (![netType, addressType, address].every(isNonWhitespace)) return undefined;
  if (suffix === undefined) return { netType, addressType, address };
  const [first, second, ...more] = suffix.split("/", 3);
  const firstValue = parseInteger(first, 0, MAX_COUNT);
  if (firstValue === undefined || more.length > 0) return undefined;
  // §5.7: IPv6 multicast has no TTL, so its one suffix is the count.
  if (addressType === "IP6") return second === undefined ? { netType, addressType, address, addressCount: firstValue } : undefined;
  if (firstValue > 255) return undefined;
  if (second === undefined) return { netType, addressType, address, ttl: firstValue };
  const addressCount = parseInteger(second, 1, MAX_COUNT);
  return addressCount === undefined ? undefined : { netType, addressType, address, ttl: firstValue, addressCount };
}

/** Writes the value of a c= line. */
export function writeConnection(connection: Connection): string {
  const ttl = connection.ttl === undefined ? "" : `/${connection.ttl}`;
  const count = connection.addressCount === undefined ? "" : `/${connection.addressCount}`;
  return `${connection.netType} ${connection.addressType} ${connection.address}${ttl}${count}`;
}

const MAX_COUNT = 0xffff_ffff;
