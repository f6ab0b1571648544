/** A REFER outside any dialog (RFC 3515 §2.4.4): it makes a dialog of its own, in which its sender is told how the referred request fares. */
import { type Instant, InvalidStateError } from "@purertc/core";
import type { DialogReference, NameAddress, SipRequest } from "@purertc/sip-parser";
import type { Notifier } from "./notifier.ts";
import { declinesSubscription, type IncomingRefer, replacesOf } from "./refer.ts";
import { writeStatusFragment } from "./sipfrag.ts";

/** One REFER of a peer, answered through its subscription. */
export class ReferOutside implements IncomingRefer {
  readonly referTo: NameAddress;
  readonly replaces: DialogReference | undefined;
  readonly #notifier: Notifier;

  constructor(notifier: Notifier, referTo: NameAddress) {
    this.#notifier = notifier;
    this.referTo = referTo;
    this.replaces = replacesOf(referTo);
  }

  get request(): SipRequest {
    return this.#notifier.request;
  }

  get referredBy(): NameAddress | undefined {
    return this.request.headers.get("Referred-By");
  }

  accept(now: Instant): void {
    if (declinesSubscription(this.request)) this.#notifier.reject(now, 200, { headers: { "Refer-Sub": "false" } });
    else this.#notifier.accept(now, fragment(100));
  }

  reject(now: Instant, statusCode: number): void {
    this.#notifier.reject(now, statusCode);
  }

  notify(now: Instant, statusCode: number, reasonPhrase?: string): void {
    const { state } = this.#notifier;
    if (state === "waiting") throw new InvalidStateError("accept the REFER first", { code: "SIP_REFER" });
    if (state === "terminated") return;
    if (statusCode < 200) this.#notifier.notify(now, fragment(statusCode, reasonPhrase));
    else this.#notifier.terminate(now, "noresource", fragment(statusCode, reasonPhrase));
  }
}

function fragment(statusCode: number, reasonPhrase?: string): { readonly contentType: string; readonly body: string } {
  return { contentType: "message/sipfrag;version=2.0", body: writeStatusFragment(statusCode, reasonPhrase) };
}
