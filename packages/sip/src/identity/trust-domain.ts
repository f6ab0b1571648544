/** Whom we believe (RFC 3325 §2.3, §3): peers whose asserted identities count, and who may see those of users who want privacy. */
import { InvalidArgumentError, parseIp } from "@purertc/core";
import type { Flow } from "../flow.ts";

/** Whom to trust: a peer that any of these names. */
export interface TrustDomainOptions {
  /** IP addresses and prefixes such as `192.0.2.0/24`. Addresses can be forged over UDP: give those of one's own network only. */
  readonly addresses?: readonly string[];
  /** SIP domains; a peer is trusted whose certificate proves one of them (RFC 5922). */
  readonly identities?: readonly string[];
}

interface Prefix {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** The peers that are trusted. Without options: none. */
export class TrustDomain {
  readonly #prefixes: readonly Prefix[];
  readonly #identities: ReadonlySet<string>;

  /** Throws InvalidArgumentError for an address that is none. */
  constructor(options: TrustDomainOptions = {}) {
    this.#prefixes = (options.addresses ?? []).map(parsePrefix);
    this.#identities = new Set((options.identities ?? []).map((each) => each.toLowerCase()));
  }

  /** Whether what comes over a flow comes from, and what is sent over it goes to, a trusted peer. */
  trusts(flow: Flow): boolean {
    return flow.peerIdentities.some((each) => this.#identities.has(each)) || this.trustsAddress(flow.remote.ip);
  }

  /** Whether an address is one of `addresses`. */
  trustsAddress(ip: string): boolean {
    const bytes = unmapped(parseIp(ip));
    return bytes !== undefined && this.#prefixes.some((prefix) => isIn(bytes, prefix));
  }
}

function parsePrefix(text: string): Prefix {
  const [ip = "", length] = text.split("/", 2);
  const bytes = unmapped(parseIp(ip));
  const bits = length === undefined ? (bytes?.length ?? 0) * 8 : /^[0-9]{1,3}$/.test(length) ? Number(length) : -1;
  if (bytes === undefined || bits < 0 || bits > bytes.length * 8)
    throw new InvalidArgumentError(`not an IP address or prefix: ${text}`, { code: "SIP_TRUST_ADDRESS" });
  return { bytes, bits };
}

/** An IPv4 address in IPv6 clothes, as dual-stack sockets show them, is the IPv4 address. */
function unmapped(bytes: Uint8Array | undefined): Uint8Array | undefined {
  if (bytes?.length !== 16) return bytes;
  const mapped = bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0);
  return mapped ? bytes.subarray(12) : bytes;
}

function isIn(bytes: Uint8Array, prefix: Prefix): boolean {
  if (bytes.length !== prefix.bytes.length) return false;
  for (let i = 0; i * 8 < prefix.bits; i++) {
    const mask = prefix.bits - i * 8 >= 8 ? 0xff : (0xff << (8 - (prefix.bits - i * 8))) & 0xff;
    if (((bytes[i]! ^ prefix.bytes[i]!) & mask) !== 0) return false;
  }
  return true;
}
