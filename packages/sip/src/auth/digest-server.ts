/** The server's side of digest (RFC 3261 §22, RFC 7616 §3.7, RFC 8760): challenges, and judges what comes back. */
import {
  constantTimeEqual,
  type Instant,
  InvalidArgumentError,
  type RandomSource,
  randomBytes,
  randomString,
  utf8FromString,
} from "@purertc/core";
import { type Credentials, createResponse, credentials, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import { DIGEST_HEADERS, type DigestRole } from "./challenge.ts";
import { DIGEST_ALGORITHMS, type DigestAlgorithm, type DigestHashes, type DigestQop, hashNameOf } from "./digest-algorithm.ts";
import { type DigestClaim, isSameResource, readClaim } from "./digest-claim.ts";
import { type DigestCredentials, ha1Of } from "./digest-credentials.ts";
import { digestResponse, userHash } from "./digest-response.ts";
import { instantOf, NonceMint } from "./nonce.ts";
import { NonceCounts } from "./nonce-counts.ts";

/** What a server challenges with, and whom it believes. */
export interface DigestServerOptions {
  /** Must have SHA-256, which nonces are authenticated with. */
  readonly hashes: DigestHashes;
  readonly random: RandomSource;
  /** The protection space, shown to users; commonly the SIP domain. */
  readonly realm: string;
  /** `"www"` (401) for registrars and user agents, the default; `"proxy"` (407). */
  readonly role?: DigestRole;
  /** Offered, most wanted first (RFC 8760 §2.3). Default SHA-256, then MD5 for those that know nothing else. */
  readonly algorithms?: readonly DigestAlgorithm[];
  /** Protections offered. Default `auth` alone. */
  readonly qop?: readonly DigestQop[];
  /** Take answers without qop, of clients that know RFC 2069 only; each nonce is then good for one request. Default true (RFC 3261 §22.4 item 8). */
  readonly allowWithoutQop?: boolean;
  /**
   * Whether credentials made for another URI than the Request-URI are taken all the same; the default is that none are. RFC 3261 §22.4 leaves it to the server,
   * since proxies change Request-URIs, and some clients name the server there: a registrar may take every URI of its own domain.
   */
  readonly acceptUri?: (uri: string, request: SipRequest) => boolean;
  /** Say that hashed user names are understood (RFC 7616 §3.4.4): `users` is then asked by hash. Default false. */
  readonly userhash?: boolean;
  /**
   * A user's credentials by the name claimed; undefined for nobody. With `userhash` the name is a hash: `isUser` compares. For a directory that is
   * asked asynchronously, leave it out and use `claim` and `accept`.
   */
  readonly users?: (username: string, claim: DigestClaim) => DigestCredentials | undefined;
  /** Authenticates nonces: 16 bytes or more, shared by servers that are to take each other's (their `now` must agree). Default random. */
  readonly nonceKey?: Uint8Array;
  /** How long a nonce is good, in milliseconds. Default 300,000. */
  readonly nonceLifetimeMs?: number;
  /** Nonces whose counts are remembered against replays. Default 100,000. When there are more, the first ones become stale. */
  readonly maxNonces?: number;
}

/** Somebody proved to be a user. */
export interface DigestUser {
  readonly username: string;
  readonly algorithm: DigestAlgorithm;
  /** Undefined: without, as in RFC 2069. */
  readonly qop: DigestQop | undefined;
}

/**
 * Why credentials are not accepted:
 * missing (none for the realm), malformed, uri-mismatch (for another resource), bad-nonce (not one of ours), bad-credentials (wrong, of nobody, or
 * with an algorithm or protection not offered), stale (right, with a nonce that is too old), replayed (right, and used before).
 */
export type DigestRefusal = "missing" | "malformed" | "uri-mismatch" | "bad-nonce" | "bad-credentials" | "stale" | "replayed";

/** Challenges requests and verifies their credentials. Never for ACK and CANCEL, which cannot be sent again (RFC 3261 §22.1). */
export class DigestServer {
  readonly realm: string;
  readonly role: DigestRole;
  readonly #hashes: DigestHashes;
  readonly #algorithms: readonly DigestAlgorithm[];
  readonly #qops: readonly DigestQop[];
  readonly #allowWithoutQop: boolean;
  readonly #userhash: boolean;
  readonly #users: DigestServerOptions["users"];
  readonly #acceptUri: DigestServerOptions["acceptUri"];
  readonly #lifetimeMs: number;
  readonly #mint: NonceMint;
  readonly #counts: NonceCounts;
  /** Stands in for the HA1 of users who do not exist, so that they take as long as others. */
  readonly #nobody: string;
  /** What `confirm` needs of those who were accepted; not in {@link DigestUser}, which may end up in a log. */
  readonly #proofs = new WeakMap<DigestUser, { readonly claim: DigestClaim; readonly ha1: string }>();

  constructor(options: DigestServerOptions) {
    const { hashes, random } = options;
    const sha256 = hashes["SHA-256"];
    if (sha256 === undefined) throw new InvalidArgumentError("nonces need SHA-256 among the digest hashes", { code: "SIP_DIGEST_HASH" });
    const algorithms = options.algorithms ?? DEFAULT_ALGORITHMS.filter((each) => hashes[hashNameOf(each)] !== undefined);
    const missing = algorithms.find((each) => hashes[hashNameOf(each)] === undefined);
    if (missing !== undefined || algorithms.length === 0)
      throw new InvalidArgumentError(`no hash for the digest algorithm ${missing ?? "(none given)"}`, { code: "SIP_DIGEST_HASH" });
    if (options.nonceKey !== undefined && options.nonceKey.length < 16)
      throw new InvalidArgumentError("nonceKey must have 16 bytes or more", { code: "SIP_DIGEST_NONCE_KEY" });
    this.realm = options.realm;
    this.role = options.role ?? "www";
    this.#hashes = hashes;
    this.#algorithms = algorithms;
    this.#qops = options.qop ?? ["auth"];
    this.#allowWithoutQop = options.allowWithoutQop ?? true;
    this.#userhash = options.userhash ?? false;
    this.#users = options.users;
    this.#acceptUri = options.acceptUri;
    this.#lifetimeMs = options.nonceLifetimeMs ?? 300_000;
    this.#mint = new NonceMint(sha256, random, options.nonceKey?.slice() ?? randomBytes(random, 32), `${this.role} ${this.realm}`);
    this.#counts = new NonceCounts(options.maxNonces ?? 100_000);
    this.#nobody = randomString(random, 64, "0123456789abcdef");
  }

  /** Verifies a request against `users`. The other result is for {@link refuse}. */
  verify(now: Instant, request: SipRequest): DigestUser | DigestRefusal {
    const claim = this.claim(request);
    return typeof claim === "string" ? claim : this.accept(now, request, claim, this.#users?.(claim.username, claim));
  }

  /** What a request claims, as far as it can be judged without knowing the user. Then find the user, and {@link accept}. */
  claim(request: SipRequest): DigestClaim | DigestRefusal {
    const claim = readClaim(request, this.role, this.realm);
    if (typeof claim === "string") return claim;
    if (this.#mint.issuedAt(claim.nonce) === undefined) return "bad-nonce";
    if (!isSameResource(request, claim.uri) && this.#acceptUri?.(claim.uri, request) !== true) return "uri-mismatch";
    return this.#isOffered(claim) ? claim : "bad-credentials";
  }

  /** Judges a claim against the credentials of the user it names, or undefined when there is no such user. Each claim can be accepted once. */
  accept(now: Instant, request: SipRequest, claim: DigestClaim, user: DigestCredentials | undefined): DigestUser | DigestRefusal {
    const known = user && ha1Of(this.#hashes, user, hashNameOf(claim.algorithm), this.realm);
    const ha1 = known ?? this.#nobody;
    const expected = digestResponse(this.#hashes, { ...claim, ha1, method: request.method, body: request.body });
    const matches = constantTimeEqual(utf8FromString(expected), utf8FromString(claim.response));
    if (user === undefined || known === undefined || !matches) return "bad-credentials";
    // From here on it is the user: only now may anything be remembered, and may `stale` be said (RFC 7616 §3.3).
    const issuedAt = this.#mint.issuedAt(claim.nonce);
    if (issuedAt === undefined) return "bad-nonce";
    const oldest = instantOf(now) - this.#lifetimeMs;
    this.#counts.expire(oldest);
    if (issuedAt < oldest) return "stale";
    const count = claim.nonceCount === undefined ? undefined : Number.parseInt(claim.nonceCount, 16);
    const use = this.#counts.use(claim.nonce, issuedAt, count);
    if (use !== "ok") return use === "forgotten" ? "stale" : "replayed";
    const accepted: DigestUser = { username: user.username, algorithm: claim.algorithm, qop: claim.qop };
    this.#proofs.set(accepted, { claim, ha1 });
    return accepted;
  }

  /**
   * The response owed to a refusal: 400 for what makes no sense, otherwise a challenge, stale where the nonce is at fault (RFC 7616 §3.3). The same request
   * gets the same To tag, so that the response can be sent without a transaction (RFC 3261 §8.2.7).
   */
  refuse(now: Instant, request: SipRequest, refusal: DigestRefusal): SipResponse {
    if (refusal === "malformed" || refusal === "uri-mismatch") {
      const reasonPhrase = refusal === "malformed" ? "Malformed Credentials" : "Credentials Are For Another URI";
      return createResponse(request, 400, { reasonPhrase, toTag: this.#tag(request) });
    }
    return this.challenge(now, request, OF_THE_NONCE.has(refusal));
  }

  /** A 401 or 407 with one challenge for each algorithm, all with a fresh nonce. `stale`: it was the nonce that could not be taken. */
  challenge(now: Instant, request: SipRequest, stale = false): SipResponse {
    const { challenge, statusCode } = DIGEST_HEADERS[this.role];
    const response = createResponse(request, statusCode, { toTag: this.#tag(request) });
    for (const each of this.challenges(now, stale)) response.headers.append(challenge, each);
    return response;
  }

  /** The header values of {@link challenge}, for a response of one's own. */
  challenges(now: Instant, stale = false): readonly Credentials[] {
    const nonce = this.#mint.issue(now);
    return this.#algorithms.map((algorithm) =>
      credentials(
        "Digest",
        {
          realm: this.realm,
          nonce,
          qop: this.#qops.length === 0 ? undefined : this.#qops.join(","),
          algorithm,
          stale: stale ? "true" : undefined,
          userhash: this.#userhash ? "true" : undefined,
        },
        "challenge",
      ),
    );
  }

  /**
   * Puts Authentication-Info into the response to a request that was accepted (RFC 7616 §3.5): the proof that this server knows the secret too, over
   * the body that the response has now, and with `nextNonce` the nonce to go on with. Nothing for proxies, which have no such header in SIP.
   */
  confirm(now: Instant, response: SipResponse, user: DigestUser, options: { readonly nextNonce?: boolean } = {}): void {
    const proof = this.#proofs.get(user);
    if (proof === undefined || this.role === "proxy") return;
    const { claim, ha1 } = proof;
    const rspauth = digestResponse(this.#hashes, { ...claim, ha1, method: "", body: response.body });
    const { qop, cnonce, nonceCount } = claim;
    const nextnonce = options.nextNonce === true ? this.#mint.issue(now) : undefined;
    const info = credentials("", { qop, rspauth, cnonce, nc: nonceCount, nextnonce }, "credentials");
    response.headers.set("Authentication-Info", info);
  }

  /** Whether a client answered something that was offered: or else it could choose the weakest. */
  #isOffered(claim: DigestClaim): boolean {
    if (!this.#algorithms.includes(claim.algorithm)) return false;
    return claim.qop === undefined ? this.#qops.length === 0 || this.#allowWithoutQop : this.#qops.includes(claim.qop);
  }

  /** §8.2.7: made of the request, and by nobody else. */
  #tag({ callId, fromTag, cseq, branch }: SipRequest): string {
    return this.#mint.tagOf(`${callId} ${fromTag} ${cseq?.number} ${cseq?.method} ${branch}`);
  }
}

/** The stored form of a user for {@link DigestServerOptions.users}: HA1 for every hash, no password. */
export function storedCredentials(hashes: DigestHashes, username: string, realm: string, password: string): DigestCredentials {
  const names = new Set(DIGEST_ALGORITHMS.map(hashNameOf).filter((name) => hashes[name] !== undefined));
  const ha1 = Object.fromEntries([...names].map((name) => [name, userHash(hashes, name, `${username}:${realm}:${password}`)]));
  return { username, realm, ha1 };
}

/** What a client mends with a fresh nonce, without asking its user. */
const OF_THE_NONCE: ReadonlySet<DigestRefusal> = new Set(["stale", "replayed", "bad-nonce"]);
const DEFAULT_ALGORITHMS: readonly DigestAlgorithm[] = ["SHA-256", "MD5"];
