import { type SeededRandom, seededRandom } from "@purertc/simulator";
import { createResponse, type NameAddress, parseSipMessage, type SipRequest, type SipResponse, writeSipMessage } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { DigestClient } from "../auth/digest-client.ts";
import { DigestServer } from "../auth/digest-server.ts";
import { nodeDigestHashes as hashes } from "../auth/node-digest-hashes.ts";
import { Registrar } from "../registrar/registrar.ts";
import type { RegistrationOptions } from "./options.ts";
import { Registration } from "./registration.ts";
import type { RegistrationEvent } from "./registration-event.ts";

const INSTANCE = "urn:uuid:00000000-0000-1000-8000-000a95a0e128";

function registration(options: Partial<RegistrationOptions> = {}, random: SeededRandom = seededRandom("ua")): Registration {
  return new Registration({ aor: "sip:alice@test.local", random, ...options });
}

function events(of: Registration): readonly RegistrationEvent[] {
  const all: RegistrationEvent[] = [];
  for (let event = of.pollEvent(); event !== undefined; event = of.pollEvent()) all.push(event);
  return all;
}

/** Starts and opens every flow; the REGISTERs that follow. */
function open(of: Registration, now = 0): readonly SipRequest[] {
  of.start(now);
  return opened(of, now);
}

function opened(of: Registration, now: number): readonly SipRequest[] {
  for (const event of events(of))
    if (event.type === "open-flow") of.flowOpened(now, event.regId, `sip:alice@192.0.2.${event.regId}:5060`, "UDP");
  return requests(of);
}

function requests(of: Registration): readonly SipRequest[] {
  return events(of).flatMap((event) => (event.type === "request" ? [event.request] : []));
}

function ok(request: SipRequest, expires: number | undefined = 3600, more: Readonly<Record<string, string>> = {}): SipResponse {
  const contact = request.headers.get("Contact") as NameAddress;
  const parameters = expires === undefined ? contact.parameters.without("expires") : contact.parameters.with("expires", expires);
  return createResponse(request, 200, { headers: { Contact: { ...contact, parameters }, ...more } });
}

const summary = (of: Registration): readonly unknown[] =>
  events(of).map((event) => (event.type === "failed" ? [event.type, event.regId, event.failure.reason] : [event.type, event.regId]));

test("RFC 3261 §10.2: what a REGISTER says", () => {
  const [request] = open(
    registration({
      expires: 600,
      q: 0.5,
      headers: { "User-Agent": "x/1", Contact: "<sip:evil@x>" },
      contactParameters: { methods: '"INVITE"' },
    }),
  );
  const text = new TextDecoder().decode(writeSipMessage(request!));
  expect(text.replace(/tag=\w+/, "tag=T").replace(/Call-ID: \w+/, "Call-ID: C")).toBe(
    [
      "REGISTER sip:test.local SIP/2.0",
      "From: <sip:alice@test.local>;tag=T",
      "To: <sip:alice@test.local>",
      "Call-ID: C",
      "CSeq: 1 REGISTER",
      'Contact: <sip:alice@192.0.2.1:5060>;methods="INVITE";q=0.5;expires=600',
      "Expires: 600",
      "Supported: path",
      "Max-Forwards: 70",
      "Content-Length: 0",
      "User-Agent: x/1",
      "",
      "",
    ].join("\r\n"),
  );
});

test("RFC 3261 §10.2.4: refreshed before it ends, with the same Call-ID and the next CSeq", () => {
  const of = registration();
  const [request] = open(of);
  of.handleResponse(1000, 1, ok(request!, 600));
  const [event] = events(of);
  expect(event).toMatchObject({ type: "registered", state: { expiresAt: 601_000, outbound: false, publicGruu: undefined } });
  const at = of.pollTimeout()!;
  expect(at).toBeGreaterThan(1000 + 480_000);
  expect(at).toBeLessThan(1000 + 540_000);
  of.handleTimeout(at - 1);
  expect(events(of)).toEqual([]);
  of.handleTimeout(at);
  const [refresh] = requests(of);
  expect([refresh?.callId, refresh?.cseq?.number, refresh?.fromTag]).toEqual([request?.callId, 2, request?.fromTag]);
  // What comes late, or was not asked for, is not believed.
  of.handleResponse(at, 1, ok(request!, 600));
  of.handleResponse(at, 1, createResponse(refresh!, 100));
  expect(events(of)).toEqual([]);
});

