import { seededRandom } from "@purertc/simulator";
import { createResponse, type SipRequest } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { AgentNetwork, ANSWER, OFFER } from "../../test/user-agent-pair.ts";
import { DigestServer } from "../auth/digest-server.ts";
import { nodeDigestHashes } from "../auth/node-digest-hashes.ts";
import type { IncomingCall } from "./incoming-call.ts";
import { SipStack } from "./sip-stack.ts";
import type { IncomingSubscription } from "./sip-subscription.ts";
import { SipUserAgent } from "./sip-user-agent.ts";

/** A server at an address that answers each request with a status, or as told. */
function server(
  network: AgentNetwork,
  ip: string,
  answer: (request: SipRequest) => number | ReturnType<typeof createResponse>,
): { readonly stack: SipStack; readonly seen: SipRequest[] } {
  const stack = new SipStack({ transports: network.host(ip), clock: network.clock });
  const seen: SipRequest[] = [];
  stack.onEvent = (event) => {
    if (event.type !== "request") return;
    seen.push(event.request);
    const given = answer(event.request);
    stack.respond(event.transaction, typeof given === "number" ? createResponse(event.request, given, { toTag: "s" }) : given);
  };
  return { stack, seen };
}

test("RFC 3261 §8.1: MESSAGE and OPTIONS resolve with a 2xx, and reject with what refuses them", async () => {
  const network = new AgentNetwork();
  const [alice] = [network.agent("alice", { software: "Alice/1", displayName: "Alice" }), network.agent("bob")];
  expect((await network.until(alice!.options("sip:bob@192.0.2.2"))).headers.has("Allow")).toBe(true);
  expect((await network.until(alice!.message("sip:bob@192.0.2.2;transport=tcp", "hello"))).statusCode).toBe(200);
  const { seen } = server(network, "192.0.2.50", () => 404);
  await expect(network.until(alice!.message("sip:x@192.0.2.50", "hello"))).rejects.toMatchObject({ code: "REJECTED", statusCode: 404 });
  expect(seen[0]?.headers.text("User-Agent")).toBe("Alice/1");
  expect(seen[0]?.from).toMatchObject({ displayName: "Alice" });
  expect((await network.until(alice!.request("PUBLISH", "sip:x@192.0.2.50"))).statusCode).toBe(404);
});

test("RFC 3261 §8.1.3.1: no answer is as 408, no connection as 503", async () => {
  const network = new AgentNetwork();
  const alice = network.agent("alice");
  await expect(network.until(alice.options("sip:x@192.0.2.99"))).rejects.toMatchObject({ code: "TIMEOUT", statusCode: 408 });
  await expect(network.until(alice.options("sip:x@192.0.2.99;transport=tcp"))).rejects.toMatchObject({
    code: "TRANSPORT",
    statusCode: 503,
  });
  await expect(network.until(alice.invite("sip:x@nowhere.example", { offer: OFFER }))).rejects.toMatchObject({ code: "TRANSPORT" });
  await expect(alice.options("not a uri")).rejects.toThrow(SyntaxError);
  await expect(alice.request("INVITE", "sip:x@192.0.2.99")).rejects.toMatchObject({ code: "SIP_REQUEST_METHOD" });
});

test("RFC 3263 §4.3: a server that fails is passed over, and left alone for a while", async () => {
  const network = new AgentNetwork();
  const dns = {
    naptr: async () => [],
    srv: async () => [],
    aaaa: async () => [],
    a: async () => ["192.0.2.71", "192.0.2.72", "192.0.2.73"],
  };
  const alice = network.agent("alice", { dns });
  network.host("192.0.2.71").refusing = true; // no answer over UDP
  const overloaded = server(network, "192.0.2.72", (request) =>
    createResponse(request, 503, { toTag: "s", headers: { "Retry-After": 60 } }),
  );
  const good = server(network, "192.0.2.73", () => 200);
  expect((await network.until(alice.options("sip:x@example.com"))).statusCode).toBe(200);
  const begun = network.clock.now();
  expect(begun).toBeGreaterThan(32_000); // the first one's timer F
  expect((await network.until(alice.options("sip:x@example.com"))).statusCode).toBe(200);
  expect(network.clock.now() - begun).toBeLessThan(1000);
  expect([overloaded.seen.length, good.seen.length]).toEqual([1, 2]);
});

test("RFC 3263 §4.3: when all fail, the last failure is told", async () => {
  const network = new AgentNetwork();
  const dns = { naptr: async () => [], srv: async () => [], aaaa: async () => [], a: async () => ["192.0.2.71", "192.0.2.72"] };
  const alice = network.agent("alice", { dns });
  server(network, "192.0.2.71", () => 503);
  server(network, "192.0.2.72", () => 503);
  expect((await network.until(alice.request("OPTIONS", "sip:x@example.com"))).statusCode).toBe(503);
  await expect(network.until(alice.invite("sip:x@example.com", { offer: OFFER }))).rejects.toMatchObject({ statusCode: 503 });
});

