/** The host's DNS (node:dns) as a {@link DnsClient}. */
import { lookup, Resolver } from "node:dns/promises";
import type { DnsClient, NaptrRecord, SrvRecord } from "./dns.ts";

/** Which servers are asked, and how patiently. */
export interface NodeDnsOptions {
  /** Addresses of DNS servers, `ip` or `ip:port`. When absent the system is asked as any program asks it: names of its own, such as /etc/hosts, included. */
  readonly servers?: readonly string[];
  /** Milliseconds a server has for an answer at the first try; 2,000. */
  readonly timeoutMs?: number;
  /** Tries of each server; 3. */
  readonly tries?: number;
}

/** Asks the system's DNS servers, or others. */
export function createNodeDns(options: NodeDnsOptions = {}): DnsClient {
  const resolver = new Resolver({ timeout: options.timeoutMs ?? 2000, tries: options.tries ?? 3 });
  const { servers } = options;
  if (servers !== undefined) resolver.setServers([...servers]);
  const addresses = async (name: string, family: 4 | 6): Promise<readonly string[]> =>
    (await found(() => lookup(name, { all: true, family }))).map(({ address }) => address);
  return {
    naptr: async (name) => (await found(() => resolver.resolveNaptr(name))).map((record): NaptrRecord => record),
    srv: async (name) =>
      (await found(() => resolver.resolveSrv(name))).map(({ name: target, ...rest }): SrvRecord => ({ ...rest, target })),
    a: (name) => (servers === undefined ? addresses(name, 4) : found(() => resolver.resolve4(name))),
    aaaa: (name) => (servers === undefined ? addresses(name, 6) : found(() => resolver.resolve6(name))),
  };
}

/** No such name and no such record are answers; everything else is a failure. */
async function found<T>(query: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await query();
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENODATA" || error.code === "ENOTFOUND")) return [];
    throw error;
  }
}
