// Who may register and call: users.json.
import { computeHa1, type DigestCredentials, type DigestHashName, nodeDigestHashes } from "@purertc/sip";

/** Credentials by user name. Passwords are turned into HA1 at once and not kept. */
export type Users = ReadonlyMap<string, DigestCredentials>;

/**
 * Reads `{ "name": "password" }`, with `{ "password": "..." }` or `{ "ha1": { "MD5": "hex", "SHA-256": "hex" } }` in place of a password if you like, or a list
 * of such objects with a `username`; all of that perhaps as the only member `users` of an object. Throws an Error that holds no secret.
 */
export function readUsers(json: string, realm: string): Users {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new Error("the users file is not JSON"); // the parser's own message would quote it
  }
  if (typeof parsed !== "object" || parsed === null) throw new Error("the users file is neither a JSON object nor a list");
  const inner = Object.keys(parsed).length === 1 ? member(parsed, "users") : undefined;
  const isUser = member(inner, "password") !== undefined || member(inner, "ha1") !== undefined; // of the name "users"
  const users = typeof inner === "object" && inner !== null && !isUser ? inner : parsed;
  const entries: [string, unknown][] = Array.isArray(users) ? users.map((user) => [nameOf(user), user]) : Object.entries(users);
  return new Map(
    entries.map(([address, value]) => {
      const name = withoutDomain(address, realm);
      return [name, credentialsOf(name, value, realm)];
    }),
  );
}

/** `alice@test.local` is alice here. */
function withoutDomain(address: string, realm: string): string {
  const domain = `@${realm}`;
  return address.toLowerCase().endsWith(domain) ? address.slice(0, -domain.length) : address;
}

function nameOf(user: unknown): string {
  const name = ["username", "user", "name"].map((key) => member(user, key)).find((value) => typeof value === "string");
  if (typeof name !== "string" || name === "") throw new Error("a user in the list has no username");
  return name;
}

function credentialsOf(username: string, value: unknown, realm: string): DigestCredentials {
  const password = typeof value === "string" ? value : member(value, "password");
  if (typeof password === "string") {
    const ha1 = HASHES.map((hash) => [hash, computeHa1(nodeDigestHashes, hash, username, realm, password)]);
    return { username, realm, ha1: Object.fromEntries(ha1) };
  }
  const given = member(value, "ha1");
  const ha1 = Object.entries(typeof given === "object" && given !== null ? given : {});
  const known = ha1.every(
    ([hash, text]) => (HASHES as readonly string[]).includes(hash) && typeof text === "string" && /^[0-9a-f]+$/i.test(text),
  );
  if (ha1.length === 0 || !known)
    throw new Error(`user ${JSON.stringify(username)} needs a password, or { "ha1": { "MD5": hex, "SHA-256": hex } }`);
  return { username, realm, ha1: Object.fromEntries(ha1) };
}

/** A member of what may be an object. */
function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

/** Those that this Node has, of the algorithms that `authentication.ts` offers. */
const HASHES: readonly DigestHashName[] = (["SHA-256", "MD5"] as const).filter((hash) => nodeDigestHashes[hash] !== undefined);