test("RFC 3261 §10.2.4: early enough for a refresh to be tried until it times out, even on short leases", () => {
  for (const seconds of [100, 120, 200, 3600]) {
    const of = registration();
    of.handleResponse(0, 1, ok(open(of)[0]!, seconds));
    expect(of.pollTimeout()).toBeLessThanOrEqual(seconds * 1000 - 32_000 * (seconds > 96 ? 1 : 0));
  }
});

test("RFC 3261 §22: answers a challenge once, against a real registrar, then keeps its nonce", () => {
  const random = seededRandom("digest");
  const server = new DigestServer({ hashes, random, realm: "test.local", users: () => ({ username: "alice", password: "secret" }) });
  const digest = new DigestClient({ hashes, random });
  const of = registration({ digest, credentials: { username: "alice", password: "secret" } });
  const [first] = open(of);
  of.handleResponse(0, 1, server.challenge(0, first!));
  const [second] = requests(of);
  expect(second?.cseq?.number).toBe(2);
  expect(server.verify(0, second!)).toMatchObject({ username: "alice" });
  of.handleResponse(0, 1, ok(second!));
  events(of);
  of.refresh(5000);
  const [third] = requests(of);
  expect(server.verify(0, third!)).toMatchObject({ username: "alice" });
  // A nonce that has become too old costs a round trip, no more.
  of.handleResponse(5000, 1, server.challenge(5000, third!, true));
  expect(server.verify(5000, requests(of)[0]!)).toMatchObject({ username: "alice" });
});

test("RFC 3261 §22.2: credentials that are refused are not tried for ever", () => {
  const random = seededRandom("digest");
  const server = new DigestServer({ hashes, random, realm: "test.local" });
  const of = registration({ digest: new DigestClient({ hashes, random }), credentials: { username: "alice", password: "wrong" } });
  of.handleResponse(0, 1, server.challenge(0, open(of)[0]!));
  of.handleResponse(0, 1, server.challenge(0, requests(of)[0]!));
  expect(summary(of)).toEqual([["failed", 1, "credentials"]]);
  expect(of.pollTimeout()).toBeUndefined();
  const none = registration();
  none.handleResponse(0, 1, server.challenge(0, open(none)[0]!));
  expect(summary(none)).toEqual([["failed", 1, "credentials"]]);
});

test("RFC 3261 §10.2.8: 423 is obeyed", () => {
  const of = registration({ expires: 60 });
  const [request] = open(of);
  of.handleResponse(0, 1, createResponse(request!, 423, { headers: { "Min-Expires": 300 } }));
  const [again] = requests(of);
  expect(again?.headers.get("Expires")).toBe(300);
  // A registrar that goes on asking for what it has got is not obeyed for ever.
  of.handleResponse(0, 1, createResponse(again!, 423, { headers: { "Min-Expires": 300 } }));
  expect(summary(of)).toEqual([["failed", 1, "refused"]]);
});

test("RFC 3261 §20.33: Retry-After is waited for; refusals for good are not tried again", () => {
  const of = registration();
  of.handleResponse(0, 1, createResponse(open(of)[0]!, 500, { headers: { "Retry-After": 120 } }));
  expect(events(of)).toMatchObject([{ type: "failed", failure: { statusCode: 500 }, retryAt: 120_000 }]);
  of.handleTimeout(120_000);
  of.handleResponse(120_000, 1, createResponse(requests(of)[0]!, 403));
  expect(events(of)).toMatchObject([{ type: "failed", failure: { reason: "refused", statusCode: 403 }, retryAt: undefined }]);
  of.start(200_000); // unless the owner says so
  expect(opened(of, 200_000)).toHaveLength(1);
});

test("RFC 3261 §8.1.3.4: a redirection to another registrar, a few times", () => {
  const of = registration();
  let [request] = open(of);
  const registrars: string[] = [];
  for (let hop = 1; request !== undefined && hop < 20; hop++) {
    registrars.push(request.uriText);
    of.handleResponse(0, 1, createResponse(request, 302, { headers: { Contact: `<sip:r${hop}.test.local>` } }));
    [request] = opened(of, 0);
  }
  expect(registrars).toEqual(["sip:test.local", ...[1, 2, 3, 4, 5].map((hop) => `sip:r${hop}.test.local`)]);
});

