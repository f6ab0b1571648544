// Which flow leads to a URI (RFC 3263), and which one that is open already does as well.
import {
  createNodeDns,
  type DnsClient,
  type Flow,
  isOutOfReach,
  locateServers,
  SipResolveError,
  type SipStack,
  type SipTarget,
  SipTransportError,
  type SipTransportName,
} from "@purertc/sip";
import { isSipUri, type NameAddress, nameAddress, sipUri, type Uri, unescapeUri } from "@purertc/sip-parser";

/** Where somebody was last heard. */
export interface Heard {
  readonly flow: Flow;
  /** Over UDP: whether nothing but that flow leads there, as behind a NAT or by RFC 5626. Connections are such as long as they are open. */
  readonly pinned: boolean;
}

/** A request cannot be sent where it should go. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** A request would go round in a circle. */
export class LoopError extends Error {
  override readonly name = "LoopError";
}

export class NextHop {
  readonly #stack: SipStack;
  readonly #supported: readonly SipTransportName[];
  readonly #isOwn: (uri: Uri) => boolean;
  readonly #dns: DnsClient;

  /** `isOwn` tells URIs that lead back to this server. */
  constructor(stack: SipStack, supported: readonly SipTransportName[], isOwn: (uri: Uri) => boolean, dns: DnsClient = createNodeDns()) {
    this.#stack = stack;
    this.#dns = dns;
    this.#isOwn = isOwn;
    this.#supported = supported;
  }

  /**
   * A flow to a URI whose owner was last heard elsewhere, perhaps: there it is sent when nothing else will do. `length` is that of the request, in octets.
   * Rejects with UnreachableError, or LoopError.
   */
  async flowTo(uri: Uri, heard: Heard | undefined, length: number): Promise<Flow> {
    const known = heard?.flow.open === true ? heard.flow : undefined;
    const isPinned = heard?.pinned === true || !isSipUri(uri) || isOutOfReach(uri.host, known?.remote.ip ?? uri.host);
    if (known !== undefined && (known.transport !== "UDP" || isPinned)) return known;
    if (this.#isOwn(uri)) throw new LoopError("it would come back here");
    const targets = await this.#locate(uri);
    if (targets.length === 0 && known !== undefined) return known; // a name that its own network alone knows
    for (const target of targets) {
      try {
        return await this.#open(target, length);
      } catch (error) {
        if (!(error instanceof SipTransportError)) throw error;
      }
    }
    throw new UnreachableError("no server of the target answers");
  }

  /** The servers of another domain, each a way of its own to be tried when those before it fail (RFC 3263 §4.3); none for this one. */
  async serversOf(uri: Uri): Promise<readonly SipTarget[]> {
    return this.#isOwn(uri) ? [] : this.#locate(uri);
  }

  /** A flow to one of them. Rejects with UnreachableError. */
  async flowToServer(server: SipTarget, length: number): Promise<Flow> {
    try {
      return await this.#open(server, length);
    } catch (error) {
      if (error instanceof SipTransportError) throw new UnreachableError(error.message);
      throw error;
    }
  }

  /** Our Contact for the peer at the other end of a flow. */
  contactFor(flow: Flow, user: string | undefined): NameAddress {
    const { host, port } = this.#stack.transports.sentBy?.(flow) ?? { host: flow.local.ip, port: flow.local.port };
    const transport = flow.transport === "WSS" ? "ws" : flow.transport.toLowerCase(); // RFC 7118 §5.3
    return nameAddress(
      sipUri({
        host,
        ...(user === undefined ? {} : { user: unescapeUri(user) }),
        ...(port === undefined ? {} : { port }),
        ...(transport === "udp" ? {} : { parameters: { transport } }),
      }),
    );
  }

  async #locate(uri: Uri): Promise<readonly SipTarget[]> {
    try {
      return await locateServers(uri, { dns: this.#dns, random: this.#stack.random, supported: this.#supported });
    } catch (error) {
      if (error instanceof SipResolveError) return [];
      throw error;
    }
  }

  /** RFC 3261 §18.1.1: over TCP when it is too long for a datagram. */
  #open(target: SipTarget, length: number): Promise<Flow> {
    const { transports } = this.#stack;
    return transports.flowForRequest === undefined ? transports.flowTo(target) : transports.flowForRequest(length, target);
  }
}
