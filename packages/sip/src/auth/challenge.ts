/** Challenges read: WWW-Authenticate and Proxy-Authenticate (RFC 7616 §3.3, RFC 3261 §20.27, §20.44). */
import { authParameter, type Credentials, type SipResponse, sameIgnoringCase } from "@purertc/sip-parser";
import { type DigestAlgorithm, type DigestQop, digestAlgorithm } from "./digest-algorithm.ts";

/** Who asks: a user agent or registrar (401, WWW-Authenticate, Authorization), or a proxy (407, Proxy-Authenticate, Proxy-Authorization). */
export type DigestRole = "www" | "proxy";

/** The headers of a role. */
export const DIGEST_HEADERS = {
  www: { challenge: "WWW-Authenticate", credentials: "Authorization", statusCode: 401 },
  proxy: { challenge: "Proxy-Authenticate", credentials: "Proxy-Authorization", statusCode: 407 },
} as const;

/** One challenge that can be answered here. */
export interface DigestChallenge {
  readonly role: DigestRole;
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: DigestAlgorithm;
  /** Whether `algorithm` was stated: it is repeated only then, as RFC 2069 did not have it. */
  readonly statedAlgorithm: boolean;
  /** Empty: RFC 2069. */
  readonly qops: readonly DigestQop[];
  /** The credentials refused were right but for their nonce: try again with this one, without asking the user. */
  readonly stale: boolean;
  /** RFC 7616 §3.4.4: the server takes hashed user names. */
  readonly userhash: boolean;
}

/**
 * The digest challenges of a response, in the order given, of both roles whatever its status: a forking proxy puts those of several servers into
 * one (RFC 3261 §22.3). Left out: other schemes, algorithms and protections that are not known here, and challenges without realm or nonce.
 */
export function challengesOf(response: SipResponse): readonly DigestChallenge[] {
  const found: DigestChallenge[] = [];
  for (const role of ["www", "proxy"] as const) {
    for (const credentials of response.headers.all(DIGEST_HEADERS[role].challenge)) {
      const challenge = challengeFrom(credentials, role);
      if (challenge !== undefined) found.push(challenge);
    }
  }
  return found;
}

function challengeFrom(credentials: Credentials, role: DigestRole): DigestChallenge | undefined {
  if (!sameIgnoringCase(credentials.scheme, "Digest")) return undefined;
  const realm = authParameter(credentials, "realm");
  const nonce = authParameter(credentials, "nonce");
  const statedAlgorithm = authParameter(credentials, "algorithm");
  const algorithm = digestAlgorithm(statedAlgorithm);
  const qop = authParameter(credentials, "qop");
  const qops = qop === undefined ? [] : qopsOf(qop);
  if (realm === undefined || nonce === undefined || algorithm === undefined) return undefined;
  // A protection was asked for, and none that is known here. INTEROP: an empty qop, which some servers send, is taken for none.
  if (qops.length === 0 && qop !== undefined && qop.trim() !== "") return undefined;
  return {
    role,
    realm,
    nonce,
    opaque: authParameter(credentials, "opaque"),
    algorithm,
    statedAlgorithm: statedAlgorithm !== undefined,
    qops,
    stale: sameIgnoringCase(authParameter(credentials, "stale") ?? "", "true"),
    userhash: sameIgnoringCase(authParameter(credentials, "userhash") ?? "", "true"),
  };
}

/** `qop="auth, auth-int, other"` */
function qopsOf(text: string): DigestQop[] {
  const options = text.split(",").map((each) => each.trim().toLowerCase());
  return options.filter((each): each is DigestQop => each === "auth" || each === "auth-int");
}
