/** Requests outside dialogs, as events of a user agent. */

import type { HeadersInit, SipRequest } from "@purertc/sip-parser";
import { textOf } from "./text.ts";

/** How an event's request is answered. */
export type Respond = (
  statusCode: number,
  init?: { readonly reasonPhrase?: string; readonly headers?: HeadersInit; readonly body?: string | Uint8Array },
) => void;

/**
 * `"message"` (RFC 3428), `"options"` (RFC 3261 §11), and `"request"` for methods that the user agent was told to allow. `respond` answers it, once, now or
 * later; a listener that answers later says so with `defer`. Otherwise MESSAGE gets 200, OPTIONS what the user agent can do, and the others 405.
 */
export class SipRequestEvent extends Event {
  readonly request: SipRequest;
  readonly #respond: Respond;
  #state: "open" | "deferred" | "answered" = "open";

  constructor(type: "message" | "options" | "request", request: SipRequest, respond: Respond) {
    super(type);
    this.request = request;
    this.#respond = respond;
  }

  /** The body as UTF-8 text. */
  get text(): string {
    return textOf(this.request.body);
  }

  /** For the user agent: whether it still has to answer. */
  get open(): boolean {
    return this.#state === "open";
  }

  /** The answer will come later; the client waits for some 32 s at most. */
  defer(): void {
    if (this.#state === "open") this.#state = "deferred";
  }

  readonly respond: Respond = (statusCode, init) => {
    if (this.#state === "answered") return;
    this.#state = "answered";
    this.#respond(statusCode, init);
  };
}
