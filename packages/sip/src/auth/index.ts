/** Digest authentication (RFC 3261 §22, RFC 7616, RFC 8760). Pure; `node-digest-hashes.ts` is Node's part. */
export {
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type DigestHashes,
  type DigestHashName,
  type DigestQop,
  digestAlgorithm,
  digestHashesOf,
} from "./digest-algorithm.ts";
export { computeHa1, type DigestCredentials, ha1Of } from "./digest-credentials.ts";
export { type DigestInput, digestResponse, userHash } from "./digest-response.ts";
