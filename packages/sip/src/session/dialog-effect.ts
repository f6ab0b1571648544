/** What a failed request in a dialog means for the session in it (RFC 3261 §12.2.1.2, RFC 5057 §5.1). */

/**
 * Whether the session is over: 408 (or no response) and 481 by RFC 3261; by RFC 5057 also those that say that the peer, or the way to it, is gone for
 * every request.
 */
export function endsSession(method: string, statusCode: number): boolean {
  // A PRACK that matches no response, a CANCEL, or a NOTIFY without a subscription says nothing about the session.
  if (statusCode === 481) return !ABOUT_ITSELF.has(method);
  return GONE.has(statusCode);
}

const ABOUT_ITSELF: ReadonlySet<string> = new Set(["PRACK", "CANCEL", "NOTIFY", "SUBSCRIBE"]);
/** 408 of RFC 3261; the rest is RFC 5057's column "destroys dialog". */
const GONE: ReadonlySet<number> = new Set([404, 408, 410, 416, 482, 483, 484, 485, 502, 604]);
