/** The client's side of digest (RFC 3261 §22.2, §22.3; RFC 8760 §2.4): answers challenges, and remembers them for the requests that follow. */
import { type RandomSource, randomString } from "@purertc/core";
import { authParameter, type Credentials, credentials, type SipRequest, type SipResponse, sameIgnoringCase } from "@purertc/sip-parser";
import { challengesOf, DIGEST_HEADERS, type DigestChallenge } from "./challenge.ts";
import { DIGEST_ALGORITHMS, type DigestAlgorithm, type DigestHashes, type DigestQop, hashNameOf } from "./digest-algorithm.ts";
import { type DigestCredentials, ha1Of } from "./digest-credentials.ts";
import { digestResponse, userHash } from "./digest-response.ts";

/** What a client answers challenges with. */
export interface DigestClientOptions {
  readonly hashes: DigestHashes;
  /** Client nonces. */
  readonly random: RandomSource;
  /** Algorithms that are good enough: challenges for others are not answered. Default all; leave MD5 out where servers can be trusted to do without. */
  readonly algorithms?: readonly DigestAlgorithm[];
  /** Take `auth-int` where a server offers both. Default false: bodies are changed on the way by many. */
  readonly preferAuthInt?: boolean;
  /** Calls (Call-IDs) whose challenges are remembered; the one longest unused is forgotten. Default 1,000. */
  readonly maxCalls?: number;
}

/** One challenge that was answered, and how often. */
interface Session {
  readonly challenge: DigestChallenge;
  readonly cnonce: string;
  readonly username: string;
  readonly ha1: string;
  /** Requests signed with the nonce. */
  count: number;
  /** Whether the nonce was in a challenge to one of our requests; otherwise in an Authentication-Info. */
  readonly challenged: boolean;
  /** Fresh nonces in a row that the server found stale. */
  readonly staleInARow: number;
}

/**
 * Answers challenges. One object serves any number of requests. Challenges are remembered by Call-ID, for dialogs and registrations (RFC 3261 §22.3), and
 * never used for another one.
 */
export class DigestClient {
  readonly #hashes: DigestHashes;
  readonly #random: RandomSource;
  readonly #algorithms: readonly DigestAlgorithm[];
  readonly #preferAuthInt: boolean;
  readonly #maxCalls: number;
  /** By Call-ID, then by role and realm. The one longest unused comes first. */
  readonly #calls = new Map<string, Map<string, Session>>();

  constructor(options: DigestClientOptions) {
    this.#hashes = options.hashes;
    this.#random = options.random;
    this.#algorithms = options.algorithms ?? DIGEST_ALGORITHMS;
    this.#preferAuthInt = options.preferAuthInt ?? false;
    this.#maxCalls = options.maxCalls ?? 1000;
  }

  /**
   * The request once more, with credentials and the next CSeq number (or `cseq`), for a new transaction; undefined when no challenge can be answered, or
   * the credentials were refused. `request` is what was sent, and is left as it is; a Via that a transaction put on top must not be there any more.
   * `users` are tried in order: the first one for a challenge's realm, otherwise the first one for any realm.
   */
  authorize(
    request: SipRequest,
    response: SipResponse,
    users: DigestCredentials | readonly DigestCredentials[],
    init: { readonly cseq?: number } = {},
  ): SipRequest | undefined {
    const known = Array.isArray(users) ? (users as readonly DigestCredentials[]) : [users as DigestCredentials];
    const answered = new Map<string, Session>();
    for (const challenge of challengesOf(response)) {
      // RFC 8760 §2.4: of several challenges of one realm, the first that can be answered.
      if (answered.has(keyOf(challenge))) continue;
      const session = this.#answer(request, challenge, known);
      if (session !== undefined) answered.set(keyOf(challenge), session);
    }
    if (answered.size === 0) return undefined;
    const retry = request.copy();
    retry.headers.set("CSeq", { number: init.cseq ?? (request.cseq?.number ?? 0) + 1, method: request.method });
    const sessions = this.#sessionsOf(request.callId ?? "");
    for (const [key, session] of answered) {
      sessions.set(key, session);
      this.#sign(retry, session);
    }
    for (const oldest of sessions.keys()) {
      if (sessions.size <= MAX_REALMS) break;
      sessions.delete(oldest);
    }
    return retry;
  }

