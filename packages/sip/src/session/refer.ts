/** REFER within a session (RFC 3515, 4488). */
import type { Instant } from "@purertc/core";
import type { DialogReference, NameAddress, SipRequest } from "@purertc/sip-parser";

/** A REFER of ours. */
export interface OutgoingRefer {
  readonly request: SipRequest;
  readonly state: "sent" | "accepted" | "rejected" | "finished";
}

/** A REFER of the peer's: accept or reject it, then tell how the referred request fares. */
export interface IncomingRefer {
  readonly request: SipRequest;
  readonly referTo: NameAddress;
  /** The Replaces header that Refer-To's URI carries, for attended transfer. */
  readonly replaces: DialogReference | undefined;
  readonly referredBy: NameAddress | undefined;
  /** Sends 202 (or 200 when no subscription is wanted: RFC 4488) and NOTIFY "100 Trying". */
  accept(now: Instant): void;
  reject(now: Instant, statusCode: number): void;
  /** NOTIFY with a status line; a final status ends the subscription. */
  notify(now: Instant, statusCode: number, reasonPhrase?: string): void;
}
