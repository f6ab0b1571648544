import { nodeCrypto, nodeRandom } from "@purertc/crypto/node";
import { expect, test } from "vitest";
import type { ClientHello } from "../codec/client-hello.ts";
import { CookieSecret } from "./cookie.ts";

const HELLO: ClientHello = {
  version: 0xfefd,
  random: new Uint8Array(32).fill(1),
  sessionId: new Uint8Array(0),
  cookie: new Uint8Array(0),
  cipherSuites: [0xc02b],
  compressionMethods: new Uint8Array([0]),
  extensions: [],
};

test("RFC 6347 §4.2.1: a cookie is good for the same parameters, and for no others", () => {
  const secret = new CookieSecret(nodeCrypto, nodeRandom);
  const cookie = secret.cookie(HELLO);
  expect(cookie).toHaveLength(32);
  expect(secret.verify({ ...HELLO, cookie })).toBe(true);
  expect(secret.verify({ ...HELLO, cookie, extensions: undefined })).toBe(true); // extensions may change
  expect(secret.verify(HELLO)).toBe(false);
  expect(secret.verify({ ...HELLO, cookie: cookie.subarray(1) })).toBe(false);
  expect(secret.verify({ ...HELLO, cookie, random: new Uint8Array(32) })).toBe(false);
  expect(secret.verify({ ...HELLO, cookie, cipherSuites: [0xc02b, 0xc02f] })).toBe(false);
  expect(secret.verify({ ...HELLO, cookie, sessionId: new Uint8Array(1) })).toBe(false);
  expect(new CookieSecret(nodeCrypto, nodeRandom).verify({ ...HELLO, cookie })).toBe(false);
});
