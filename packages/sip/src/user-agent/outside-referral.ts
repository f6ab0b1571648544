/** A REFER of ours outside of calls, and what becomes of it (RFC 3515 §2.4.4). */
import { isMediaType, type SipRequest } from "@purertc/sip-parser";
import type { OutgoingRefer } from "../session/refer.ts";
import { parseStatusFragment } from "../session/sipfrag.ts";
import type { Subscription, SubscriptionEvent } from "../session/subscription.ts";
import { CallTransfer } from "./call-transfer.ts";

export class OutsideReferral implements OutgoingRefer {
  readonly transfer: CallTransfer;
  readonly #machine: Subscription;
  #state: OutgoingRefer["state"] = "sent";

  constructor(machine: Subscription, signal: AbortSignal | undefined) {
    this.#machine = machine;
    this.transfer = new CallTransfer(this, signal);
  }

  get request(): SipRequest {
    return this.#machine.request;
  }

  get state(): OutgoingRefer["state"] {
    return this.#state;
  }

  /** For the user agent: what the machine says. */
  handle(event: SubscriptionEvent): void {
    if (this.#state === "rejected" || this.#state === "finished") return;
    if (event.type === "accepted") {
      this.#state = "accepted";
      this.transfer.progressed(event.response.statusCode, event.response.reasonPhrase, false);
    } else if (event.type === "notify") {
      const ended = event.state === "terminated";
      const fragment = isMediaType(event.contentType, "message/sipfrag") ? parseStatusFragment(event.body) : undefined;
      // A subscription that ends without a word on the request: it is not known how it went.
      const { statusCode, reasonPhrase } = fragment ?? { statusCode: ended ? 500 : 100, reasonPhrase: "" };
      this.#state = ended ? "finished" : "accepted";
      this.transfer.progressed(statusCode, reasonPhrase, ended);
    } else {
      const response = event.message?.kind === "response" ? event.message : undefined;
      this.#state = response === undefined ? "finished" : "rejected";
      this.transfer.progressed(response?.statusCode ?? 408, response?.reasonPhrase ?? "Subscription Expired", true);
    }
  }

  /** For the user agent, which closes. */
  abandon(): void {
    this.transfer.abandoned();
  }
}
