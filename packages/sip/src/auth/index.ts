/** Digest authentication (RFC 3261 §22, RFC 7616, RFC 8760). Pure; `node-digest-hashes.ts` is Node's part. */

export { challengesOf, type DigestChallenge, type DigestRole } from "./challenge.ts";
export {
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type DigestHashes,
  type DigestHashName,
  type DigestQop,
  digestAlgorithm,
  digestHashesOf,
} from "./digest-algorithm.ts";
export { type DigestClaim, isUser } from "./digest-claim.ts";
export { copyCredentials, DigestClient, type DigestClientOptions } from "./digest-client.ts";
export { computeHa1, type DigestCredentials, ha1Of } from "./digest-credentials.ts";
export { type DigestInput, digestResponse, userHash } from "./digest-response.ts";
export { type DigestRefusal, DigestServer, type DigestServerOptions, type DigestUser, storedCredentials } from "./digest-server.ts";
