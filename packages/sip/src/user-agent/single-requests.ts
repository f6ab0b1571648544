/** Requests outside dialogs, one transaction after the other until there is an answer worth having: credentials (RFC 3261 §22.2), redirections (§8.1.3.4). */
import { type Contact, isSipUri, type NameAddress, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import type { AgentSettings } from "./agent-settings.ts";
import type { RequestRoute, RequestSender } from "./request-sender.ts";
import { failedBy } from "./sip-error.ts";

export class SingleRequests {
  readonly #sender: RequestSender;
  readonly #settings: AgentSettings;

  constructor(sender: RequestSender, settings: AgentSettings) {
    this.#sender = sender;
    this.#settings = settings;
  }

  /** The final response; rejects with `SipError` when there is none, or with the signal's reason. */
  async send(request: SipRequest, route: RequestRoute, signal?: AbortSignal): Promise<SipResponse> {
    let current = request;
    let currentRoute = route;
    const tried = new Set([request.uriText]);
    for (let attempt = 1; ; attempt++) {
      const response = await this.#once(current, currentRoute, signal);
      const next = attempt >= MAX_ATTEMPTS ? undefined : this.#next(current, response, tried);
      if (next === undefined) return response;
      // A new target has another next hop, unless a proxy comes first.
      if (next.uriText !== current.uriText && !next.headers.has("Route") && !("reason" in next.uri)) currentRoute = { nextHop: next.uri };
      current = next;
    }
  }

  #next(request: SipRequest, response: SipResponse, tried: Set<string>): SipRequest | undefined {
    const { statusCode } = response;
    if (statusCode === 401 || statusCode === 407) return this.#settings.authorize(request, response);
    if (statusCode < 300 || statusCode > 399) return undefined;
    for (const { uri } of byPreference(response.headers.all("Contact"))) {
      // §8.1.3.4: what was to be secure stays so, and only a SIP URI can be sent to.
      if (!isSipUri(uri) || (isSecure(request) && uri.scheme !== "sips")) continue;
      const next = request.copy();
      next.uri = { ...uri, headers: [], parameters: uri.parameters.without("method") }; // §19.1.1: not in a Request-URI
      if (tried.has(next.uriText)) continue; // §8.1.3.4: nothing is tried twice
      tried.add(next.uriText);
      next.headers.set("CSeq", { number: (request.cseq?.number ?? 0) + 1, method: request.method });
      return next;
    }
    return undefined;
  }

  #once(request: SipRequest, route: RequestRoute, signal: AbortSignal | undefined): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      const aborted = (): void => reject(signal?.reason);
      if (signal?.aborted === true) return aborted();
      signal?.addEventListener("abort", aborted, { once: true });
      this.#sender.send(request, route, {
        response: (response) => {
          if (response.statusCode < 200) return;
          signal?.removeEventListener("abort", aborted);
          resolve(response);
        },
        failed: (cause, message) => {
          signal?.removeEventListener("abort", aborted);
          reject(failedBy(cause, { message }));
        },
      });
    });
  }
}

function isSecure(request: SipRequest): boolean {
  return request.uriText.toLowerCase().startsWith("sips:");
}

function byPreference(contacts: readonly Contact[]): NameAddress[] {
  const q = (contact: NameAddress): number => Number(contact.parameters.get("q") ?? 1);
  return contacts.filter((contact) => contact !== "*").sort((a, b) => q(b) - q(a));
}

/** Challenges of proxies and the server, and redirections, together. */
const MAX_ATTEMPTS = 6;
