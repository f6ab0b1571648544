// Who sent a request: a trunk, by its address, or a user, by digest.
import { DigestServer, type Flow, nodeDigestHashes, type SipStack, TrustDomain } from "@purertc/sip";
import { isSipUri, Malformed, parseUri, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import type { ServerOptions } from "./options.ts";

/** Somebody we believe. */
export interface Sender {
  /** The user; undefined for a trunk. */
  readonly user: string | undefined;
}

export class Authentication {
  readonly #stack: SipStack;
  readonly #trust: TrustDomain;
  readonly #digest: DigestServer;

  /** `hosts`: what this server is called in URIs. */
  constructor(stack: SipStack, hosts: ReadonlySet<string>, options: Pick<ServerOptions, "domain" | "users" | "digest" | "trust">) {
    this.#stack = stack;
    this.#trust = new TrustDomain({ addresses: options.trust });
    this.#digest = new DigestServer({
      hashes: nodeDigestHashes,
      random: stack.random,
      realm: options.domain,
      algorithms: options.digest,
      // INTEROP: sipp 3.6.1 names the server, whatever the Request-URI is.
      acceptUri: (text) => {
        const uri = parseUri(text);
        return !(uri instanceof Malformed) && isSipUri(uri) && hosts.has(uri.host.toLowerCase());
      },
      users: (name) => options.users.get(name),
    });
  }

  /** Whether a peer is a trunk. */
  isTrunk(flow: Flow): boolean {
    return this.#trust.trusts(flow);
  }

  /** The sender of a request, or the response that asks for (better) credentials. */
  senderOf(request: SipRequest, flow: Flow): Sender | SipResponse {
    // A trunk may still register and call as a user; then it says so.
    if (this.isTrunk(flow) && request.method !== "REGISTER" && !request.headers.has("Authorization")) return { user: undefined };
    const now = this.#stack.now();
    const result = this.#digest.verify(now, request);
    return typeof result === "string" ? this.#digest.refuse(now, request, result) : { user: result.username };
  }
}
