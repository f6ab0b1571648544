/** Credentials read by a server (RFC 7616 §3.4, RFC 3261 §20.7): a claim to be somebody, not yet believed. */
import {
  authParameter,
  type Credentials,
  isSipUri,
  Malformed,
  parseUri,
  type SipRequest,
  sameIgnoringCase,
  sameUri,
  type Uri,
  unescapeUri,
  withUriParameters,
} from "@purertc/sip-parser";
import { DIGEST_HEADERS, type DigestRole } from "./challenge.ts";
import { type DigestAlgorithm, type DigestHashes, type DigestQop, digestAlgorithm, hashNameOf } from "./digest-algorithm.ts";
import { userHash } from "./digest-response.ts";

/** What a request claims. Nothing of it is proved. */
export interface DigestClaim {
  /** The user name; with `userhash` the hash of `user:realm`, see {@link isUser}. */
  readonly username: string;
  readonly userhash: boolean;
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  readonly qop: DigestQop | undefined;
  /** As written, eight digits; undefined exactly when `qop` is. */
  readonly nonceCount: string | undefined;
  readonly cnonce: string | undefined;
  readonly uri: string;
  /** Lower-case hexadecimal. */
  readonly response: string;
}

/** The claim of a request to be in a realm; `"missing"` when it has no digest credentials for it, `"malformed"` when they make no sense. */
export function readClaim(request: SipRequest, role: DigestRole, realm: string): DigestClaim | "missing" | "malformed" {
  const name = DIGEST_HEADERS[role].credentials;
  if (request.headers.problem(name) !== undefined) return "malformed";
  const isOurs = (each: Credentials): boolean => sameIgnoringCase(each.scheme, "Digest") && authParameter(each, "realm") === realm;
  const found = request.headers.all(name).find(isOurs);
  return found === undefined ? "missing" : claimFrom(found, realm);
}

/** Whether a claim is of this user, in clear or as a hash (RFC 7616 §3.4.4). */
export function isUser(hashes: DigestHashes, claim: DigestClaim, username: string): boolean {
  if (!claim.userhash) return claim.username === username;
  const name = hashNameOf(claim.algorithm);
  return hashes[name] !== undefined && sameIgnoringCase(claim.username, userHash(hashes, name, `${username}:${claim.realm}`));
}

/**
 * Whether a digest-uri and a Request-URI are the same resource (RFC 7616 §3.4.6; RFC 3261 §22.4 item 4 leaves the comparison to SIP's rules). Without it
 * credentials would do for other requests to the same server.
 */
export function isSameResource(request: SipRequest, uri: string): boolean {
  if (request.uriText === uri) return true;
  const claimed = parseUri(uri);
  const { uri: actual } = request;
  if (claimed instanceof Malformed || actual instanceof Malformed) return false;
  return sameUri(withoutTransport(claimed), withoutTransport(actual));
}

/** INTEROP: phones leave the transport parameter out of the digest-uri, or proxies out of the Request-URI; it does not say whose resource it is. */
function withoutTransport(uri: Uri): Uri {
  return isSipUri(uri) ? withUriParameters(uri, uri.parameters.without("transport")) : uri;
}

function claimFrom(credentials: Credentials, realm: string): DigestClaim | "malformed" {
  const parameter = (name: string): string | undefined => authParameter(credentials, name);
  if (hasRepeats(credentials)) return "malformed";
  const username = parameter("username") ?? extendedUsername(parameter("username*"));
  const nonce = parameter("nonce");
  const uri = parameter("uri");
  const response = parameter("response");
  const algorithm = digestAlgorithm(parameter("algorithm"));
  if (username === undefined || nonce === undefined || uri === undefined || response === undefined || algorithm === undefined)
    return "malformed";
  if (!HEXADECIMAL.test(response)) return "malformed";
  const qop = parameter("qop");
  const cnonce = parameter("cnonce");
  const nonceCount = parameter("nc");
  if (qop !== undefined) {
    if (qop !== "auth" && qop !== "auth-int") return "malformed";
    // RFC 7616 §3.4: both must be there with qop.
    if (cnonce === undefined || nonceCount === undefined || !NONCE_COUNT.test(nonceCount) || nonceCount === "00000000") return "malformed";
  } else if (algorithm.endsWith("-sess") && cnonce === undefined) return "malformed";
  return {
    ...{ username, realm, nonce, algorithm, qop, cnonce, uri },
    nonceCount: qop === undefined ? undefined : nonceCount,
    userhash: sameIgnoringCase(parameter("userhash") ?? "", "true"),
    response: response.toLowerCase(),
  };
}

/** RFC 7616 §3.4: no parameter may be there twice; whoever checks one of two would believe the other. */
function hasRepeats(credentials: Credentials): boolean {
  return new Set(credentials.parameters.map(({ name }) => name.toLowerCase())).size !== credentials.parameters.length;
}

/** RFC 5987 §3.2, which RFC 7616 §3.4 uses for names that quotes cannot hold: `UTF-8''J%C3%A4s%C3%B8n%20Doe`. */
function extendedUsername(text: string | undefined): string | undefined {
  const match = text === undefined ? null : /^utf-8'[^']*'(.*)$/i.exec(text);
  return match === null ? undefined : unescapeUri(match[1]!);
}

/** 32 digits of MD5, 64 of the others. */
const HEXADECIMAL = /^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{64})$/;
const NONCE_COUNT = /^[0-9a-fA-F]{8}$/;
