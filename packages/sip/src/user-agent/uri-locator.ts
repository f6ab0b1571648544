/** RFC 3263 for a user agent: the resolver, and a list of servers that failed lately. */
import type { RandomSource } from "@purertc/core";
import type { Uri } from "@purertc/sip-parser";
import type { SipTarget, SipTransportName } from "../flow.ts";
import type { DnsClient } from "../resolver/dns.ts";
import { locateServers } from "../resolver/locate-servers.ts";
import { TargetBlacklist } from "../resolver/target-blacklist.ts";
import type { TransportClock } from "../transport/clock.ts";
import type { ServerLocator } from "./request-sender.ts";

/** What a user agent follows URIs with. */
export interface UriLocatorOptions {
  readonly dns: DnsClient;
  readonly random: RandomSource;
  readonly clock: TransportClock;
  /** Most wanted first. */
  readonly supported: readonly SipTransportName[];
  readonly families?: readonly (4 | 6)[];
  readonly telDomain?: string;
}

/** Locates servers, leaving out those that failed while there are others. */
export class UriLocator implements ServerLocator {
  readonly #options: UriLocatorOptions;
  readonly #blacklist = new TargetBlacklist();

  constructor(options: UriLocatorOptions) {
    this.#options = options;
  }

  async locate(nextHop: Uri): Promise<readonly SipTarget[]> {
    return this.#blacklist.usable(this.#options.clock.now(), await locateServers(nextHop, this.#options));
  }

  failed(target: SipTarget, retryAfterMs?: number): void {
    this.#blacklist.add(this.#options.clock.now(), target, retryAfterMs === undefined ? undefined : retryAfterMs / 1000);
  }
}
