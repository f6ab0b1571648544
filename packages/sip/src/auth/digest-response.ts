/** The arithmetic of digest (RFC 7616 §3.4, RFC 2617 §3.2.2, RFC 2069 §2.1.2): hexadecimal in, hexadecimal out. */
import { hexFromBytes, InvalidArgumentError, utf8FromString } from "@purertc/core";
import { type DigestAlgorithm, type DigestHashes, type DigestHashName, type DigestQop, hashNameOf, isSession } from "./digest-algorithm.ts";

/** What a request digest is computed from. */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  /** H(username:realm:password), hexadecimal: the session part is added here where the algorithm has one. */
  readonly ha1: string;
  readonly nonce: string;
  /** Undefined: RFC 2069, where `nonceCount` is not used and `cnonce` only by `-sess`. */
  readonly qop?: DigestQop | undefined;
  /** `nc` as written, eight hexadecimal digits. */
  readonly nonceCount?: string | undefined;
  readonly cnonce?: string | undefined;
  /** The request's method; `""` for `rspauth`, the server's own digest (§3.5). */
  readonly method: string;
  /** `uri` as written. */
  readonly uri: string;
  /** The body, for auth-int. */
  readonly body?: Uint8Array | undefined;
}

/** `response`, or with an empty method `rspauth`, in lower-case hexadecimal. Throws InvalidArgumentError for a hash that is not available. */
export function digestResponse(hashes: DigestHashes, input: DigestInput): string {
  const name = hashNameOf(input.algorithm);
  const { nonce, nonceCount = "", cnonce = "", qop } = input;
  // RFC 7616 §3.4.2
  const ha1 = isSession(input.algorithm) ? userHash(hashes, name, `${input.ha1}:${nonce}:${cnonce}`) : input.ha1;
  // RFC 7616 §3.4.3
  const bodyPart = qop === "auth-int" ? `:${hexFromBytes(hashOf(hashes, name)(input.body ?? NO_BODY))}` : "";
  const ha2 = userHash(hashes, name, `${input.method}:${input.uri}${bodyPart}`);
  // RFC 7616 §3.4.1; without qop RFC 2069 §2.1.2
  const middle = qop === undefined ? nonce : `${nonce}:${nonceCount}:${cnonce}:${qop}`;
  return userHash(hashes, name, `${ha1}:${middle}:${ha2}`);
}

/** The hash of a text's UTF-8 bytes, in lower-case hexadecimal. With `username:realm` it is the `username` of `userhash=true` (RFC 7616 §3.4.4). */
export function userHash(hashes: DigestHashes, name: DigestHashName, text: string): string {
  return hexFromBytes(hashOf(hashes, name)(utf8FromString(text)));
}

function hashOf(hashes: DigestHashes, name: DigestHashName): (bytes: Uint8Array) => Uint8Array {
  const hash = hashes[name];
  if (hash === undefined) throw new InvalidArgumentError(`no ${name} among the digest hashes`, { code: "SIP_DIGEST_HASH" });
  return hash;
}

const NO_BODY: Uint8Array = new Uint8Array(0);
