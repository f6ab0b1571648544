/** What a user agent does when somebody gives up: a signal aborts, time is over, everything closes. Against a peer that never says a word. */
import { createResponse } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { MemoryNetwork } from "../../test/memory-transports.ts";
import { testRequest } from "../../test/transaction-timeline.ts";
import { AgentNetwork, ANSWER, OFFER } from "../../test/user-agent-pair.ts";
import { SipStack } from "./sip-stack.ts";
import { SipUserAgent } from "./sip-user-agent.ts";

const SILENT = "sip:x@192.0.2.99";

/** How a promise fares within some virtual time, and when it was settled. */
async function fate(network: AgentNetwork, promise: Promise<unknown>, limitMs = 60_000): Promise<{ at: number; error: unknown }> {
  const began = network.clock.now();
  const error = await network.until(promise, limitMs).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { at: network.clock.now() - began, error };
}

function abortAfter(network: AgentNetwork, ms: number): { signal: AbortSignal; reason: Error } {
  const controller = new AbortController();
  const reason = new Error("enough");
  network.clock.schedule(ms, () => controller.abort(reason));
  return { signal: controller.signal, reason };
}

test("RFC 3261 §9.1: whoever gives a call up need not wait for the peer; the INVITE is cancelled as soon as it may be", async () => {
  const network = new AgentNetwork();
  const alice = network.agent("alice");
  const { signal, reason } = abortAfter(network, 200);
  expect(await fate(network, alice.invite(SILENT, { offer: OFFER, signal }))).toEqual({ at: 200, error: reason });
  const late = await fate(network, alice.invite(SILENT, { offer: OFFER, timeoutMs: 300 }));
  expect(late).toMatchObject({ at: 300, error: { code: "CANCELLED", statusCode: 487 } });
  const call = await network.until(alice.call(SILENT, { offer: OFFER }));
  void call.hangUp();
  expect(await fate(network, call.accepted)).toMatchObject({ at: 0, error: { code: "CANCELLED" } });
  expect(call.state).not.toBe("ended"); // a 2xx may still come
  expect((await network.until(call.ended)).cause).toBe("cancelled");
});

test("RFC 3261 §9.1: the 200 that comes after the caller has given up gets ACK and BYE", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  let lost = true;
  network.filter = (message) => !(lost && message.kind === "response");
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  const { signal, reason } = abortAfter(network, 100);
  expect((await fate(network, alice.invite("sip:bob@192.0.2.2", { offer: OFFER, signal }))).error).toBe(reason);
  lost = false;
  await network.clock.advance(10_000);
  expect(network.log.slice(-4)).toEqual(["192.0.2.2 200", "192.0.2.1 ACK", "192.0.2.1 BYE", "192.0.2.2 200"]);
  expect([alice.calls, bob.calls]).toEqual([[], []]);
});

test("a signal ends the waiting for every kind of request, also one that was aborted before, and while the DNS is asked", async () => {
  const network = new AgentNetwork();
  const never = (): Promise<never> => new Promise(() => {});
  const alice = network.agent("alice", { dns: { naptr: never, srv: never, a: never, aaaa: never } });
  const kinds: ((target: string, signal: AbortSignal) => Promise<unknown>)[] = [
    (target, signal) => alice.invite(target, { offer: OFFER, signal }),
    (target, signal) => alice.message(target, "x", { signal }),
    (target, signal) => alice.options(target, { signal }),
    (target, signal) => alice.request("PUBLISH", target, { signal }),
    (target, signal) => alice.subscribe(target, { event: "presence", signal }),
    async (target, signal) => (await alice.refer(target, "sip:carol@192.0.2.3", { signal })).completed,
    (target, signal) => alice.register({ registrar: target, signal }),
  ];
  for (const kind of kinds) {
    for (const target of [SILENT, "sip:x@nowhere.example"]) {
      const { signal, reason } = abortAfter(network, 200);
      expect(await fate(network, kind(target, signal))).toEqual({ at: 200, error: reason });
      expect(await fate(network, kind(target, signal))).toEqual({ at: 0, error: reason });
    }
  }
});

test("a signal ends the waiting within a call, which goes on", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob")];
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  const call = await network.until(alice.invite("sip:bob@192.0.2.2", { offer: OFFER }));
  for (const wait of [
    (signal: AbortSignal) => call.info("x", "text/plain", undefined, { signal }),
    (signal: AbortSignal) => call.message("x", undefined, { signal }),
    (signal: AbortSignal) => call.request("OPTIONS", { signal }),
    (signal: AbortSignal) => call.sendDtmf("12", { signal }),
    async (signal: AbortSignal) => call.transfer("sip:carol@192.0.2.3", { signal }).completed,
  ]) {
    network.filter = (message) => message.kind === "request";
    const { signal, reason } = abortAfter(network, 100);
    const waiting = wait(signal);
    await network.clock.advance(300);
    network.filter = () => true;
    expect((await fate(network, waiting)).error).toBe(reason);
    await network.clock.advance(10_000);
    expect((await fate(network, wait(signal))).error).toBe(reason);
  }
  expect(call.state).toBe("confirmed");
  await network.until(call.hangUp());
});

