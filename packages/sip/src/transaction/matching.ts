/** Which transaction a request belongs to: RFC 3261 §17.2.3, with the rules for clients of RFC 2543, whose branches say nothing. */
import { HEADER_GRAMMARS, type SipRequest, type Via } from "@purertc/sip-parser";

/** What every branch of RFC 3261 begins with (§8.1.1.7). */
export const MAGIC_COOKIE = "z9hG4bK";

/**
 * The name of the transaction a request belongs to, its method left out: the branch and who wrote it. CANCEL and ACK have that of their INVITE.
 * For a branch without the cookie it is put together from the Request-URI, From tag, Call-ID, CSeq number and topmost Via; To tags are
 * compared apart, because the ACK has another one than its INVITE ({@link legacyKey}). Undefined when there is no topmost Via.
 */
export function transactionKey(request: SipRequest): string | undefined {
  const via = request.topVia;
  if (via === undefined) return undefined;
  const branch = via.parameters.get("branch");
  return branch !== undefined && hasCookie(branch) ? branchKey(branch, via) : legacyKey(request, via, request.toTag);
}

/** Whether the key is one of {@link legacyKey}. */
export function isLegacyKey(key: string): boolean {
  return key.startsWith(LEGACY);
}

/**
 * §17.2.3, second half: by what requests of clients before RFC 3261 are recognised. The To tag is that of the request or, to find the INVITE
 * of an ACK, that of the response sent.
 */
export function legacyKey(request: SipRequest, via: Via, toTag: string | undefined): string {
  const parts = [request.uriText, request.fromTag, request.callId, request.cseq?.number, HEADER_GRAMMARS.Via.write(via), toTag];
  return LEGACY + parts.map((part) => (part === undefined ? "" : String(part))).join("\n"); // no part holds a line break
}

/** Tokens are compared without regard to case (§7.3.1). Any other beginning is an RFC 2543 branch. */
function hasCookie(branch: string): boolean {
  return branch.startsWith(MAGIC_COOKIE) || branch.slice(0, MAGIC_COOKIE.length).toLowerCase() === MAGIC_COOKIE.toLowerCase();
}

/** The sent-by is part of it, so that nobody's transaction is found by guessing its branch alone, and two clients may choose the same. */
function branchKey(branch: string, via: Via): string {
  return `${branch};${via.host}:${via.port ?? ""}`.toLowerCase();
}

/** Cannot begin a branch. */
const LEGACY = "\n";