test("RFC 5626 §4.5: waits double from 30 s to 30 minutes, and are anywhere from half to all", () => {
  const of = registration();
  let now = 0;
  let [request] = open(of);
  const waits: number[] = [];
  for (let failure = 0; failure < 9; failure++) {
    expect(request).toBeDefined();
    of.requestFailed(now, 1, "timeout", "timer F");
    const at = of.pollTimeout()!;
    waits.push((at - now) / 1000);
    now = at;
    of.handleTimeout(now);
    [request] = opened(of, now);
  }
  for (const [index, upper] of [60, 120, 240, 480, 960, 1800, 1800, 1800, 1800].entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(upper / 2);
    expect(waits[index]).toBeLessThanOrEqual(upper);
  }
});

test("RFC 5626 §4.2: two flows, their reg-ids and routes; one fails while the other holds", () => {
  const routes = ["sip:ep1.test.local;lr", "sip:ep2.test.local;lr"];
  const of = registration({ instanceId: INSTANCE, routes });
  of.start(0);
  const opening = events(of);
  expect(opening).toMatchObject([1, 2].map((regId) => ({ type: "open-flow", regId, route: routes[regId - 1] })));
  of.flowOpened(0, 1, "sip:alice@192.0.2.1", "TCP");
  of.flowOpened(0, 2, "sip:alice@192.0.2.1", "TCP");
  const [first, second] = requests(of);
  expect([first, second].map((each) => each?.headers.text("Contact"))).toEqual(
    [1, 2].map((regId) => `<sip:alice@192.0.2.1>;+sip.instance="<${INSTANCE}>";reg-id=${regId};expires=3600`),
  );
  expect(first?.headers.text("Route")).toBe("<sip:ep1.test.local;lr>");
  expect(second?.headers.text("Supported")).toBe("path, outbound, gruu");
  expect([first?.callId, first?.cseq?.number, second?.cseq?.number]).toEqual([second?.callId, 1, 2]);
  of.handleResponse(0, 1, ok(first!, 3600, { Require: "outbound", "Flow-Timer": "100" }));
  of.requestFailed(0, 2, "transport-error", "refused");
  const [registered, failed] = events(of);
  expect(registered).toMatchObject({ type: "registered", state: { outbound: true } });
  const { keepAliveMs } = (registered as Extract<RegistrationEvent, { type: "registered" }>).state;
  expect(keepAliveMs >= 80_000 && keepAliveMs <= 100_000).toBe(true);
  // The base is 90 s while another flow is up.
  const { retryAt } = failed as Extract<RegistrationEvent, { type: "failed" }>;
  expect(retryAt! >= 90_000 && retryAt! <= 180_000).toBe(true);
  expect(of.registered).toBe(true);
  of.handleTimeout(retryAt!);
  expect(summary(of)).toEqual([["open-flow", 2]]);
});

test("RFC 5626 §4.5: a flow that worked is opened again at once; the second of two that break as soon as they stand is not", () => {
  const of = registration({ instanceId: INSTANCE });
  of.handleResponse(0, 1, ok(open(of)[0]!));
  events(of);
  of.flowFailed(60_000, 1, "no pong");
  expect(summary(of)).toEqual([
    ["failed", 1, "flow-failed"],
    ["open-flow", 1],
  ]);
  of.flowOpened(60_000, 1, "sip:alice@192.0.2.7", "TCP");
  of.handleResponse(60_000, 1, ok(requests(of)[0]!));
  events(of);
  of.flowFailed(61_000, 1, "closed");
  expect(summary(of).at(-1)).toEqual(["open-flow", 1]);
  of.flowOpened(61_000, 1, "sip:alice@192.0.2.7", "TCP");
  of.handleResponse(61_000, 1, ok(requests(of)[0]!));
  events(of);
  of.flowFailed(61_500, 1, "closed");
  expect(summary(of)).toEqual([["failed", 1, "flow-failed"]]);
  expect(of.pollTimeout()).toBeGreaterThanOrEqual(61_500 + 30_000);
  of.flowFailed(62_000, 1, "again"); // told twice
  expect(events(of)).toEqual([]);
});

