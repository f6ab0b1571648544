import { seededRandom } from "@purertc/simulator";
import { authParameter, createRequest, credentials, parseSipMessage, type SipRequest, writeSipMessage } from "@purertc/sip-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DIGEST_ALGORITHMS, type DigestHashes } from "./digest-algorithm.ts";
import { isUser } from "./digest-claim.ts";
import { DigestClient } from "./digest-client.ts";
import { computeHa1, type DigestCredentials, ha1Of } from "./digest-credentials.ts";
import { digestResponse, userHash } from "./digest-response.ts";
import { DigestServer, type DigestServerOptions, storedCredentials } from "./digest-server.ts";
import { nodeDigestHashes as hashes } from "./node-digest-hashes.ts";

const alice: DigestCredentials = { username: "alice", realm: "test.local", password: "wonderland" };

function server(options: Partial<DigestServerOptions> = {}): DigestServer {
  const users = (name: string) => (name === "alice" ? alice : undefined);
  return new DigestServer({ hashes, random: seededRandom("server"), realm: "test.local", users, ...options });
}

function client(): DigestClient {
  return new DigestClient({ hashes, random: seededRandom("client") });
}

function register(cseq = 1, init: { uri?: string; body?: string; method?: string } = {}): SipRequest {
  const { uri = "sip:test.local", method = "REGISTER", body } = init;
  return createRequest({
    method,
    uri,
    headers: { From: "<sip:alice@test.local>;tag=1", To: "<sip:alice@test.local>", "Call-ID": "c1", CSeq: cseq },
    body,
  });
}

/** As the other end sees it: written and parsed. */
function sent<Message extends SipRequest>(request: Message): SipRequest {
  const parsed = parseSipMessage(writeSipMessage(request));
  if (!("kind" in parsed) || parsed.kind !== "request") throw new Error("not a request");
  return parsed;
}

/** What a client answers to the challenge for a request. */
function answer(of: DigestServer, request: SipRequest, now = 0, as = client(), user: DigestCredentials = alice): SipRequest {
  const retry = as.authorize(request, of.challenge(now, request), user);
  if (retry === undefined) throw new Error("no answer");
  return sent(retry);
}

/** The request with one parameter of its credentials replaced, or removed. */
function tampered(request: SipRequest, name: string, value: string | undefined): SipRequest {
  const copy = request.copy();
  const given = request.headers.get("Authorization")!;
  const parameters = given.parameters
    .filter((each) => value !== undefined || each.name !== name)
    .map((each) => (each.name === name ? { ...each, value: value ?? "" } : each));
  copy.headers.set("Authorization", { ...given, parameters });
  return sent(copy);
}

test.each(DIGEST_ALGORITHMS)("RFC 8760 §2.1: %s, with each protection and without", (algorithm) => {
  for (const qop of [["auth"], ["auth-int"], []] as const) {
    for (const role of ["www", "proxy"] as const) {
      const each = server({ algorithms: [algorithm], qop: [...qop], role });
      const request = register(1, { body: "v=0\r\n" });
      expect(each.verify(0, request)).toBe("missing");
      const retry = answer(each, request);
      expect(retry.cseq?.number).toBe(2);
      expect(each.verify(0, retry)).toEqual({ username: "alice", algorithm, qop: qop[0] });
    }
  }
});

test("RFC 8760 §2.3: one challenge for each algorithm, in the order of preference, with a fresh nonce", () => {
  const response = server({ algorithms: ["SHA-512-256", "SHA-256", "MD5"] }).challenge(0, register());
  expect(response.statusCode).toBe(401);
  expect(response.toTag).toMatch(/^[0-9a-f]{16}$/);
  const challenges = response.headers.all("WWW-Authenticate");
  expect(challenges.map((each) => authParameter(each, "algorithm"))).toEqual(["SHA-512-256", "SHA-256", "MD5"]);
  expect(response.headers.texts("WWW-Authenticate")[1]).toMatch(
    /^Digest realm="test.local", nonce="[0-9a-f]{64}", qop="auth", algorithm=SHA-256$/,
  );
});

