// What goes from one side of a call to the other: everything that is not of one side alone.
import { anonymize, carryIdentity, privacyDone, privacyWish } from "@purertc/sip";
import { authParameter, createResponse, type NameAddress, type SipMessage, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import type { Location } from "./location.ts";

/** Adds the headers and the body of a message to one that has the headers of its own side already. */
export function passOn(from: SipMessage, to: SipMessage): void {
  for (const field of from.headers) if (!OF_ONE_SIDE.has(field.canonicalName)) to.headers.addRaw(field);
  if (from.body.length > 0) to.body = from.body;
}

/** Credentials for other realms than ours: somebody behind us has asked for them. */
export function passCredentials(from: SipRequest, to: SipRequest, realm: string): void {
  for (const name of ["Authorization", "Proxy-Authorization"] as const) {
    for (const each of from.headers.all(name)) if (authParameter(each, "realm") !== realm) to.headers.append(name, each);
  }
}

/** RFC 3515: whom a REFER names, as the other side can find it. */
export function passReferTo(to: SipRequest, location: Location): void {
  const referTo = to.method === "REFER" ? to.headers.get("Refer-To") : undefined;
  if (referTo !== undefined) to.headers.set("Refer-To", location.referTo(referTo));
}

/** RFC 3261 §16.6 item 3: one hop less. */
export function countHop(from: SipRequest, to: SipRequest): void {
  to.headers.set("Max-Forwards", Math.max(0, (from.maxForwards ?? 70) - 1));
}

/** The response to one side that says what the other side's response said. */
export function responseFrom(request: SipRequest, response: SipResponse, toTag: string, contact: NameAddress): SipResponse {
  const answer = createResponse(request, response.statusCode, { reasonPhrase: response.reasonPhrase, toTag });
  passOn(response, answer);
  // What phones assert of themselves is worth nothing (RFC 3325 §5).
  carryIdentity(answer, { fromTrusted: false, toTrusted: false });
  if (response.statusCode >= 300 && response.statusCode < 400) answer.headers.copyFrom(response.headers, "Contact");
  else if (response.headers.has("Contact")) answer.headers.set("Contact", contact);
  return answer;
}

/**
 * Says who is calling (RFC 3325), or hides it (RFC 3323), in a request that goes to a phone. From stays what the caller says; what we know of the
 * caller is asserted beside it. A trunk learns it even when it is private, and keeps it so (§7).
 */
export function sayWho(
  request: SipRequest,
  caller: { readonly trunk: boolean; readonly identity: NameAddress | undefined },
  toTrunk: boolean,
): void {
  const wish = privacyWish(request);
  carryIdentity(request, {
    fromTrusted: caller.trunk,
    toTrusted: toTrunk,
    ...(caller.identity === undefined ? {} : { identities: [caller.identity] }),
  });
  if (toTrunk) return;
  if (wish !== undefined && (wish.user || wish.header || wish.id)) {
    anonymize(request);
    privacyDone(request, ["user", "header", "id"]);
  }
}

/** RFC 3323 §4.2: privacy that is critical to the caller and that a server without media cannot give. */
export function asksTooMuch(request: SipRequest): boolean {
  const wish = privacyWish(request);
  return wish?.critical === true && wish.session;
}

const OF_ONE_SIDE: ReadonlySet<string> = new Set([
  ...["Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Max-Breadth", "Content-Length"],
  ...["Route", "Record-Route", "Path", "Service-Route"],
  ...["Authorization", "Proxy-Authorization", "Timestamp"],
  ...["RAck", "Replaces"], // name things by their numbers on one side: translated
]);
