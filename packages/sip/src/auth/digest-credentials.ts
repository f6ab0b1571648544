/** What a client knows of itself and a server of its users: a password, or what was computed from one. */
import { InvalidArgumentError } from "@purertc/core";
import type { DigestHashes, DigestHashName } from "./digest-algorithm.ts";
import { userHash } from "./digest-response.ts";

/** A user's credentials. Give the password, or HA1 for the hashes in use; both may be there, then HA1 counts. */
export interface DigestCredentials {
  /** The digest user name; UTF-8 on the wire. */
  readonly username: string;
  /** The only realm these are for. Undefined: any that asks, which a client should only do with servers that it has authenticated (TLS). */
  readonly realm?: string | undefined;
  readonly password?: string | undefined;
  /** H(username:realm:password) in hexadecimal (RFC 7616 §3.4.2, without the session part), so that the password need not be kept. Needs `realm`. */
  readonly ha1?: { readonly [name in DigestHashName]?: string } | undefined;
}

/**
 * H(A1) without the session part, for a realm; undefined when the credentials are for another realm, or neither password nor that HA1 is there,
 * or the hash is not available.
 */
export function ha1Of(hashes: DigestHashes, credentials: DigestCredentials, hash: DigestHashName, realm: string): string | undefined {
  if (credentials.realm !== undefined && credentials.realm !== realm) return undefined;
  const given = credentials.realm === undefined ? undefined : credentials.ha1?.[hash];
  if (given !== undefined) return given.toLowerCase();
  if (credentials.password === undefined || hashes[hash] === undefined) return undefined;
  return computeHa1(hashes, hash, credentials.username, realm, credentials.password);
}

/** H(username:realm:password) in hexadecimal: what to store instead of passwords. Throws InvalidArgumentError when the hash is not available. */
export function computeHa1(hashes: DigestHashes, hash: DigestHashName, username: string, realm: string, password: string): string {
  if (hashes[hash] === undefined) throw new InvalidArgumentError(`no ${hash} among the digest hashes`, { code: "SIP_DIGEST_HASH" });
  return userHash(hashes, hash, `${username}:${realm}:${password}`);
}