  /**
   * The request with credentials for the challenges that its call has met (RFC 3261 §22.3 asks for it within dialogs and registrations, to save round
   * trips); the same request when there were none.
   */
  preauthorize(request: SipRequest): SipRequest {
    const sessions = this.#calls.get(request.callId ?? "");
    if (sessions === undefined) return request;
    const signed = request.copy();
    for (const session of sessions.values()) this.#sign(signed, session);
    return signed;
  }

  /**
   * Checks Authentication-Info (RFC 7616 §3.5), if the response has it: whether the server knows the secret too, and says the same body. A next nonce
   * is used from then on, unless the proof is wrong. `"absent"`: the server proves nothing, as most do.
   */
  verify(request: SipRequest, response: SipResponse): "verified" | "absent" | "wrong" {
    const info = response.headers.get("Authentication-Info");
    if (info === undefined) return "absent";
    const sessions = this.#calls.get(request.callId ?? "");
    for (const [key, session] of sessions ?? []) {
      const sent = this.#credentialsIn(request, session.challenge);
      if (session.challenge.role !== "www" || sent === undefined || authParameter(sent, "nonce") !== session.challenge.nonce) continue;
      const proof = authParameter(info, "rspauth");
      const verdict = proof === undefined ? "absent" : this.#proves(info, proof, sent, session, response) ? "verified" : "wrong";
      const nonce = authParameter(info, "nextnonce");
      if (verdict !== "wrong" && nonce !== undefined)
        sessions?.set(key, { ...session, challenge: { ...session.challenge, nonce }, count: 0, challenged: false, staleInARow: 0 });
      return verdict;
    }
    return authParameter(info, "rspauth") === undefined ? "absent" : "wrong";
  }

  /** Forgets what a call was challenged with. Call it when a dialog or registration is over; otherwise the oldest ones are forgotten in time. */
  forget(callId: string): void {
    this.#calls.delete(callId);
  }

  /** A session for a challenge; undefined when it cannot be answered. */
  #answer(request: SipRequest, challenge: DigestChallenge, users: readonly DigestCredentials[]): Session | undefined {
    const { algorithm, realm } = challenge;
    if (!this.#algorithms.includes(algorithm) || this.#hashes[hashNameOf(algorithm)] === undefined) return undefined;
    const user = users.find((each) => each.realm === realm) ?? users.find((each) => each.realm === undefined);
    const ha1 = user && ha1Of(this.#hashes, user, hashNameOf(algorithm), realm);
    if (user === undefined || ha1 === undefined) return undefined;
    const staleInARow = this.#staleInARow(request, challenge);
    if (staleInARow === "refused") return undefined;
    const cnonce = randomString(this.#random, CNONCE_LENGTH, HEX_DIGITS);
    return { challenge, cnonce, username: user.username, ha1, count: 0, challenged: true, staleInARow };
  }

  /**
   * RFC 3261 §22.2: the same credentials are not tried again when they have been refused. They have been when the request answered a challenge
   * (not only reused a nonce of an earlier one), and the new challenge does not say that the nonce was stale.
   */
  #staleInARow(request: SipRequest, challenge: DigestChallenge): number | "refused" {
    const sent = this.#credentialsIn(request, challenge);
    if (sent === undefined) return 0;
    const session = this.#calls.get(request.callId ?? "")?.get(keyOf(challenge));
    const nonce = authParameter(sent, "nonce");
    if (session === undefined || session.challenge.nonce !== nonce) {
      // Not ours, or of an older challenge: once more, and then it is.
      return challenge.nonce === nonce ? "refused" : 0;
    }
    if (!session.challenged || session.count > 1) return 0;
    // Fresh nonces that are stale at once, time and again: no clock is that bad.
    if (!challenge.stale || challenge.nonce === nonce || session.staleInARow >= MAX_STALE_IN_A_ROW) return "refused";
    return session.staleInARow + 1;
  }

  #sign(request: SipRequest, session: Session): void {
    const { challenge } = session;
    const { algorithm, realm, nonce, opaque } = challenge;
    session.count += 1;
    const qop = this.#qopFor(challenge);
    const nonceCount = session.count.toString(16).padStart(8, "0");
    // A client nonce goes with qop; RFC 7616 §3.4.2 needs it for -sess in any case.
    const cnonce = qop !== undefined || algorithm.endsWith("-sess") ? session.cnonce : undefined;
    const uri = request.uriText;
    const { ha1 } = session;
    const response = digestResponse(this.#hashes, {
      ...{ algorithm, ha1, nonce, qop, nonceCount, cnonce, uri },
      method: request.method,
      body: request.body,
    });
    const username = challenge.userhash ? userHash(this.#hashes, hashNameOf(algorithm), `${session.username}:${realm}`) : session.username;
    const value = credentials(
      "Digest",
      {
        ...{ username, realm, nonce, uri, response },
        algorithm: challenge.statedAlgorithm ? algorithm : undefined,
        cnonce,
        opaque,
        qop,
        nc: qop === undefined ? undefined : nonceCount,
        userhash: challenge.userhash ? "true" : undefined,
      },
      "credentials",
    );
    const name = DIGEST_HEADERS[challenge.role].credentials;
    const others = request.headers.all(name).filter((each) => authParameter(each, "realm") !== realm);
    request.headers.set(name, [...others, value]);
  }

