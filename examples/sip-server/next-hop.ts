// Which flow leads to a URI (RFC 3263), and which one that is open already does as well.
import {
  createNodeDns,
  type Flow,
  locateServers,
  SipResolveError,
  type SipStack,
  type SipTarget,
  SipTransportError,
  type SipTransportName,
} from "@purertc/sip";
import { isSipUri, type NameAddress, nameAddress, type SipUri, sipUri, type Uri, unescapeUri } from "@purertc/sip-parser";

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
  readonly #dns = createNodeDns();

  /** `isOwn` tells URIs that lead back to this server. */
  constructor(stack: SipStack, supported: readonly SipTransportName[], isOwn: (uri: Uri) => boolean) {
    this.#stack = stack;
    this.#isOwn = isOwn;
    this.#supported = supported;
  }

  /**
   * A flow to a URI. `known` is the flow that its owner was last heard on: used as long as it is open, but for UDP only when the URI names another host,
   * as that of a phone behind a NAT does. `length` is that of the request, in octets. Rejects with UnreachableError, or LoopError.
   */
  async flowTo(uri: Uri, known: Flow | undefined, length: number): Promise<Flow> {
    if (known?.open === true && (known.transport !== "UDP" || !isSipUri(uri) || hostOf(uri) !== known.remote.ip)) return known;
    if (this.#isOwn(uri)) throw new LoopError("it would come back here");
    for (const target of await this.#locate(uri)) {
      try {
        return await this.#open(target, length);
      } catch (error) {
        if (!(error instanceof SipTransportError)) throw error;
      }
    }
    throw new UnreachableError("no server of the target answers");
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
      if (error instanceof SipResolveError) throw new UnreachableError("the target has no address");
      throw error;
    }
  }

  /** RFC 3261 §18.1.1: over TCP when it is too long for a datagram. */
  #open(target: SipTarget, length: number): Promise<Flow> {
    const { transports } = this.#stack;
    return transports.flowForRequest === undefined ? transports.flowTo(target) : transports.flowForRequest(length, target);
  }
}

/** The host without the brackets of IPv6. */
function hostOf(uri: SipUri): string {
  return uri.host.replace(/^\[|\]$/g, "");
}
