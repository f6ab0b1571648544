import { formatTransportAddress, type Instant, InvalidArgumentError, type TransportAddress, transportAddress } from "@purertc/core";
import { type SeededRandom, seededRandom } from "./seeded-random.ts";

/**
 * The four classic kinds of NAT (RFC 3489 §5), in the words of RFC 4787:
 *
 * | kind                 | mapping (§4.1)               | filtering (§5)             |
 * |----------------------|------------------------------|----------------------------|
 * | `full-cone`          | endpoint-independent         | endpoint-independent       |
 * | `address-restricted` | endpoint-independent         | address-dependent          |
 * | `port-restricted`    | endpoint-independent         | address and port-dependent |
 * | `symmetric`          | address and port-dependent   | address and port-dependent |
 */
export type NatBehaviour = "full-cone" | "address-restricted" | "port-restricted" | "symmetric";

/** How a NAT behaves. */
export interface NatOptions {
  readonly behaviour: NatBehaviour;
  /** Addresses on the outer side, at most one of each family. Addresses of a family without one are routed untranslated (IPv6 as at home). */
  readonly externalIps: readonly string[];
  /** How long a mapping, and a permission of its filter, lasts without outbound traffic. Default 120 s, the least that RFC 4787 REQ-5 allows. */
  readonly lifetimeMs?: number;
  /** Whether inbound traffic keeps a mapping as well (RFC 4787 REQ-6 allows it). Default false. */
  readonly refreshedByInbound?: boolean;
  /** Whether hosts inside reach each other's external addresses (RFC 4787 §6). Default true. */
  readonly hairpin?: boolean;
  /** External ports: the same as inside when free, one after another, or any free one. Default `"random"`. */
  readonly ports?: "preserve" | "sequential" | "random";
  /** Whether inbound traffic of untranslated families needs outbound traffic between the same ends first. Default true, as home routers have it for IPv6. */
  readonly firewall?: boolean;
}

interface Mapping {
  readonly internal: TransportAddress;
  readonly external: TransportAddress;
  /** Who may send to it, and until when. */
  readonly permissions: Map<string, Instant>;
  expiresAt: Instant;
}

/** A network address and port translator for UDP. It only translates; `Network` moves the packets. */
export class Nat {
  readonly behaviour: NatBehaviour;
  readonly hairpin: boolean;
  readonly #external: ReadonlyMap<4 | 6, string>;
  readonly #lifetimeMs: number;
  readonly #refreshedByInbound: boolean;
  readonly #ports: "preserve" | "sequential" | "random";
  readonly #firewall: boolean;
  readonly #random: SeededRandom;
  readonly #byInternal = new Map<string, Mapping>();
  readonly #byExternal = new Map<string, Mapping>();
  readonly #flows = new Map<string, Instant>();
  #nextPort = FIRST_PORT;

  /** Throws `InvalidArgumentError` when an external address is none, or two are of one family. */
  constructor(options: NatOptions, random: SeededRandom = seededRandom(0)) {
    const external = new Map<4 | 6, string>();
    for (const ip of options.externalIps) {
      const address = transportAddress(ip, 0);
      if (address === undefined || external.has(address.family)) {
        throw new InvalidArgumentError(`a NAT has at most one address of each family: ${options.externalIps}`, {
          code: "SIMULATOR_NAT_ADDRESS",
        });
      }
      external.set(address.family, address.ip);
    }
    this.#external = external;
    this.behaviour = options.behaviour;
    this.hairpin = options.hairpin ?? true;
    this.#lifetimeMs = options.lifetimeMs ?? 120_000;
    this.#refreshedByInbound = options.refreshedByInbound ?? false;
    this.#ports = options.ports ?? "random";
    this.#firewall = options.firewall ?? true;
    this.#random = random;
  }

  /** Whether addresses of this family are rewritten. The others pass as they are, subject to the firewall. */
  translates(family: 4 | 6): boolean {
    return this.#external.has(family);
  }

