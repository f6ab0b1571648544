/** From a URI to the addresses to try (RFC 3263 §4): transport, port and IP address, in this order. Pure but for the DNS, which is injected. */
import { formatIp, parseIp, type RandomSource } from "@purertc/core";
import { ipv6ReferenceAddress, isSipUri, isTelUri, Parameters, type SipUri, sipUri, type TelUri, type Uri } from "@purertc/sip-parser";
import { defaultPort, type SipTarget, type SipTransportName } from "../flow.ts";
import type { DnsClient } from "./dns.ts";
import { chooseNaptr, isRoot } from "./naptr-order.ts";
import { SipResolveError } from "./resolve-error.ts";
import { orderSrvRecords } from "./srv-order.ts";

/** What it takes to follow a URI. */
export interface LocateOptions {
  readonly dns: DnsClient;
  /** For the weights of SRV records. */
  readonly random: RandomSource;
  /** Transports this element has, most wanted first: what decides when the DNS leaves a choice. */
  readonly supported: readonly SipTransportName[];
  /** Address families this element has, most wanted first (RFC 7984 §3 wants both asked for); IPv6 and IPv4 when absent. */
  readonly families?: readonly (4 | 6)[];
  /** Whether NAPTR records are asked for; true. Without, the transport is found as if there were none. */
  readonly naptr?: boolean;
  /** Where numbers of tel URIs are sent (RFC 3261 §19.1.6): a domain. Without it a tel URI leads nowhere. */
  readonly telDomain?: string;
}

/**
 * Every address to try, in order (§4.3). At most 64: a DNS answer is somebody else's input. Rejects with `SipResolveError` when there is none.
 * URIs that are neither sip, sips nor tel are refused.
 */
export async function locateServers(uri: Uri, options: LocateOptions): Promise<readonly SipTarget[]> {
  const sip = asSipUri(uri, options.telDomain);
  if (sip === undefined) throw new SipResolveError("neither sip nor sips, and no domain for tel", { code: "UNSUPPORTED_URI" });
  return new Location(sip, options).targets();
}

/** RFC 3261 §19.1.6: a telephone number as a user of a domain. Visual separators and parameters stay as they are. */
export function sipUriFromTel(tel: TelUri, domain: string): SipUri {
  return sipUri({
    scheme: "sip",
    user: `${tel.number}${tel.parameters.toString()}`,
    host: domain,
    parameters: Parameters.of({ user: "phone" }),
  });
}

/** The IP address a host stands for by itself, without brackets; undefined for a name. */
export function numericHost(host: string): string | undefined {
  const bytes = host.startsWith("[") ? ipv6ReferenceAddress(host) : parseIp(host);
  return bytes === undefined ? undefined : formatIp(bytes);
}

/** Addresses of a name, those of the most wanted family first. */
export async function addressesOf(
  name: string,
  options: Pick<LocateOptions, "dns" | "families">,
  errors: unknown[],
): Promise<readonly string[]> {
  const families = options.families ?? [6, 4];
  const answers = await Promise.all(
    families.map((family) => ask(family === 6 ? () => options.dns.aaaa(name) : () => options.dns.a(name), errors)),
  );
  return answers.flatMap((answer) => answer.slice(0, MAX_ADDRESSES)).flatMap((ip) => numericHost(ip) ?? []);
}

/** An answer, or an empty one when the DNS fails: other records may still lead somewhere. */
export async function ask<T>(query: () => Promise<readonly T[]>, errors: unknown[]): Promise<readonly T[]> {
  try {
    return await query();
  } catch (error) {
    errors.push(error);
    return [];
  }
}

/** The name SRV records of a transport are at (RFC 3263 §4.1, §4.2; RFC 7118 §5.3 for WebSocket). */
export function srvName(transport: SipTransportName, domain: string): string {
  return `${SRV_PREFIX[transport]}.${domain}`;
}

/** One search. */
class Location {
  readonly #uri: SipUri;
  readonly #options: LocateOptions;
  /** §4: maddr instead of the host. */
  readonly #host: string;
  readonly #secure: boolean;
  readonly #errors: unknown[] = [];

  constructor(uri: SipUri, options: LocateOptions) {
    this.#uri = uri;
    this.#options = options;
    this.#host = uri.parameters.get("maddr") ?? uri.host;
    this.#secure = uri.scheme === "sips";
  }

  async targets(): Promise<readonly SipTarget[]> {
    const found = await this.#find();
    if (found.length > 0) return found.slice(0, MAX_TARGETS);
    const [cause] = this.#errors;
    if (cause !== undefined) throw new SipResolveError(`the DNS could not be asked for ${this.#host}`, { code: "DNS_FAILED", cause });
    throw new SipResolveError(`no server for ${this.#host}`, { code: "NO_SERVER" });
  }