test("RFC 3261 §8.1.3.4: redirections are followed, best first, and nothing is tried twice", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  const contacts = ["<sip:x@192.0.2.50>;q=0.1", "<sip:bob@192.0.2.2>;q=0.9"];
  const { seen } = server(network, "192.0.2.50", (request) => createResponse(request, 302, { toTag: "s", headers: { Contact: contacts } }));
  expect((await network.until(alice.message("sip:x@192.0.2.50", "hi"))).statusCode).toBe(200);
  const call = await network.until(alice.invite("sip:x@192.0.2.50", { offer: OFFER }));
  expect(call.state).toBe("confirmed");
  const loops = server(network, "192.0.2.51", (request) =>
    createResponse(request, 302, { toTag: "s", headers: { Contact: "<sip:x@192.0.2.51>" } }),
  );
  await expect(network.until(alice.message("sip:x@192.0.2.51", "hi"))).rejects.toMatchObject({ statusCode: 302 });
  await expect(network.until(alice.invite("sip:x@192.0.2.50", { offer: OFFER, maxRedirects: 0 }))).rejects.toMatchObject({
    statusCode: 302,
  });
  expect([seen.filter(({ method }) => method !== "ACK").length, loops.seen.length]).toEqual([3, 1]);
});

test("RFC 3261 §8.1.3.4: a redirection from sips leads to sips only, and headers of its URI go nowhere", async () => {
  const network = new AgentNetwork();
  const alice = network.agent("alice");
  const Contact = ["<sip:y@192.0.2.50;transport=tls>;q=1", "<sips:z@192.0.2.50;method=BYE?Subject=x>;q=0.5"];
  const { seen } = server(network, "192.0.2.50", (request) =>
    request.uriText.includes("z@") ? 200 : createResponse(request, 302, { toTag: "s", headers: { Contact } }),
  );
  expect((await network.until(alice.message("sips:x@192.0.2.50", "hi"))).statusCode).toBe(200);
  expect(seen.map(({ uriText }) => uriText)).toEqual(["sips:x@192.0.2.50", "sips:z@192.0.2.50"]);
});

test("RFC 3261 §8.1.3.3: a response with two Vias is discarded", async () => {
  const network = new AgentNetwork();
  const alice = network.agent("alice");
  server(network, "192.0.2.50", (request) => {
    const response = createResponse(request, 200, { toTag: "s" });
    response.headers.append("Via", "SIP/2.0/UDP elsewhere.example.com;branch=z9hG4bK1");
    return response;
  });
  await expect(network.until(alice.options("sip:x@192.0.2.50"))).rejects.toMatchObject({ code: "TIMEOUT" });
});

test("RFC 3261 §22.2: challenges are answered, for calls and other requests; wrong credentials are tried once", async () => {
  const network = new AgentNetwork();
  const users = (username: string): { username: string; password: string } | undefined =>
    username === "alice" ? { username, password: "secret" } : undefined;
  const digest = new DigestServer({ hashes: nodeDigestHashes, random: seededRandom("digest"), realm: "example.com", users });
  const { seen } = server(network, "192.0.2.50", (request) => {
    const now = network.clock.now();
    if (request.method === "ACK") return 200;
    const verdict = digest.verify(now, request);
    return typeof verdict === "string" ? digest.challenge(now, request, verdict === "stale") : 404;
  });
  const alice = network.agent("alice", { credentials: { username: "alice", password: "secret" } });
  await expect(network.until(alice.message("sip:x@192.0.2.50", "hi"))).rejects.toMatchObject({ statusCode: 404 });
  await expect(network.until(alice.invite("sip:x@192.0.2.50", { offer: OFFER }))).rejects.toMatchObject({ statusCode: 404 });
  expect(seen.map(({ method, cseq }) => `${cseq?.number} ${method}`)).toEqual(["1 MESSAGE", "2 MESSAGE", "1 INVITE", "2 INVITE"]);
  const mallory = network.agent("mallory", { credentials: { username: "alice", password: "guess" } });
  seen.length = 0;
  await expect(network.until(mallory.message("sip:x@192.0.2.50", "hi"))).rejects.toMatchObject({ statusCode: 401 });
  expect(seen).toHaveLength(2);
  const stranger = network.agent("stranger");
  await expect(network.until(stranger.invite("sip:x@192.0.2.50", { offer: OFFER }))).rejects.toMatchObject({ statusCode: 401 });
});