  /** The addresses on the outer side, in canonical form. */
  get externalIps(): readonly string[] {
    return [...this.#external.values()];
  }

  /** The source that a packet from inside has outside. Makes or refreshes a mapping. Undefined when no port is free. */
  outbound(now: Instant, source: TransportAddress, destination: TransportAddress): TransportAddress | undefined {
    if (!this.translates(source.family)) {
      this.#flows.set(flowKey(source, destination), now + this.#lifetimeMs);
      return source;
    }
    const key = this.behaviour === "symmetric" ? flowKey(source, destination) : formatTransportAddress(source);
    let mapping = this.#byInternal.get(key);
    if (mapping !== undefined && mapping.expiresAt <= now) {
      this.#remove(key, mapping);
      mapping = undefined;
    }
    mapping ??= this.#add(now, key, source);
    if (mapping === undefined) return undefined;
    mapping.expiresAt = now + this.#lifetimeMs;
    mapping.permissions.set(this.#permissionKey(destination), mapping.expiresAt);
    return mapping.external;
  }

  /** Where inside a packet from outside goes; undefined when there is no mapping or its filter refuses the sender. */
  inbound(now: Instant, source: TransportAddress, destination: TransportAddress): TransportAddress | undefined {
    if (!this.translates(destination.family)) {
      if (!this.#firewall) return destination;
      const until = this.#flows.get(flowKey(destination, source));
      return until !== undefined && until > now ? destination : undefined;
    }
    const mapping = this.#byExternal.get(formatTransportAddress(destination));
    if (mapping === undefined || mapping.expiresAt <= now) return undefined;
    const key = this.#permissionKey(source);
    const until = mapping.permissions.get(key);
    if (until === undefined || until <= now) return undefined;
    if (this.#refreshedByInbound) {
      mapping.expiresAt = now + this.#lifetimeMs;
      mapping.permissions.set(key, mapping.expiresAt);
    }
    return mapping.internal;
  }

  /** Forgets every mapping, as a router does that restarts: the same inside address gets another port afterwards. */
  restart(): void {
    this.#byInternal.clear();
    this.#byExternal.clear();
    this.#flows.clear();
    this.#nextPort += 1000;
  }

  #permissionKey(peer: TransportAddress): string {
    if (this.behaviour === "full-cone") return "anyone";
    return this.behaviour === "address-restricted" ? peer.ip : formatTransportAddress(peer);
  }

  #add(now: Instant, key: string, internal: TransportAddress): Mapping | undefined {
    const external = this.#freeAddress(now, internal);
    if (external === undefined) return undefined;
    const mapping: Mapping = { internal, external, permissions: new Map(), expiresAt: now + this.#lifetimeMs };
    this.#byInternal.set(key, mapping);
    this.#byExternal.set(formatTransportAddress(external), mapping);
    return mapping;
  }

  #remove(key: string, mapping: Mapping): void {
    this.#byInternal.delete(key);
    const externalKey = formatTransportAddress(mapping.external);
    if (this.#byExternal.get(externalKey) === mapping) this.#byExternal.delete(externalKey);
  }

  #freeAddress(now: Instant, internal: TransportAddress): TransportAddress | undefined {
    const ip = this.#external.get(internal.family)!;
    for (let attempt = 0; attempt <= LAST_PORT - FIRST_PORT; attempt++) {
      const port = this.#ports === "preserve" && attempt === 0 ? internal.port : this.#nextCandidatePort();
      const address = transportAddress(ip, port)!;
      const holder = this.#byExternal.get(formatTransportAddress(address));
      if (holder === undefined || holder.expiresAt <= now) return address;
    }
    return undefined;
  }

  #nextCandidatePort(): number {
    if (this.#ports === "random") return this.#random.integer(FIRST_PORT, LAST_PORT);
    if (this.#nextPort > LAST_PORT) this.#nextPort = FIRST_PORT;
    this.#nextPort += 1;
    return this.#nextPort - 1;
  }
}

function flowKey(inside: TransportAddress, outside: TransportAddress): string {
  return `${formatTransportAddress(inside)} ${formatTransportAddress(outside)}`;
}

// RFC 6335 §6: user and dynamic ports, of which NATs commonly use the upper part.
const FIRST_PORT = 20_000;
const LAST_PORT = 65_535;