test("RFC 7616 §3.4.1: a wrong password, a wrong user and a user who does not exist are refused alike", () => {
  const each = server();
  for (const user of [
    { username: "alice", password: "wrong" },
    { username: "bob", password: "wonderland" },
  ]) {
    expect(each.verify(0, answer(each, register(), 0, client(), user))).toBe("bad-credentials");
  }
});

test("RFC 7616 §3.4.3: credentials are for one method and one URI", () => {
  const each = server();
  const retry = answer(each, register());
  const invite = sent(register(2, { method: "INVITE" }));
  invite.headers.copyFrom(retry.headers, "Authorization");
  expect(each.verify(0, invite)).toBe("bad-credentials");
  const elsewhere = sent(register(2, { uri: "sip:other@test.local" }));
  elsewhere.headers.copyFrom(retry.headers, "Authorization");
  expect(each.verify(0, elsewhere)).toBe("uri-mismatch");
  expect(each.refuse(0, elsewhere, "uri-mismatch").statusCode).toBe(400);
  // RFC 3261 §19.1.4: the same URI in another spelling is the same.
  const spelled = sent(register(2, { uri: "sip:TEST.local" }));
  spelled.headers.copyFrom(retry.headers, "Authorization");
  expect(each.verify(0, spelled)).toMatchObject({ username: "alice" });
  // A transport parameter in only one of the two does not make it another's resource.
  const overTls = sent(register(2, { uri: "sip:test.local;transport=tls" }));
  overTls.headers.copyFrom(answer(each, register(3)).headers, "Authorization");
  expect(each.verify(0, overTls)).toMatchObject({ username: "alice" });
});

test("RFC 3261 §22.4: a server may take credentials for another URI of its own, and only those", () => {
  const each = server({ acceptUri: (uri) => uri === "sip:192.0.2.1:5060" });
  const toServer = answer(each, register(1, { uri: "sip:192.0.2.1:5060" }));
  const moved = toServer.copy();
  moved.uri = "sip:test.local";
  expect(each.verify(0, sent(moved))).toMatchObject({ username: "alice" });
  const elsewhere = answer(each, register(1, { uri: "sip:192.0.2.2" })).copy();
  elsewhere.uri = "sip:test.local";
  expect(each.verify(0, sent(elsewhere))).toBe("uri-mismatch");
});

test("RFC 7616 §3.4.3: auth-int protects the body", () => {
  const each = server({ qop: ["auth-int"] });
  const retry = answer(each, register(1, { body: "v=0\r\n" }));
  const forged = retry.copy();
  forged.body = new TextEncoder().encode("v=1\r\n");
  expect(each.verify(0, forged)).toBe("bad-credentials");
  expect(each.verify(0, retry)).toMatchObject({ qop: "auth-int" });
});

test("RFC 7616 §3.3: a nonce ends, and only the right password is told so", () => {
  const each = server({ nonceLifetimeMs: 1000 });
  const right = answer(each, register());
  const wrong = answer(each, register(), 0, client(), { username: "alice", password: "wrong" });
  expect(each.verify(1001, right)).toBe("stale");
  expect(each.verify(1001, wrong)).toBe("bad-credentials");
  expect(authParameter(each.refuse(1001, right, "stale").headers.get("WWW-Authenticate")!, "stale")).toBe("true");
  expect(authParameter(each.refuse(1001, wrong, "bad-credentials").headers.get("WWW-Authenticate")!, "stale")).toBeUndefined();
  expect(each.verify(1000, right)).toMatchObject({ username: "alice" });
});

test("RFC 7616 §5.12: the same request twice is a replay", () => {
  const each = server();
  const retry = answer(each, register());
  expect(each.verify(0, retry)).toMatchObject({ username: "alice" });
  expect(each.verify(0, retry)).toBe("replayed");
  expect(each.verify(1, retry)).toBe("replayed");
});

test("RFC 7616 §3.3: counts may overtake each other, and each is good once", () => {
  const each = server();
  const as = client();
  const first = answer(each, register(), 0, as);
  const [second, third] = [register(3), register(4)].map((request) => sent(as.preauthorize(request)));
  expect(each.verify(0, third!)).toMatchObject({ username: "alice" });
  expect(each.verify(0, first)).toMatchObject({ username: "alice" });
  expect(each.verify(0, second!)).toMatchObject({ username: "alice" });
  for (const request of [first, second!, third!]) expect(each.verify(0, request)).toBe("replayed");
});

