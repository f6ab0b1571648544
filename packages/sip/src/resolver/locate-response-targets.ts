/** Where a response goes when the way its request came is gone (RFC 3261 §18.2.2, RFC 3263 §5). */
import type { RandomSource } from "@purertc/core";
import type { Via } from "@purertc/sip-parser";
import { defaultPort, type SipTarget, type SipTransportName } from "../flow.ts";
import type { DnsClient } from "./dns.ts";
import { addressesOf, ask, numericHost, srvName } from "./locate-servers.ts";
import { isRoot } from "./naptr-order.ts";
import { orderSrvRecords } from "./srv-order.ts";

/** What it takes to look for a way back. */
export interface LocateResponseOptions {
  readonly dns: DnsClient;
  readonly random: RandomSource;
  /** See `LocateOptions`. */
  readonly families?: readonly (4 | 6)[];
}

/**
 * The addresses to try for a response, in order: `received` of the topmost Via (as the transport has written it) with sent-by's port, then what sent-by
 * itself leads to. Empty when the transport is none of ours, or for WebSocket clients, who cannot be reached (RFC 7118 §B.1).
 */
export async function locateResponseTargets(via: Via, options: LocateResponseOptions): Promise<readonly SipTarget[]> {
  const transport = TRANSPORTS.get(via.transport.toUpperCase());
  if (transport === undefined) return [];
  const targets: SipTarget[] = [];
  const add = (ip: string, port: number): void => {
    if (targets.length < MAX_TARGETS && !targets.some((target) => target.ip === ip && target.port === port)) targets.push(target(ip, port));
  };
  const numeric = numericHost(via.host);
  const target = (ip: string, port: number): SipTarget =>
    numeric === undefined ? { transport, ip, port, hostname: via.host } : { transport, ip, port };
  const port = via.port ?? defaultPort(transport);
  const received = numericHost(via.parameters.get("received") ?? "");
  if (received !== undefined) {
    // RFC 3581 §4: for UDP with rport the source's port; a connection is opened to the port the peer listens on.
    const rport = transport === "UDP" ? Number(via.parameters.get("rport") ?? 0) : 0;
    add(received, rport > 0 ? rport : port);
  }
  // RFC 3263 §5: an address; a name with a port; a name with SRV records.
  if (numeric !== undefined) add(numeric, port);
  else if (via.port !== undefined) for (const ip of await addressesOf(via.host, options, [])) add(ip, port);
  else {
    const records = await ask(() => options.dns.srv(srvName(transport, via.host)), []);
    for (const record of orderSrvRecords(records.slice(0, MAX_TARGETS), options.random)) {
      if (isRoot(record.target)) continue;
      for (const ip of await addressesOf(record.target, options, [])) add(ip, record.port);
    }
    if (records.length === 0) for (const ip of await addressesOf(via.host, options, [])) add(ip, port);
  }
  return targets;
}

const TRANSPORTS: ReadonlyMap<string, SipTransportName> = new Map([
  ["UDP", "UDP"],
  ["TCP", "TCP"],
  ["TLS", "TLS"],
]);
const MAX_TARGETS = 16;
