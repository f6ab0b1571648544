/** Addresses-of-record as keys (RFC 3261 §10.3 step 5). */
import { escapeUser, isSipUri, type SipUri, type Uri, unescapeUri } from "@purertc/sip-parser";

/**
 * The canonical form that bindings are kept under: `sip:user@host`, the host in lower case, only such escapes as are needed, no parameters. A sips address is
 * the same one (RFC 5630 §5.3), and so is one with a port: phones put theirs there. Undefined for a URI without a user, or of another scheme.
 */
export function canonicalAor(uri: Uri): string | undefined {
  if (!isSipUri(uri) || uri.user === undefined) return undefined;
  return aorOf(userOf(uri), uri.host);
}

/** The address-of-record of a user (unescaped) in a domain. */
export function aorOf(user: string, host: string): string {
  return `sip:${escapeUser(user)}@${host.toLowerCase()}`;
}

/** What the user part of a URI means; `""` when there is none. */
export function userOf(uri: SipUri): string {
  return unescapeUri(uri.user ?? "");
}