  #qopFor(challenge: DigestChallenge): DigestQop | undefined {
    const preferred = this.#preferAuthInt ? "auth-int" : "auth";
    return challenge.qops.includes(preferred) ? preferred : challenge.qops[0];
  }

  #proves(info: Credentials, proof: string, sent: Credentials, session: Session, response: SipResponse): boolean {
    const qop = authParameter(info, "qop") ?? authParameter(sent, "qop");
    if (qop !== undefined && qop !== "auth" && qop !== "auth-int") return false;
    // RFC 7616 §3.5: cnonce and nc are those of the request.
    for (const name of ["cnonce", "nc"]) {
      const said = authParameter(info, name);
      if (said !== undefined && !sameIgnoringCase(said, authParameter(sent, name) ?? "")) return false;
    }
    const expected = digestResponse(this.#hashes, {
      algorithm: session.challenge.algorithm,
      ha1: session.ha1,
      nonce: session.challenge.nonce,
      qop,
      nonceCount: authParameter(sent, "nc"),
      cnonce: authParameter(sent, "cnonce"),
      method: "",
      uri: authParameter(sent, "uri") ?? "",
      body: response.body,
    });
    return sameIgnoringCase(expected, proof);
  }

  #credentialsIn(request: SipRequest, challenge: DigestChallenge): Credentials | undefined {
    const all = request.headers.all(DIGEST_HEADERS[challenge.role].credentials);
    return all.find((each) => authParameter(each, "realm") === challenge.realm);
  }

  /** The sessions of a call, which is then the one most recently used. */
  #sessionsOf(callId: string): Map<string, Session> {
    const sessions = this.#calls.get(callId) ?? new Map<string, Session>();
    this.#calls.delete(callId);
    this.#calls.set(callId, sessions);
    for (const oldest of this.#calls.keys()) {
      if (this.#calls.size <= this.#maxCalls) break;
      this.#calls.delete(oldest);
    }
    return sessions;
  }
}

/** Copies the credentials of an INVITE into the ACK for its 2xx, where no challenge can follow (RFC 3261 §22.1). */
export function copyCredentials(from: SipRequest, to: SipRequest): void {
  for (const { credentials: name } of Object.values(DIGEST_HEADERS)) {
    to.headers.remove(name);
    to.headers.copyFrom(from.headers, name);
  }
}

function keyOf(challenge: DigestChallenge): string {
  return `${challenge.role} ${challenge.realm}`;
}

const HEX_DIGITS = "0123456789abcdef";
/** 128 bits. */
const CNONCE_LENGTH = 32;
const MAX_STALE_IN_A_ROW = 2;
/** Of one call: a request meets a few proxies and a server. */
const MAX_REALMS = 10;