test("close settles everything that waits, and ends every iteration", async () => {
  const network = new AgentNetwork();
  const [alice, bob] = [network.agent("alice"), network.agent("bob", { events: ["presence"] })];
  bob.addEventListener("subscribe", ({ subscription }) => subscription.accept({ contentType: "text/plain", body: "here" }));
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  const subscription = await network.until(alice.subscribe("sip:bob@192.0.2.2", { event: "presence" }));
  await network.until(alice.invite("sip:bob@192.0.2.2", { offer: OFFER }));
  const calls = [alice.calls[0]!, await network.until(alice.call(SILENT, { offer: OFFER }))];
  const iterated = (async () => {
    const texts: string[] = [];
    for await (const { text } of subscription) texts.push(text);
    return texts;
  })();
  const waiting = [
    alice.message(SILENT, "x"),
    alice.subscribe(SILENT, { event: "presence" }),
    alice.register({ registrar: SILENT }),
    alice.invite(SILENT, { offer: OFFER }),
    (await network.until(alice.refer(SILENT, "sip:carol@192.0.2.3"))).completed,
    calls[1]!.accepted,
  ];
  await network.clock.advance(100);
  network.filter = () => false; // nobody hears the goodbyes
  const closing = alice.close({ timeoutMs: 500 });
  expect((await fate(network, closing)).at).toBe(500);
  const settled = await Promise.allSettled(waiting);
  expect(settled.map(({ status }) => status)).toEqual(waiting.map(() => "rejected"));
  expect(await iterated).toEqual(["here"]);
  expect((await Promise.all(calls.map(({ ended }) => ended))).map(({ cause }) => cause)).toEqual(["local-bye", "cancelled"]);
  expect(alice.calls).toEqual([]);
  // And it stays silent.
  const sent = network.log.length;
  await network.clock.advance(100_000);
  expect(network.log.slice(sent).filter((line) => line.startsWith("192.0.2.1 "))).toEqual([]);
});

test("a stack that closes tells those who wait for a response, once; what is answered after that goes nowhere", async () => {
  const network = new MemoryNetwork();
  const [client, server] = ["192.0.2.1", "192.0.2.2"].map((ip) => new SipStack({ transports: network.host(ip), clock: network.clock })) as [
    SipStack,
    SipStack,
  ];
  const told: string[] = [];
  const flow = await client.transports.flowTo({ transport: "UDP", ip: "192.0.2.2", port: 5060 });
  const handlers = (name: string) => ({
    response: () => told.push(`${name} response`),
    failed: (cause: string) => told.push(`${name} ${cause}`),
  });
  server.onEvent = (event) => {
    if (event.type !== "request") return;
    if (event.request.method === "OPTIONS") server.respond(event.transaction, createResponse(event.request, 200, { toTag: "1" }));
    else void server.close().then(() => server.respond(event.transaction, createResponse(event.request, 200, { toTag: "1" })));
  };
  client.request(testRequest("OPTIONS"), flow, handlers("answered"));
  await network.clock.advance(100);
  client.request(testRequest("MESSAGE"), flow, handlers("unanswered"));
  await network.clock.advance(100);
  await client[Symbol.asyncDispose]();
  await client.close();
  expect(told).toEqual(["answered response", "unanswered transport-error"]);
});

test("RFC 3261 §10.2: a registrar that cannot be reached is told at the first try, unless it is to be tried on", async () => {
  const network = new AgentNetwork();
  const alice = network.agent("alice");
  const registrar = "sip:192.0.2.99;transport=tcp";
  expect(await fate(network, alice.register({ registrar }))).toMatchObject({ at: 0, error: { code: "TRANSPORT", statusCode: 503 } });
  expect(await fate(network, alice.register({ registrar: SILENT }))).toMatchObject({ at: 32_000, error: { code: "TIMEOUT" } });
  const registering = alice.register({ registrar, keepTrying: true });
  await network.clock.advance(5000);
  const server = new SipStack({ transports: network.host("192.0.2.99"), clock: network.clock });
  server.onEvent = (event) => {
    if (event.type !== "request") return;
    const contact = event.request.headers.get("Contact");
    const headers =
      contact === undefined || contact === "*" ? {} : { Contact: { ...contact, parameters: contact.parameters.with("expires", 600) } };
    server.respond(event.transaction, createResponse(event.request, 200, { toTag: "s", headers }));
  };
  const registration = await network.until(registering, 200_000);
  expect(registration.state?.contacts).toHaveLength(1);
  await network.until(registration[Symbol.asyncDispose]());
  expect(registration.state).toBeUndefined();
});

test("what a program without types may get wrong is told in words", async () => {
  const make = (options: unknown): SipUserAgent => Reflect.construct(SipUserAgent, options === undefined ? [] : [options]);
  expect(() => make(undefined)).toThrow(/options.uri is needed/);
  expect(() => make({})).toThrow(/options.uri is needed/);
  const agent = make({ uri: "sip:a@b.example", listen: [{ transport: "udp" }] });
  await expect(agent.start()).rejects.toThrow('no transport: "udp"');
  await agent.close();
});
