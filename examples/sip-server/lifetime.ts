// How long a dialog lives after a 2xx, unless it is refreshed: nothing stays here because a phone has crashed.
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import type { ServerOptions } from "./options.ts";

/** Milliseconds. By the session timer (RFC 4028) or the subscription (RFC 6665) that was agreed on, otherwise as long as calls may last. */
export function lifetimeMs(options: Pick<ServerOptions, "maxCallSeconds">, request: SipRequest, response: SipResponse): number {
  const agreed =
    request.method === "SUBSCRIBE" ? (response.headers.get("Expires") ?? request.headers.get("Expires")) : sessionInterval(response);
  return (agreed === undefined ? options.maxCallSeconds : agreed + GRACE_SECONDS) * 1000;
}

function sessionInterval(response: SipResponse): number | undefined {
  return response.headers.get("Session-Expires")?.seconds;
}

/** A transaction's time: the phones see to it first. */
const GRACE_SECONDS = 32;
