/** What a 2xx to a REGISTER tells the user agent (RFC 3261 §10.2.4, RFC 3608, RFC 5626 §4.2, §4.4, RFC 5627 §4.1). */
import type { Instant, RandomSource } from "@purertc/core";
import { isSipUri, type NameAddress, type SipResponse, sameIgnoringCase, sameUri, writeUri } from "@purertc/sip-parser";
import { between } from "./back-off.ts";
import type { RegisteredState } from "./registration-event.ts";

/** What was asked for. */
export interface RegisterAsked {
  readonly contact: NameAddress;
  /** Seconds. */
  readonly expires: number;
  readonly instanceId: string | undefined;
  readonly regId: number | undefined;
  /** Whether the flow is UDP, whose NAT bindings are short-lived. */
  readonly datagrams: boolean;
}

/** The state after a 2xx; undefined when our contact is not among those of the response, or has no time left. */
export function registeredState(
  now: Instant,
  response: SipResponse,
  asked: RegisterAsked,
  random: RandomSource,
): RegisteredState | undefined {
  const { headers } = response;
  const contacts = headers.all("Contact").filter((each) => each !== "*");
  const own = ownContact(contacts, asked);
  if (own === undefined) return undefined;
  const seconds = secondsOf(own) ?? headers.get("Expires") ?? asked.expires;
  if (seconds === 0) return undefined;
  return {
    expiresAt: now + seconds * 1000,
    contacts,
    serviceRoute: headers.all("Service-Route"),
    publicGruu: own.parameters.get("pub-gruu"),
    temporaryGruu: own.parameters.get("temp-gruu"),
    outbound: headers.all("Require").some((tag) => sameIgnoringCase(tag, "outbound")),
    keepAliveMs: keepAliveMs(headers.get("Flow-Timer"), asked.datagrams, random),
    associatedUris: headers.texts("P-Associated-URI"),
  };
}

/** RFC 5626: by instance and reg-id where the registrar repeats them; otherwise by URI (RFC 3261 §10.2.4). */
function ownContact(contacts: readonly NameAddress[], asked: RegisterAsked): NameAddress | undefined {
  const byFlow = contacts.find(
    ({ parameters }) =>
      asked.instanceId !== undefined &&
      asked.regId !== undefined &&
      parameters.get("+sip.instance") === `<${asked.instanceId}>` &&
      parameters.get("reg-id") === String(asked.regId),
  );
  return byFlow ?? contacts.find(({ uri }) => sameUri(uri, asked.contact.uri));
}

function secondsOf(contact: NameAddress): number | undefined {
  const text = contact.parameters.get("expires");
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}

/** RFC 5626 §4.4.1, §4.4.2: of a Flow-Timer 80 to 100 per cent; without one 95 to 120 s for connections, 24 to 29 s for UDP. */
function keepAliveMs(flowTimer: number | undefined, datagrams: boolean, random: RandomSource): number {
  if (flowTimer !== undefined && flowTimer > 0) return Math.round(between(random, 800, 1000) * flowTimer);
  return Math.round(datagrams ? between(random, 24_000, 29_000) : between(random, 95_000, 120_000));
}

/** Where a redirection points: its first contact that is a SIP URI. */
export function redirection(response: SipResponse): string | undefined {
  for (const contact of response.headers.all("Contact")) {
    if (contact !== "*" && isSipUri(contact.uri)) return writeUri(contact.uri);
  }
  return undefined;
}