test("RFC 3323 §4.1: an anonymous call names its caller to the proxy alone", async () => {
  const network = new AgentNetwork();
  const alice = network.agent("alice", { displayName: "Alice" });
  const { seen } = server(network, "192.0.2.50", () => 404);
  await expect(network.until(alice.invite("sip:x@192.0.2.50", { offer: OFFER, anonymous: true }))).rejects.toMatchObject({
    statusCode: 404,
  });
  const [invite] = seen;
  expect(invite?.headers.text("From")).toMatch(/^"Anonymous" <sip:anonymous@anonymous\.invalid>;tag=/);
  expect(invite?.headers.text("Privacy")).toBe("id");
  expect(invite?.headers.text("P-Preferred-Identity")).toBe('"Alice" <sip:alice@192.0.2.1>');
  for (const name of ["From", "Contact", "Call-ID", "Via"]) expect(invite?.headers.text(name)).not.toContain("alice");
});

test("RFC 6665: a subscription is accepted, notified, refreshed and ended", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob", { events: ["presence"] })];
  let incoming: IncomingSubscription | undefined;
  bob.addEventListener("subscribe", ({ subscription }) => {
    incoming = subscription;
    subscription.accept({ contentType: "text/plain", body: "here" });
  });
  const subscription = await network.until(alice.subscribe("sip:bob@192.0.2.2", { event: "presence", expires: 600 }));
  const texts: string[] = [];
  const reading = (async () => {
    for await (const { text } of subscription) texts.push(text);
  })();
  await network.clock.advance(10);
  incoming?.notify("text/plain", "away");
  await network.clock.advance(700_000);
  expect(subscription.state).toBe("active"); // it was refreshed meanwhile
  incoming?.terminate("noresource");
  await network.until(reading);
  expect(texts.slice(0, 2)).toEqual(["here", "away"]);
  expect(subscription.state).toBe("terminated");
});

test("RFC 6665 §4.4.3: a subscription of no duration fetches the state once", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob", { events: ["presence"] })];
  bob.addEventListener("subscribe", ({ subscription }) => subscription.accept({ contentType: "text/plain", body: "here" }));
  const subscription = await network.until(alice.subscribe("sip:bob@192.0.2.2", { event: "presence", expires: 0 }));
  await network.clock.advance(1000);
  expect([subscription.latest?.text, subscription.state]).toEqual(["here", "terminated"]);
  const texts: string[] = [];
  for await (const { text } of subscription) texts.push(text);
  expect(texts).toEqual(["here"]);
});

test("RFC 6665 §4.2.1.1: an event package that is not served gets 489, and so does one that nobody takes", async () => {
  const network = new AgentNetwork();
  const [alice] = [network.agent("alice"), network.agent("bob", { events: ["presence"] }), network.agent("carol")];
  await expect(network.until(alice!.subscribe("sip:bob@192.0.2.2", { event: "dialog" }))).rejects.toMatchObject({ statusCode: 489 });
  await expect(network.until(alice!.subscribe("sip:bob@192.0.2.2", { event: "presence" }))).rejects.toMatchObject({ statusCode: 489 });
  await expect(network.until(alice!.subscribe("sip:carol@192.0.2.3", { event: "presence" }))).rejects.toMatchObject({ statusCode: 489 });
});

test("RFC 3261 §16.12: an outbound proxy is the first hop, as a loose route", async () => {
  const network = new AgentNetwork();
  const { seen } = server(network, "192.0.2.60", () => 404);
  const alice = network.agent("alice", { proxy: "sip:192.0.2.60;transport=tcp" });
  await expect(network.until(alice.invite("sip:bob@example.com", { offer: OFFER }))).rejects.toMatchObject({ statusCode: 404 });
  await expect(network.until(alice.message("sip:bob@example.com", "x"))).rejects.toMatchObject({ statusCode: 404 });
  for (const request of seen) {
    expect(request.uriText).toBe("sip:bob@example.com");
    expect(request.headers.text("Route")).toBe("<sip:192.0.2.60;transport=tcp;lr>");
  }
});

test("a bug that a message brings to light ends neither the process nor other calls", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  const errors: unknown[] = [];
  bob.addEventListener("internalerror", (event) => {
    event.preventDefault();
    errors.push(event.error);
  });
  let call: IncomingCall | undefined;
  bob.addEventListener("invite", (event) => {
    call = event.call;
    void event.call.accept({ answer: ANSWER });
  });
  const ours = await network.until(alice.invite("sip:bob@192.0.2.2", { offer: OFFER }));
  const bug = (): never => {
    throw new Error("a bug");
  };
  Object.assign(call!.session, { handleRequest: bug });
  void ours.message("x").catch(() => {});
  await network.clock.advance(10);
  bob.dispatchEvent = (event) => (event.type === "message" ? bug() : EventTarget.prototype.dispatchEvent.call(bob, event));
  await expect(network.until(alice.message("sip:bob@192.0.2.2", "hi"))).rejects.toMatchObject({ statusCode: 500 });
  expect(errors).toHaveLength(2);
  expect((await network.until(alice.options("sip:bob@192.0.2.2"))).statusCode).toBe(200);
});