test("RFC 2069: without a count, a nonce is good for one request", () => {
  const each = server({ qop: [] });
  const as = client();
  const first = answer(each, register(), 0, as);
  expect(authParameter(first.headers.get("Authorization")!, "nc")).toBeUndefined();
  expect(each.verify(0, first)).toMatchObject({ qop: undefined });
  expect(each.verify(0, sent(as.preauthorize(register(3))))).toBe("replayed");
});

test("RFC 3261 §22.4: a client without qop is served where that is allowed, and refused where it is not", () => {
  const as = new DigestClient({ hashes, random: seededRandom("old") });
  const old = (each: DigestServer): SipRequest => {
    const response = each.challenge(0, register());
    const challenge = response.headers.all("WWW-Authenticate").find((one) => authParameter(one, "algorithm") === "MD5")!;
    response.headers.set("WWW-Authenticate", { ...challenge, parameters: challenge.parameters.filter(({ name }) => name !== "qop") });
    return sent(as.authorize(register(), response, alice)!);
  };
  const lenient = server();
  expect(lenient.verify(0, old(lenient))).toMatchObject({ algorithm: "MD5", qop: undefined });
  const strict = server({ allowWithoutQop: false });
  expect(strict.verify(0, old(strict))).toBe("bad-credentials");
});

test("RFC 8760 §2.3: an algorithm or protection that was not offered is not taken", () => {
  const generous = server({ algorithms: ["SHA-256", "MD5"], qop: ["auth", "auth-int"], nonceKey: new Uint8Array(16) });
  const strict = server({ algorithms: ["SHA-256"], qop: ["auth-int"], nonceKey: new Uint8Array(16) });
  const weak = new DigestClient({ hashes, random: seededRandom("weak"), algorithms: ["MD5"], preferAuthInt: true });
  const retry = sent(weak.authorize(register(), generous.challenge(0, register()), alice)!);
  expect(generous.verify(0, retry)).toMatchObject({ algorithm: "MD5" });
  expect(strict.verify(0, retry)).toBe("bad-credentials");
  const bodiless = answer(generous, register());
  expect(strict.verify(0, bodiless)).toBe("bad-credentials");
});

test("RFC 7616 §3.3: nonces are ours, unaltered, and of one realm and role", () => {
  const each = server();
  const retry = answer(each, register());
  const nonce = authParameter(retry.headers.get("Authorization")!, "nonce")!;
  for (let at = 0; at < nonce.length; at += 7) {
    const altered = nonce.slice(0, at) + (nonce[at] === "0" ? "1" : "0") + nonce.slice(at + 1);
    expect(each.verify(0, tampered(retry, "nonce", altered))).toBe("bad-nonce");
  }
  for (const bad of ["", "x", nonce.toUpperCase(), `${nonce}00`]) expect(each.verify(0, tampered(retry, "nonce", bad))).toBe("bad-nonce");
  // §3.3: a fresh nonce is what is missing, not another password; and the same request gets the same To tag (RFC 3261 §8.2.7).
  const refusals = [each.refuse(0, retry, "bad-nonce"), each.refuse(1, retry, "bad-nonce")];
  expect(authParameter(refusals[0]!.headers.get("WWW-Authenticate")!, "stale")).toBe("true");
  expect(refusals[1]!.toTag).toBe(refusals[0]!.toTag);
  expect(each.refuse(0, register(), "missing").toTag).not.toBe(
    server({ nonceKey: new Uint8Array(16) }).refuse(0, register(), "missing").toTag,
  );
  // The same key for another realm.
  const nonceKey = new Uint8Array(32);
  const here = server({ nonceKey });
  const there = server({ nonceKey, role: "proxy" });
  const foreign = authParameter(there.challenges(0)[0]!, "nonce")!;
  expect(here.verify(0, tampered(answer(here, register()), "nonce", foreign))).toBe("bad-nonce");
});

