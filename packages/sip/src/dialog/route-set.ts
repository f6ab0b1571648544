/** Route sets and targets of dialogs (RFC 3261 §12.1, §12.2.1.1). */
import {
  isSipUri,
  Malformed,
  type NameAddress,
  nameAddress,
  type ParametersInit,
  type SipMessage,
  type SipRequest,
  type Uri,
} from "@purertc/sip-parser";

/** §12.1: Record-Route as it stands for the side that got it in a request, reversed for the side that got it in a response. */
export function routeSetOf(message: SipMessage, role: "uac" | "uas"): readonly NameAddress[] {
  const routes = message.headers.all("Record-Route");
  return role === "uac" ? routes.toReversed() : routes;
}

/** The URI of the first Contact; undefined when there is none, or a star. */
export function contactUri(message: SipMessage): Uri | undefined {
  const contact = message.headers.get("Contact");
  return contact === undefined || contact === "*" ? undefined : contact.uri;
}

/** The Request-URI, or the URI of To when that is none. */
export function requestTarget(request: SipRequest): Uri {
  const { uri } = request;
  return uri instanceof Malformed ? (request.to?.uri ?? { scheme: "sip", opaque: "" }) : uri;
}

/** §16.12: whether a router keeps the Request-URI (parameter `lr`), as all do since RFC 3261. */
export function isLoose(route: NameAddress): boolean {
  return isSipUri(route.uri) && route.uri.parameters.has("lr");
}

/** §19.1.1: a URI without what is not allowed in a Request-URI: the `method` parameter and headers. */
export function asRequestUri(uri: Uri): Uri {
  if (!isSipUri(uri) || (!uri.parameters.has("method") && uri.headers.length === 0)) return uri;
  return { ...uri, parameters: uri.parameters.without("method"), headers: [] };
}

/** §12.2.1.1: no tag parameter when the peer, of RFC 2543, has none. */
export function tagged(tag: string): ParametersInit {
  return tag === "" ? [] : { tag };
}

/** An address for the local or remote URI of a dialog. */
export function withoutTag(address: NameAddress): NameAddress {
  return nameAddress(address.uri, undefined, address.displayName);
}