test("RFC 5626 §4.2.1: 439 is answered by registering without outbound", () => {
  const of = registration({ instanceId: INSTANCE });
  of.handleResponse(0, 1, createResponse(open(of)[0]!, 439));
  const [again] = requests(of);
  expect(again?.headers.text("Contact")).not.toContain("reg-id");
  expect(again?.headers.text("Supported")).toBe("path, gruu");
});

test("RFC 3261 §10.2.2: unregistering removes the binding, whatever the registrar says", () => {
  for (const end of ["200", "500", "timeout"] as const) {
    const of = registration();
    of.handleResponse(0, 1, ok(open(of)[0]!));
    events(of);
    of.unregister(1);
    const [request] = requests(of);
    expect(request?.headers.text("Contact")).toBe("<sip:alice@192.0.2.1:5060>;expires=0");
    expect(request?.headers.get("Expires")).toBe(0);
    if (end === "timeout") of.requestFailed(2, 1, "timeout", "timer F");
    else of.handleResponse(2, 1, createResponse(request!, Number(end)));
    expect(summary(of)).toEqual([["unregistered", 1]]);
    expect([of.registered, of.pollTimeout()]).toEqual([false, undefined]);
  }
});

test("RFC 3261 §10.2: unregistering waits for the REGISTER under way", () => {
  const of = registration();
  const [request] = open(of);
  of.unregister(1);
  expect(events(of)).toEqual([]);
  of.handleResponse(2, 1, ok(request!));
  const [removal] = requests(of);
  expect(removal?.headers.get("Expires")).toBe(0);
  of.handleResponse(3, 1, createResponse(removal!, 200));
  expect(summary(of)).toEqual([["unregistered", 1]]);
  const never = registration();
  never.start(0);
  never.unregister(0);
  expect(summary(never)).toEqual([["open-flow", 1]]);
  never.flowOpened(1, 1, "sip:alice@192.0.2.1", "TCP");
  expect(summary(never)).toEqual([["unregistered", 1]]);
});

test("RFC 3261 §10.2.4: a 200 without our contact is no registration", () => {
  const of = registration();
  of.handleResponse(0, 1, createResponse(open(of)[0]!, 200, { headers: { Contact: "<sip:other@192.0.2.9>;expires=60" } }));
  expect(summary(of)).toEqual([["failed", 1, "not-bound"]]);
  expect(of.pollTimeout()).toBeGreaterThan(0);
});

test("with our own registrar: GRUUs are learnt, flows replaced, and all of it is removed", async () => {
  const registrar = new Registrar({
    domains: ["test.local"],
    random: seededRandom("registrar"),
    serviceRoute: ["sip:p.test.local;lr"],
    flowTimer: 60,
  });
  const of = registration({ instanceId: INSTANCE });
  const serve = async (request: SipRequest, now: number): Promise<void> => {
    const parsed = parseSipMessage(writeSipMessage(request));
    if (!("kind" in parsed) || parsed.kind !== "request") throw new Error("not a request");
    of.handleResponse(now, 1, await registrar.register(now, parsed));
  };
  await serve(open(of)[0]!, 0);
  expect(events(of)).toMatchObject([
    {
      type: "registered",
      state: { outbound: true, publicGruu: `sip:alice@test.local;gr=${INSTANCE}`, serviceRoute: [{ uri: { host: "p.test.local" } }] },
    },
  ]);
  of.flowFailed(20_000, 1, "closed");
  const [event] = events(of).filter(({ type }) => type === "open-flow");
  expect(event).toBeDefined();
  of.flowOpened(20_000, 1, "sip:alice@192.0.2.99", "TCP");
  await serve(requests(of)[0]!, 20_000);
  expect(await registrar.lookup(20_000, "sip:alice@test.local")).toMatchObject([{ contact: "sip:alice@192.0.2.99", regId: 1 }]);
  events(of);
  of.unregister(30_000);
  await serve(requests(of)[0]!, 30_000);
  expect(await registrar.lookup(30_000, "sip:alice@test.local")).toEqual([]);
});

test("what cannot be registered is refused at once", () => {
  expect(() => registration({ aor: "tel:+1" })).toThrow("SIP URI");
  expect(() => registration({ routes: ["sip:a", "sip:b"] })).toThrow("instanceId");
});
