/** Asserted identities (RFC 3325, RFC 5876): who the network says a user is, and who may hear it. */
import { isSipUri, isTelUri, type NameAddress, type SipMessage, sameUri } from "@purertc/sip-parser";
import { privacyWish } from "./privacy.ts";

/** A message on its way through us. */
export interface IdentityCrossing {
  /** Whether the peer that it came from is of the trust domain. */
  readonly fromTrusted: boolean;
  /** Whether the peer that it goes to is. */
  readonly toTrusted: boolean;
  /**
   * The identities of its sender when we have authenticated the sender ourselves, the default one first: addresses of users of ours. At most one sip or
   * sips and one tel URI is asserted (§9.1).
   */
  readonly identities?: readonly NameAddress[];
  /** Whether an untrusted peer may see identities of users who have not said anything about privacy (§7 leaves it to policy). Default true. */
  readonly showByDefault?: boolean;
}

/**
 * Strips, adds and asserts what a message may carry across (RFC 3325 §5, §6, §7), in place:
 *
 * 1. From outside, P-Asserted-Identity is a claim of anybody's and is removed.
 * 2. For a sender that we have authenticated, ours is asserted: the one that P-Preferred-Identity asks for if it is one of the sender's, otherwise the first.
 * 3. P-Preferred-Identity is for us only and goes no further.
 * 4. To outside, asserted identities are shown unless the user keeps them private (`id`, or `user` and `header`, which imply it here).
 */
export function carryIdentity(message: SipMessage, crossing: IdentityCrossing): void {
  const { headers } = message;
  if (!crossing.fromTrusted) headers.remove("P-Asserted-Identity");
  const preferred = headers.all("P-Preferred-Identity");
  headers.remove("P-Preferred-Identity");
  if (crossing.identities !== undefined && crossing.identities.length > 0 && !headers.has("P-Asserted-Identity")) {
    headers.set("P-Asserted-Identity", chosen(preferred, crossing.identities));
  }
  if (!crossing.toTrusted && !mayShow(message, crossing)) headers.remove("P-Asserted-Identity");
  // RFC 7044 §10.1.2: entries may carry privacy of their own; a domain that cannot tell keeps all of it at home.
  if (!crossing.toTrusted && (privacyWish(message)?.history === true || privacyWish(message)?.header === true))
    headers.remove("History-Info");
}

/** The asserted identities of a message from a trusted peer; empty otherwise, whatever it says. */
export function assertedIdentities(message: SipMessage, fromTrusted: boolean): readonly NameAddress[] {
  return fromTrusted ? message.headers.all("P-Asserted-Identity") : [];
}

function mayShow(message: SipMessage, crossing: IdentityCrossing): boolean {
  const wish = privacyWish(message);
  if (wish === undefined) return crossing.showByDefault ?? true;
  // §7: "none" must be obeyed too; a user who wants to be anonymous in From does not want to be named beside it.
  return wish.none || !(wish.id || wish.user || wish.header);
}

/** One SIP identity, and a telephone number if there is one: what the sender prefers among its own. */
function chosen(preferred: readonly NameAddress[], identities: readonly NameAddress[]): NameAddress[] {
  const isOwn = (wish: NameAddress): NameAddress | undefined => identities.find(({ uri }) => sameUri(uri, wish.uri));
  const wished = preferred.map(isOwn).filter((each) => each !== undefined);
  const ordered = [...wished, ...identities];
  const sip = ordered.find(({ uri }) => isSipUri(uri));
  const tel = (wished.length > 0 ? wished : ordered).find(({ uri }) => isTelUri(uri));
  const asserted = wished.length > 0 && !wished.some(({ uri }) => isSipUri(uri)) ? [tel] : [sip, tel];
  return asserted.filter((each) => each !== undefined);
}
