/** Replaces (RFC 3891): which session an INVITE wants to take the place of, and whether it may. */
import { type DialogReference, type SipRequest, unquote } from "@purertc/sip-parser";
import type { Dialog } from "../dialog/dialog.ts";
import type { InviteSession } from "./invite-session.ts";

/** What to do with an INVITE that may have a Replaces header. */
export type ReplacesVerdict =
  /** It has none. */
  | undefined
  /** Accept it without ringing, then call {@link InviteSession.replaced} on the other, once whoever sent it is authorized to (§4, §8). */
  | { readonly replaced: InviteSession }
  /** Refuse it. */
  | { readonly statusCode: 400 | 481 | 486 | 603 };

/**
 * §3: `find` gives the session that has a dialog with these tags, one that ended a moment ago included. 400 for more than one Replaces, or Join beside it;
 * 481 when nothing matches, or an early dialog that the peer began; 603 for a session that has ended; 486 for an established one when only an early one
 * may be replaced.
 */
export function judgeReplaces(
  invite: SipRequest,
  find: (callId: string, localTag: string, remoteTag: string) => InviteSession | undefined,
): ReplacesVerdict {
  const { headers } = invite;
  if (!headers.has("Replaces")) return undefined;
  const reference = headers.get("Replaces");
  if (reference === undefined || headers.problem("Replaces") !== undefined || headers.has("Join")) return { statusCode: 400 };
  // "the to-tag parameter is compared with the local tag, and from-tag with the remote tag"
  const session = find(reference.callId, tagOf(reference, "to-tag"), tagOf(reference, "from-tag"));
  if (session === undefined) return { statusCode: 481 };
  switch (session.state) {
    case "ended":
      return { statusCode: 603 };
    case "confirmed":
    case "accepted":
      return reference.parameters.has("early-only") ? { statusCode: 486 } : { replaced: session };
    case "early":
    case "calling":
      return { replaced: session };
    case "ringing":
      return { statusCode: 481 };
  }
}

/** The Replaces value by which a third party can take our peer's side of a dialog over: for the Refer-To of an attended transfer (RFC 5589 §7). */
export function replacesHeader(dialog: Dialog, options: { readonly earlyOnly?: boolean } = {}): string {
  // Whoever gets it has the tags the other way round: our remote tag is local there.
  const tags = `to-tag=${dialog.remoteTag};from-tag=${dialog.localTag}`;
  return `${dialog.callId};${tags}${options.earlyOnly === true ? ";early-only" : ""}`;
}

function tagOf(reference: DialogReference, name: "to-tag" | "from-tag"): string {
  const tag = unquote(reference.parameters.raw(name) ?? "");
  return tag === "0" ? "" : tag; // §6.1: "0" stands for the missing tag of RFC 2543
}
