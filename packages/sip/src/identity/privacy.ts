/** Privacy (RFC 3323; the value `id` of RFC 3325 §9.3, `history` of RFC 7044 §10.1): what a user wants hidden, and hiding it. */
import { nameAddress, type SipMessage, sameIgnoringCase } from "@purertc/sip-parser";

/** What a Privacy header asks for (RFC 3323 §4.2). */
export interface PrivacyWish {
  /** Hide headers that show the way to the user: Via, Record-Route, Contact. A back-to-back user agent replaces those anyway. */
  readonly header: boolean;
  /** Hide what a session description shows; needs somebody in the media's way. */
  readonly session: boolean;
  /** Hide the user's name and address in headers that no one needs. */
  readonly user: boolean;
  /** Refuse the request rather than let it pass without the privacy asked for. */
  readonly critical: boolean;
  /** Keep the asserted identity inside the trust domain (RFC 3325 §9.3). */
  readonly id: boolean;
  /** Keep History-Info inside the domain (RFC 7044 §10.1). */
  readonly history: boolean;
  /** The user wants no privacy, not even what the network would give by itself. */
  readonly none: boolean;
}

/** What a message's Privacy header asks for; undefined without one, where local policy decides. */
export function privacyWish(message: SipMessage): PrivacyWish | undefined {
  const values = message.headers.all("Privacy");
  if (values.length === 0) return undefined;
  const has = (name: string): boolean => values.some((each) => sameIgnoringCase(each, name));
  return {
    header: has("header"),
    session: has("session"),
    user: has("user"),
    critical: has("critical"),
    id: has("id"),
    history: has("history"),
    none: has("none"),
  };
}

/**
 * User-level privacy (RFC 3323 §5.3): a From that names nobody, and none of the headers that do. Only for messages that one's own user agent
 * sends or that a back-to-back user agent makes anew: a proxy must not touch From. The tag of From stays.
 */
export function anonymize(message: SipMessage): void {
  const { headers, from } = message;
  const tag = from?.parameters.get("tag");
  headers.set("From", nameAddress(ANONYMOUS, tag === undefined ? {} : { tag }, "Anonymous"));
  for (const name of NAMING) headers.remove(name);
}

/** Takes values off the Privacy header that have been done (RFC 3323 §5): the next hop need not do them again. The header goes with its last one but `critical`. */
export function privacyDone(message: SipMessage, done: readonly string[]): void {
  const left = message.headers.all("Privacy").filter((each) => !done.some((value) => sameIgnoringCase(each, value)));
  message.headers.remove("Privacy");
  if (left.some((each) => !sameIgnoringCase(each, "critical"))) message.headers.append("Privacy", left.join(";"));
}

/** RFC 3323 §4.1.1.3. */
export const ANONYMOUS = "sip:anonymous@anonymous.invalid";

/** RFC 3323 §5.3: what a user puts in to be known by. Server and Warning name hosts only, and are of responses. */
const NAMING = ["Subject", "Call-Info", "Organization", "User-Agent", "Reply-To", "In-Reply-To", "Server", "Referred-By"] as const;