test("RFC 7616 §5.12: when there are too many nonces, forgetting one lets no replay in", () => {
  const each = server({ maxNonces: 2 });
  const requests = [0, 1, 2].map((now) => answer(each, register(), now));
  const unused = answer(each, register(), 0);
  for (const request of requests) expect(each.verify(3, request)).toMatchObject({ username: "alice" });
  expect(each.verify(3, requests[0]!)).toBe("stale");
  expect(each.verify(3, requests[2]!)).toBe("replayed");
  // The price: a nonce as old that was never used has to be asked for again.
  expect(each.verify(3, unused)).toBe("stale");
});

test("RFC 7616 §5.12: wrong credentials make nobody's nonces be forgotten", () => {
  const each = server({ maxNonces: 1 });
  const right = answer(each, register());
  expect(each.verify(0, right)).toMatchObject({ username: "alice" });
  for (let i = 1; i < 5; i++) {
    each.verify(i, answer(each, register(), i, client(), { username: "alice", password: "wrong" }));
  }
  expect(each.verify(5, right)).toBe("replayed");
});

test("RFC 7616 §3.4: what makes no sense gets 400 and touches nothing", () => {
  const each = server();
  const retry = answer(each, register());
  for (const [name, value] of [
    ["nc", "1"],
    ["nc", "00000000"],
    ["nc", "0000000g"],
    ["nc", undefined],
    ["cnonce", undefined],
    ["response", "zz"],
    ["response", ""],
    ["username", undefined],
    ["uri", undefined],
    ["nonce", undefined],
    ["qop", "auth-conf"],
    ["algorithm", "SHA-1"],
  ] as const) {
    const refusal = each.verify(0, tampered(retry, name, value));
    expect([name, value, refusal]).toEqual([name, value, "malformed"]);
  }
  expect(each.refuse(0, retry, "malformed").statusCode).toBe(400);
  // A parameter twice: two readers could believe different ones.
  const twice = retry.copy();
  const given = retry.headers.get("Authorization")!;
  twice.headers.set("Authorization", { ...given, parameters: [...given.parameters, { name: "username", value: "bob", quoted: true }] });
  expect(each.verify(0, sent(twice))).toBe("malformed");
  expect(each.verify(0, retry)).toMatchObject({ username: "alice" });
});

test("RFC 3261 §22.3: credentials for other realms and of other schemes are left for others", () => {
  const each = server();
  const request = register();
  request.headers.append("Authorization", "Bearer abc");
  request.headers.append(
    "Authorization",
    credentials("Digest", { username: "alice", realm: "other.example", nonce: "n", uri: "sip:x", response: "00" }, "credentials"),
  );
  expect(each.verify(0, sent(request))).toBe("missing");
  expect(each.verify(0, answer(each, request))).toMatchObject({ username: "alice" });
});

test("RFC 7616 §3.5: the server proves that it knows the secret too, and says which body", () => {
  for (const qop of [["auth"], ["auth-int"], []] as const) {
    const each = server({ qop: [...qop] });
    const as = client();
    const retry = answer(each, register(), 0, as);
    const user = each.verify(0, retry);
    if (typeof user === "string") throw new Error(user);
    const response = each.challenge(0, retry);
    response.body = new TextEncoder().encode("hello");
    each.confirm(0, response, user, { nextNonce: true });
    const nonce = authParameter(response.headers.get("Authentication-Info")!, "nextnonce");
    const forged = response.copy();
    forged.body = new TextEncoder().encode("hullo");
    if (qop[0] === "auth-int") expect(as.verify(retry, forged)).toBe("wrong");
    expect(as.verify(retry, response)).toBe("verified");
    const next = sent(as.preauthorize(register(3)));
    expect(authParameter(next.headers.get("Authorization")!, "nonce")).toBe(nonce);
    expect(each.verify(0, next)).toMatchObject({ username: "alice" });
  }
});

test("RFC 7616 §3.4.4: hashed user names", () => {
  const each = server({
    userhash: true,
    users: (_name, claim) => (isUser(hashes, claim, "alice") ? alice : undefined),
  });
  const retry = answer(each, register());
  expect(authParameter(retry.headers.get("Authorization")!, "username")).toBe(userHash(hashes, "SHA-256", "alice:test.local"));
  expect(retry.headers.text("Authorization")).toContain("userhash=true");
  expect(each.verify(0, retry)).toMatchObject({ username: "alice" });
});