test("close hangs up, unsubscribes, and refuses what comes after", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  const call = await network.until(alice.invite("sip:bob@192.0.2.2", { offer: OFFER }));
  await network.until(alice.close());
  expect(call.state).toBe("ended");
  expect(bob.calls).toEqual([]);
  await expect(alice.invite("sip:bob@192.0.2.2")).rejects.toMatchObject({ code: "SIP_CLOSED" });
  expect(alice.close()).toBe(alice.close());
});

test("RFC 3261 §19.1.1: what is no SIP URI is no address", () => {
  expect(() => new SipUserAgent({ uri: "alice" })).toThrow(SyntaxError);
  expect(() => new SipUserAgent({ uri: "tel:+123" })).toThrow(SyntaxError);
  expect(() => new SipUserAgent({ uri: "sip:alice@example.com", proxy: "tel:+123" })).toThrow(SyntaxError);
});

test("close ends subscriptions of others in whatever state; state that comes too late goes nowhere", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob", { events: ["presence"] })];
  const taken: IncomingSubscription[] = [];
  bob.addEventListener("subscribe", ({ subscription }) => taken.push(subscription));
  const [first, second] = [0, 1].map(() => alice.subscribe("sip:bob@192.0.2.2", { event: "presence" }));
  await network.clock.advance(100);
  taken[0]?.accept();
  const subscription = await network.until(first!);
  await network.until(subscription.unsubscribe());
  taken[0]?.notify("text/plain", "late");
  taken[0]?.terminate("noresource");
  await network.until(bob.close());
  await expect(network.until(second!)).rejects.toMatchObject({ statusCode: 480 });
});

test("RFC 3261 §8.1.2: a registrar that was named is the way to its domain, whose name may lead nowhere; a proxy comes before it", async () => {
  const network = new AgentNetwork();
  const { seen } = server(network, "192.0.2.50", (request) => {
    const contact = request.headers.get("Contact");
    const Contact =
      contact === undefined || contact === "*" ? undefined : { ...contact, parameters: contact.parameters.with("expires", 600) };
    return createResponse(request, 200, { toTag: "s", ...(request.method === "REGISTER" && Contact && { headers: { Contact } }) });
  });
  const alice = network.agent("alice", { uri: "sip:alice@test.local" });
  await expect(network.until(alice.message("sip:bob@test.local", "x"))).rejects.toMatchObject({ code: "TRANSPORT" });
  const registration = await network.until(alice.register({ registrar: "sip:192.0.2.50" }));
  await network.until(alice.message("sip:bob@Test.Local", "x"));
  await network.until(alice.message("tel:+358501234567", "x"));
  expect(seen.slice(1).map((request) => [request.uriText, request.headers.text("Route")])).toEqual([
    ["sip:bob@Test.Local", "<sip:192.0.2.50;lr>"],
    ["tel:+358501234567", "<sip:192.0.2.50;lr>"],
  ]);
  for (const target of ["sip:bob@elsewhere.example", "sip:bob@test.local:5070"])
    await expect(network.until(alice.message(target, "x"))).rejects.toMatchObject({ code: "TRANSPORT" });
  await network.until(registration.unregister());
  await expect(network.until(alice.message("sip:bob@test.local", "x"))).rejects.toMatchObject({ code: "TRANSPORT" });

  const through = server(network, "192.0.2.51", () => 200);
  const carol = network.agent("carol", { uri: "sip:carol@test.local", proxy: "sip:192.0.2.51" });
  await network.until(carol.message("sip:bob@test.local", "x"));
  expect(through.seen).toHaveLength(1);
});

test("RFC 3261 §13.2.1: a 2xx without the answer that it must carry is no acceptance", async () => {
  const network = new AgentNetwork();
  const alice = network.agent("alice");
  const { seen } = server(network, "192.0.2.50", (request) => {
    const headers = { Contact: "<sip:x@192.0.2.50>" };
    return createResponse(request, 200, { toTag: "s", ...(request.method === "INVITE" && { headers }) });
  });
  await expect(network.until(alice.invite("sip:x@192.0.2.50", { offer: OFFER }))).rejects.toMatchObject({ code: "ENDED", statusCode: 200 });
  await network.clock.advance(1000);
  expect(seen.map(({ method }) => method)).toEqual(["INVITE", "BYE"]);
});
