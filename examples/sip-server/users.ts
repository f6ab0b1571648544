// Who may register and call: users.json.
import { computeHa1, type DigestCredentials, type DigestHashName, nodeDigestHashes } from "@purertc/sip";

/** Credentials by user name. Passwords are turned into HA1 at once and not kept. */
export type Users = ReadonlyMap<string, DigestCredentials>;

/** Reads `{ "name": "password" }` or `{ "name": { "ha1": { "MD5": "hex", "SHA-256": "hex" } } }`. Throws an Error that holds no secret. */
export function readUsers(json: string, realm: string): Users {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new Error("the users file is not JSON"); // the parser's own message would quote it
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new Error("the users file is not a JSON object");
  return new Map(Object.entries(parsed).map(([name, value]) => [name, credentialsOf(name, value, realm)]));
}

function credentialsOf(username: string, value: unknown, realm: string): DigestCredentials {
  if (typeof value === "string") {
    const ha1 = HASHES.map((hash) => [hash, computeHa1(nodeDigestHashes, hash, username, realm, value)]);
    return { username, realm, ha1: Object.fromEntries(ha1) };
  }
  const given = typeof value === "object" && value !== null && "ha1" in value ? value.ha1 : undefined;
  const ha1 = Object.entries(typeof given === "object" && given !== null ? given : {});
  const known = ha1.every(
    ([hash, text]) => (HASHES as readonly string[]).includes(hash) && typeof text === "string" && /^[0-9a-f]+$/i.test(text),
  );
  if (ha1.length === 0 || !known)
    throw new Error(`user ${JSON.stringify(username)} needs a password, or { "ha1": { "MD5": hex, "SHA-256": hex } }`);
  return { username, realm, ha1: Object.fromEntries(ha1) };
}

/** Those that this Node has, of the algorithms that `authentication.ts` offers. */
const HASHES: readonly DigestHashName[] = (["SHA-256", "MD5"] as const).filter((hash) => nodeDigestHashes[hash] !== undefined);