test("RFC 7616 §3.4: names and passwords in UTF-8, with quotes and backslashes; extended names", () => {
  const user = { username: 'Jäsøn "the\\rabbit" Doe', realm: 'we "are" \\ here', password: 'пароль: "\\' };
  const each = server({ realm: user.realm, users: (name) => (name === user.username ? user : undefined) });
  expect(each.verify(0, answer(each, register(), 0, client(), user))).toMatchObject({ username: user.username });
  const extended = answer(each, register(), 0, client(), user).copy();
  const given = extended.headers.get("Authorization")!;
  const parameters = given.parameters.map((one) =>
    one.name === "username" ? { name: "username*", value: `UTF-8''${encodeURIComponent(user.username)}`, quoted: false } : one,
  );
  extended.headers.set("Authorization", { ...given, parameters });
  expect(each.verify(0, sent(extended))).toMatchObject({ username: user.username });
});

test("RFC 7616 §3.4.2: credentials may be stored as HA1, for one realm", () => {
  const stored = storedCredentials(hashes, "alice", "test.local", "wonderland");
  expect(JSON.stringify(stored)).not.toContain("wonderland");
  for (const algorithm of DIGEST_ALGORITHMS) {
    const each = server({ algorithms: [algorithm], users: () => stored });
    expect(each.verify(0, answer(each, register()))).toMatchObject({ username: "alice" });
  }
  const other = server({ realm: "other.example", users: () => stored });
  expect(other.verify(0, answer(other, register(), 0, client(), { username: "alice", password: "wonderland" }))).toBe("bad-credentials");
  const foreign = { username: "alice", realm: "other.example", password: "wonderland" };
  expect(ha1Of(hashes, foreign, "MD5", "test.local")).toBeUndefined();
  const misled = server({ users: () => foreign });
  expect(misled.verify(0, answer(misled, register()))).toBe("bad-credentials");
  const half = { username: "alice", realm: "test.local", ha1: { MD5: computeHa1(hashes, "MD5", "alice", "test.local", "wonderland") } };
  expect(client().authorize(register(), server({ algorithms: ["SHA-256"] }).challenge(0, register()), half)).toBeUndefined();
});

test("RFC 7616 §3.4: nothing secret in what a server hands out", () => {
  const each = server();
  const user = each.verify(0, answer(each, register()));
  expect(JSON.stringify(user)).toBe('{"username":"alice","algorithm":"SHA-256","qop":"auth"}');
});

test("RFC 8760: a server needs SHA-256 for its nonces, and a hash for what it offers", () => {
  const md5: DigestHashes = { MD5: hashes.MD5! };
  expect(() => server({ hashes: md5 })).toThrow("SHA-256");
  expect(() => server({ hashes: { "SHA-256": hashes["SHA-256"]! }, algorithms: ["MD5"] })).toThrow("MD5");
  expect(() => server({ nonceKey: new Uint8Array(15) })).toThrow("nonceKey");
  expect(() => digestResponse({}, { algorithm: "MD5", ha1: "", nonce: "", method: "", uri: "" })).toThrow("MD5");
});

test("RFC 7616 §3.4: any Authorization at all is judged without a throw", () => {
  const each = server();
  const retry = answer(each, register());
  const names = ["username", "realm", "nonce", "uri", "response", "qop", "nc", "cnonce", "algorithm", "userhash", "opaque", "x"];
  const parameter = fc.tuple(fc.constantFrom(...names), fc.string({ unit: "binary" }), fc.boolean());
  fc.assert(
    fc.property(fc.array(parameter), fc.boolean(), (extra, keep) => {
      const copy = retry.copy();
      const given = keep ? retry.headers.get("Authorization")!.parameters : [];
      copy.headers.set("Authorization", {
        scheme: "Digest",
        parameters: [...given, ...extra.map(([name, value]) => ({ name, value: value.replace(/[\r\n]/g, ""), quoted: true }))],
      });
      const verdict = each.verify(0, sent(copy));
      expect(
        typeof verdict === "string" || (keep && extra.every(([name]) => name === "x" || name === "opaque" || name === "userhash")),
      ).toBe(true);
    }),
    { numRuns: 200 },
  );
});
