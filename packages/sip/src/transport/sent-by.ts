/** What this element writes in Via's sent-by, and what it recognizes as its own there (RFC 3261 §18.1.1, §18.1.2, RFC 7118 §B.1). */
import type { TransportAddress } from "@purertc/core";
import type { SipResponse } from "@purertc/sip-parser";
import type { Flow, SipTransportName } from "../flow.ts";
import { hostOf, isOwnResponse, sentByKey } from "./admission.ts";
import { isWildcard } from "./local-address.ts";

/** A listener, as far as Via goes. */
export interface SentByListener {
  readonly transport: SipTransportName;
  readonly bound: TransportAddress;
  readonly advertised: { readonly host: string; readonly port?: number } | undefined;
}

export interface SentByOptions {
  readonly advertisedHost: string | undefined;
  readonly aliases: readonly string[];
  /** RFC 7118 §B.1: a WebSocket client cannot be reached, and says so with a name that does not exist. */
  readonly webSocketHost: string;
}

export class SentBy {
  readonly #options: SentByOptions;
  readonly #aliases: ReadonlySet<string>;
  readonly #listeners: SentByListener[] = [];
  /** Values known beforehand, as {@link sentByKey} writes them. */
  readonly #known = new Set<string>();

  constructor(options: SentByOptions) {
    this.#options = options;
    this.#aliases = new Set(options.aliases.map((alias) => alias.toLowerCase()));
  }

  /** There is another listener. */
  add(listener: SentByListener): void {
    this.#listeners.push(listener);
    const { transport, bound, advertised } = listener;
    if (advertised !== undefined) this.#known.add(sentByKey(advertised.host, advertised.port, transport));
    if (this.#options.advertisedHost !== undefined) this.#known.add(sentByKey(this.#options.advertisedHost, bound.port, transport));
    if (!isWildcard(bound.ip)) this.#known.add(sentByKey(bound.ip, bound.port, transport));
  }

  /** For requests over a flow; `isClient` when this element has opened it. */
  of(flow: Flow, isClient: boolean): { readonly host: string; readonly port?: number } {
    const listener = this.#listenerFor(flow);
    if (isClient && (flow.transport === "WS" || flow.transport === "WSS")) return { host: this.#options.webSocketHost };
    if (listener?.advertised !== undefined) return listener.advertised;
    return { host: this.#options.advertisedHost ?? hostOf(flow.local.ip), port: listener?.bound.port ?? flow.local.port };
  }

  /** Whether the topmost Via of a response is one of ours. */
  recognizes(response: SipResponse, flow: Flow, isClient: boolean): boolean {
    return isOwnResponse(response, flow.transport, (key) => {
      if (this.#known.has(key)) return true;
      const { host, port } = this.of(flow, isClient);
      return key === sentByKey(host, port, flow.transport) || this.#isAlias(key);
    });
  }

  #isAlias(key: string): boolean {
    const [host, port] = key.split(" ") as [string, string];
    return this.#aliases.has(host) || this.#aliases.has(`${hostOf(host)}:${port}`);
  }

  /** The listener of the flow's transport where the peer can reach this element: the flow's own, one at its address, or any. */
  #listenerFor(flow: Flow): SentByListener | undefined {
    const same = this.#listeners.filter(({ transport, bound }) => transport === flow.transport && bound.family === flow.local.family);
    return (
      same.find(({ bound }) => bound.port === flow.local.port && (bound.ip === flow.local.ip || isWildcard(bound.ip))) ??
      same.find(({ bound }) => bound.ip === flow.local.ip || isWildcard(bound.ip)) ??
      same[0]
    );
  }
}
