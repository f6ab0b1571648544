/** The contacts of a REGISTER, read as a registrar needs them (RFC 3261 §10.3, §20.10; RFC 5626 §4.1, §4.2). */
import { type NameAddress, type Parameters, type SipRequest, sameIgnoringCase, writeUri } from "@purertc/sip-parser";

/** One contact that is to be bound, or with `expires` 0 to be removed. */
export interface RegisterContact {
  readonly address: NameAddress;
  readonly uri: string;
  /** Seconds asked for; undefined when the request leaves it to the registrar. */
  readonly expires: number | undefined;
  /** Thousandths. */
  readonly q: number | undefined;
  readonly instanceId: string | undefined;
  readonly regId: number | undefined;
  /** The others, as text. */
  readonly parameters: string;
}

/** Contacts of a REGISTER that were understood. `"all"` is the `*`. */
export function contactsOf(request: SipRequest): readonly RegisterContact[] | "all" | "malformed" {
  const { headers } = request;
  if (headers.problem("Contact") !== undefined) return "malformed";
  const values = headers.all("Contact");
  if (values.includes("*")) {
    // Step 6: alone, and with an expiration of zero; anything else is a mistake that must not cost anybody's bindings.
    return values.length === 1 && headers.get("Expires") === 0 ? "all" : "malformed";
  }
  const stated = expiresHeader(request);
  return values.filter((each) => each !== "*").map((each) => registerContact(each, stated));
}

/** Whether the sender supports an extension; what it requires it supports. */
export function supports(request: SipRequest, tag: string): boolean {
  return (["Supported", "Require"] as const).some((name) => request.headers.all(name).some((each) => sameIgnoringCase(each, tag)));
}

/** Whether the request came straight from the user agent, with no proxy in between (RFC 5626 §6). */
export function isDirect(request: SipRequest): boolean {
  return request.headers.all("Via").length <= 1;
}

function registerContact(address: NameAddress, stated: number | undefined): RegisterContact {
  const { parameters } = address;
  const expires = parameters.get("expires");
  const instance = parameters.get("+sip.instance");
  const regId = parameters.get("reg-id");
  return {
    address,
    uri: writeUri(address.uri),
    expires: expires === undefined ? stated : deltaSeconds(expires),
    q: qvalue(parameters.get("q")),
    // RFC 5626 §4.1: a quoted string with angle brackets inside.
    instanceId: instance !== undefined && /^<[^<>]+>$/.test(instance) ? instance.slice(1, -1) : undefined,
    // RFC 5626 §11.1: 1 to 2^31 - 1.
    regId: regId !== undefined && /^[1-9][0-9]{0,9}$/.test(regId) && Number(regId) < 2 ** 31 ? Number(regId) : undefined,
    parameters: withoutKept(parameters).toString(),
  };
}

function expiresHeader(request: SipRequest): number | undefined {
  if (!request.headers.has("Expires")) return undefined;
  return request.headers.get("Expires") ?? MALFORMED_EXPIRES;
}

/** RFC 3261 §20.19: a number of seconds up to 2^32 - 1. */
function deltaSeconds(text: string): number {
  return /^[0-9]+$/.test(text) ? Math.min(Number(text), 2 ** 32 - 1) : MALFORMED_EXPIRES;
}

/** RFC 3261 §25.1 qvalue, in thousandths. */
function qvalue(text: string | undefined): number | undefined {
  return text !== undefined && /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Math.round(Number(text) * 1000) : undefined;
}

/** What the registrar computes or holds elsewhere is not kept as it came; GRUUs in particular are not the client's to choose (RFC 5627 §5.2). */
function withoutKept(parameters: Parameters): Parameters {
  return ["expires", "q", "pub-gruu", "temp-gruu"].reduce((rest, name) => rest.without(name), parameters);
}

/** RFC 3261 §10.2.1.1, §20.10: a malformed value is as good as 3600. */
const MALFORMED_EXPIRES = 3600;
