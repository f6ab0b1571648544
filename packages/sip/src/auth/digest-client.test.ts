import { seededRandom } from "@purertc/simulator";
import { authParameter, createRequest, createResponse, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { copyCredentials, DigestClient, type DigestClientOptions } from "./digest-client.ts";
import { computeHa1 } from "./digest-credentials.ts";
import { digestResponse } from "./digest-response.ts";
import { nodeDigestHashes as hashes } from "./node-digest-hashes.ts";

const bob = { username: "bob", password: "zanzibar" };

function client(options: Partial<DigestClientOptions> = {}): DigestClient {
  return new DigestClient({ hashes, random: seededRandom("client"), ...options });
}

function invite(callId = "c1"): SipRequest {
  const headers = { From: "<sip:bob@biloxi.com>;tag=1", To: "<sip:alice@biloxi.com>", "Call-ID": callId, CSeq: 1 };
  return createRequest({ method: "INVITE", uri: "sip:alice@biloxi.com", headers });
}

function challenged(request: SipRequest, www: readonly string[], proxy: readonly string[] = []): SipResponse {
  const response = createResponse(request, www.length > 0 ? 401 : 407);
  for (const each of www) response.headers.append("WWW-Authenticate", each);
  for (const each of proxy) response.headers.append("Proxy-Authenticate", each);
  return response;
}

const parameter = (request: SipRequest | undefined, name: string, header: "Authorization" | "Proxy-Authorization" = "Authorization") =>
  request?.headers.all(header).map((each) => authParameter(each, name));

test("RFC 8760 §2.4: of several challenges for a realm, the first that is supported is answered", () => {
  const offers = ["SHA-999", "SHA-512-256", "SHA-256", "MD5"].map((name) => `Digest realm="a", nonce="n", qop="auth", algorithm=${name}`);
  const response = challenged(invite(), ['Bearer realm="a"', ...offers]);
  expect(parameter(client().authorize(invite(), response, bob), "algorithm")).toEqual(["SHA-512-256"]);
  expect(parameter(client({ algorithms: ["MD5", "SHA-256"] }).authorize(invite(), response, bob), "algorithm")).toEqual(["SHA-256"]);
  expect(parameter(client({ hashes: { MD5: hashes.MD5! } }).authorize(invite(), response, bob), "algorithm")).toEqual(["MD5"]);
  expect(client({ algorithms: [] }).authorize(invite(), response, bob)).toBeUndefined();
});

test("RFC 3261 §22.3: a response of a forking proxy has challenges of several realms and both roles; all are answered", () => {
  const request = invite();
  const response = challenged(
    request,
    ['Digest realm="a", nonce="1"'],
    ['Digest realm="b", nonce="2", qop="auth"', 'Digest realm="c", nonce="3"'],
  );
  const users = [{ username: "b-user", realm: "b", password: "x" }, bob];
  const retry = client().authorize(request, response, users);
  expect(parameter(retry, "realm")).toEqual(["a"]);
  expect(parameter(retry, "username", "Proxy-Authorization")).toEqual(["b-user", "bob"]);
  expect(parameter(retry, "realm", "Proxy-Authorization")).toEqual(["b", "c"]);
  expect(retry?.cseq?.number).toBe(2);
  expect(request.headers.has("Authorization")).toBe(false);
  // Credentials bound to a realm go nowhere else.
  expect(client().authorize(request, response, { username: "x", realm: "z", password: "y" })).toBeUndefined();
});

test("RFC 3261 §22.2: credentials that were refused are not tried again; stale ones are, with the new nonce", () => {
  const as = client();
  const first = as.authorize(invite(), challenged(invite(), ['Digest realm="a", nonce="1", qop="auth"']), bob)!;
  expect(as.authorize(first, challenged(first, ['Digest realm="a", nonce="2", qop="auth"']), bob)).toBeUndefined();
  expect(as.authorize(first, challenged(first, ['Digest realm="a", nonce="1", qop="auth", stale=true']), bob)).toBeUndefined();
  const second = as.authorize(first, challenged(first, ['Digest realm="a", nonce="2", qop="auth", stale=TRUE']), bob)!;
  expect(parameter(second, "nonce")).toEqual(["2"]);
  expect(parameter(second, "nc")).toEqual(["00000001"]);
});

test("RFC 3261 §22.2: a server that finds every nonce stale is given up", () => {
  const as = client();
  let request: SipRequest | undefined = invite();
  let attempts = 0;
  for (let nonce = 1; request !== undefined && nonce < 20; nonce++, attempts++) {
    request = as.authorize(request, challenged(request, [`Digest realm="a", nonce="${nonce}", stale=true`]), bob);
  }
  expect(attempts).toBe(4);
});

test("RFC 7616 §3.3: a nonce used again counts up, and when it is refused a new one is tried", () => {
  const as = client();
  as.authorize(invite(), challenged(invite(), ['Digest realm="a", nonce="1", qop="auth"']), bob);
  const again = as.preauthorize(invite());
  expect(parameter(again, "nc")).toEqual(["00000002"]);
  const retry = as.authorize(again, challenged(again, ['Digest realm="a", nonce="2", qop="auth"']), bob);
  expect(parameter(retry, "nonce")).toEqual(["2"]);
});

test("RFC 3261 §22.3: challenges are remembered for their call only, and not for ever", () => {
  const as = client({ maxCalls: 2 });
  for (const callId of ["a", "b", "c"]) as.authorize(invite(callId), challenged(invite(callId), ['Digest realm="a", nonce="1"']), bob);
  expect(as.preauthorize(invite("a")).headers.has("Authorization")).toBe(false);
  expect(as.preauthorize(invite("x")).headers.has("Authorization")).toBe(false);
  expect(as.preauthorize(invite("c")).headers.has("Authorization")).toBe(true);
  as.forget("c");
  expect(as.preauthorize(invite("c")).headers.has("Authorization")).toBe(false);
});

test("RFC 3261 §22.1: the ACK to a 2xx carries what the INVITE did", () => {
  const retry = client().authorize(invite(), challenged(invite(), ['Digest realm="a", nonce="1"'], ['Digest realm="b", nonce="2"']), bob)!;
  const ack = createRequest({ method: "ACK", uri: "sip:alice@192.0.2.1" });
  copyCredentials(retry, ack);
  expect(ack.headers.texts("Authorization")).toEqual(retry.headers.texts("Authorization"));
  expect(ack.headers.texts("Proxy-Authorization")).toEqual(retry.headers.texts("Proxy-Authorization"));
});

test("RFC 7616 §3.4: opaque comes back, algorithm only when it was there, and quotes as the grammar has them", () => {
  const retry = client().authorize(
    invite(),
    challenged(invite(), ['Digest realm="a", nonce="1", opaque="o\\"p", qop="auth,auth-int,x"']),
    bob,
  );
  expect(retry?.headers.text("Authorization")).toMatch(
    /^Digest username="bob", realm="a", nonce="1", uri="sip:alice@biloxi.com", response="[0-9a-f]{32}", cnonce="[0-9a-f]{32}", opaque="o\\"p", qop=auth, nc=00000001$/,
  );
  expect(
    parameter(
      client({ preferAuthInt: true }).authorize(invite(), challenged(invite(), ['Digest realm="a", nonce="1", qop="auth,auth-int"']), bob),
      "qop",
    ),
  ).toEqual(["auth-int"]);
});

test("RFC 7616 §3.3: challenges that cannot be met are left alone", () => {
  for (const challenge of [
    'Digest nonce="1"',
    'Digest realm="a"',
    'Digest realm="a", nonce="1", qop="auth-conf"',
    'Basic realm="a"',
    "Digest",
    'Digest realm="a", nonce="1", algorithm=AKAv1-MD5',
  ]) {
    expect([challenge, client().authorize(invite(), challenged(invite(), [challenge]), bob)]).toEqual([challenge, undefined]);
  }
});

test("RFC 7616 §3.5: a server that proves the wrong secret is found out, and its next nonce is not used", () => {
  const as = client();
  const sent = as.authorize(invite(), challenged(invite(), ['Digest realm="a", nonce="1", qop="auth"']), bob)!;
  const [cnonce] = parameter(sent, "cnonce")!;
  const proof = (password: string) =>
    digestResponse(hashes, {
      algorithm: "MD5",
      ha1: computeHa1(hashes, "MD5", "bob", "a", password),
      nonce: "1",
      qop: "auth",
      nonceCount: "00000001",
      cnonce,
      method: "",
      uri: "sip:alice@biloxi.com",
    });
  const answered = (text: string): SipResponse => createResponse(sent, 200, { headers: { "Authentication-Info": text } });
  expect(as.verify(sent, createResponse(sent, 200))).toBe("absent");
  expect(as.verify(sent, answered(`rspauth="${proof("other")}", qop=auth, nextnonce="evil"`))).toBe("wrong");
  expect(as.verify(sent, answered(`rspauth="${proof("zanzibar")}", qop=auth, cnonce="other"`))).toBe("wrong");
  expect(parameter(as.preauthorize(invite()), "nonce")).toEqual(["1"]);
  expect(as.verify(sent, answered(`rspauth="${proof("zanzibar")}", qop=auth, cnonce="${cnonce}", nc=00000001, nextnonce="good"`))).toBe(
    "verified",
  );
  expect(parameter(as.preauthorize(invite()), "nonce")).toEqual(["good"]);
  expect(parameter(as.preauthorize(invite()), "nc")).toEqual(["00000002"]);
});