  async #find(): Promise<readonly SipTarget[]> {
    const stated = this.#uri.parameters.get("transport");
    const numeric = numericHost(this.#host);
    const { port } = this.#uri;
    if (stated !== undefined || numeric !== undefined || port !== undefined) {
      // §4.1: the URI decides, or what is usual for its scheme.
      const transport = this.#supported(stated === undefined ? (this.#secure ? "TLS" : "UDP") : transportOf(stated, this.#secure));
      if (numeric !== undefined) return [this.#target(transport, numeric, port)];
      return port !== undefined ? this.#at(transport, this.#host, port) : this.#byService(transport);
    }
    return this.#options.naptr === false ? this.#withoutNaptr() : this.#byNaptr();
  }

  async #byNaptr(): Promise<readonly SipTarget[]> {
    const { dns, supported } = this.#options;
    const records = await ask(() => dns.naptr(this.#host), this.#errors);
    const choices = chooseNaptr(records.slice(0, MAX_RECORDS), supported, this.#secure);
    if (choices.length === 0) return this.#withoutNaptr();
    const targets: SipTarget[] = [];
    for (const { transport, next, name } of choices) {
      targets.push(...(next === "srv" ? ((await this.#bySrv(transport, name)) ?? []) : await this.#at(transport, name, undefined)));
    }
    return targets;
  }

  /** §4.1: no NAPTR records, so each transport is asked for; §4.2: no SRV records either, so the addresses themselves and the usual transport. */
  async #withoutNaptr(): Promise<readonly SipTarget[]> {
    const transports = this.#options.supported.filter((transport) => !this.#secure || transport === "TLS" || transport === "WSS");
    const answers = await Promise.all(transports.map((transport) => this.#bySrv(transport, srvName(transport, this.#host))));
    if (answers.some((answer) => answer !== undefined)) return answers.flatMap((answer) => answer ?? []);
    return this.#at(this.#supported(this.#secure ? "TLS" : "UDP"), this.#host, undefined);
  }

  /** The transport is known, the port is not. */
  async #byService(transport: SipTransportName): Promise<readonly SipTarget[]> {
    return (await this.#bySrv(transport, srvName(transport, this.#host))) ?? this.#at(transport, this.#host, undefined);
  }

  /** Undefined when there are no SRV records; empty when they say that there is no such service (RFC 2782, target "."). */
  async #bySrv(transport: SipTransportName, name: string): Promise<readonly SipTarget[] | undefined> {
    const records = await ask(() => this.#options.dns.srv(name), this.#errors);
    if (records.length === 0) return undefined;
    const ordered = orderSrvRecords(records.slice(0, MAX_RECORDS), this.#options.random).filter(
      ({ target, port }) => !isRoot(target) && port > 0,
    );
    const targets = await Promise.all(ordered.map(({ target, port }) => this.#at(transport, target, port)));
    return targets.flat();
  }

  async #at(transport: SipTransportName, name: string, port: number | undefined): Promise<readonly SipTarget[]> {
    const addresses = await addressesOf(name, this.#options, this.#errors);
    return addresses.map((ip) => this.#target(transport, ip, port));
  }

  /** RFC 5922 §7.3: the certificate has to prove the domain of the URI, whatever names the DNS has led through. */
  #target(transport: SipTransportName, ip: string, port: number | undefined): SipTarget {
    const target = { transport, ip, port: port ?? defaultPort(transport) };
    return numericHost(this.#uri.host) === undefined ? { ...target, hostname: this.#uri.host } : target;
  }

  #supported(transport: SipTransportName | undefined): SipTransportName {
    if (transport !== undefined && this.#options.supported.includes(transport)) return transport;
    const name = this.#uri.parameters.get("transport") ?? transport ?? "";
    throw new SipResolveError(`no transport here for ${this.#uri.scheme} and ${name}`, { code: "UNSUPPORTED_TRANSPORT" });
  }
}

/** RFC 3261 §19.1.1 and §26.2.2: with sips, `tcp` means TLS and `ws` means WSS; `udp` and sips exclude each other. `tls` is deprecated and understood. */
function transportOf(parameter: string, secure: boolean): SipTransportName | undefined {
  switch (parameter.toLowerCase()) {
    case "udp":
      return secure ? undefined : "UDP";
    case "tcp":
      return secure ? "TLS" : "TCP";
    case "tls":
      return "TLS";
    case "ws":
      return secure ? "WSS" : "WS";
    case "wss":
      return "WSS";
    default:
      return undefined;
  }
}

function asSipUri(uri: Uri, telDomain: string | undefined): SipUri | undefined {
  if (isSipUri(uri)) return uri;
  return isTelUri(uri) && telDomain !== undefined ? sipUriFromTel(uri, telDomain) : undefined;
}

const SRV_PREFIX: Readonly<Record<SipTransportName, string>> = {
  UDP: "_sip._udp",
  TCP: "_sip._tcp",
  TLS: "_sips._tcp",
  WS: "_sip._ws",
  WSS: "_sips._ws",
};

/** Of one answer, and of all: a domain's owner does not decide how long this element is busy. */
const MAX_RECORDS = 32;
const MAX_ADDRESSES = 8;
const MAX_TARGETS = 64;
