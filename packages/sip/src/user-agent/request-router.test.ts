import { createRequest, type HeadersInit, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { AgentNetwork, ANSWER, OFFER } from "../../test/user-agent-pair.ts";
import type { SipUserAgentOptions } from "./options.ts";
import { SipStack } from "./sip-stack.ts";
import type { SipUserAgent } from "./sip-user-agent.ts";

interface Bench {
  readonly network: AgentNetwork;
  readonly bob: SipUserAgent;
  readonly tester: SipStack;
  /** Sends a request and gives the final response. */
  ask(request: SipRequest): Promise<SipResponse>;
}

/** A user agent, and a bare stack that sends it whatever it likes. */
function bench(options: Partial<SipUserAgentOptions> = {}): Bench {
  const network = new AgentNetwork();
  const bob = network.agent("bob", { software: "Bench/1", ...options });
  const tester = new SipStack({ transports: network.host("192.0.2.9"), clock: network.clock });
  const ask = async (request: SipRequest): Promise<SipResponse> => {
    const flow = await tester.transports.flowTo({ transport: "TCP", ip: "192.0.2.1", port: 5060 });
    const final = new Promise<SipResponse>((resolve, reject) => {
      tester.request(request, flow, {
        response: (response) => {
          if (response.statusCode >= 200) resolve(response);
        },
        failed: (cause) => reject(new Error(cause)),
      });
    });
    return network.until(final);
  };
  return { network, bob, tester, ask };
}

/** A request from the tester. */
function request(
  method: string,
  headers: HeadersInit = {},
  init: { readonly uri?: string; readonly body?: string; readonly version?: string } = {},
): SipRequest {
  return createRequest({
    method,
    uri: init.uri ?? "sip:bob@192.0.2.1",
    ...(init.version === undefined ? {} : { version: init.version }),
    headers: {
      From: "<sip:tester@192.0.2.9>;tag=t",
      To: "<sip:bob@192.0.2.1>",
      "Call-ID": `call-${++callCount}`,
      CSeq: 1,
      Contact: "<sip:tester@192.0.2.9;transport=tcp>",
      ...headers,
    },
    body: init.body,
  });
}
let callCount = 0;

test("RFC 3261 §8.2: each thing that is wrong has its status, and headers that help", async () => {
  const { ask } = bench();
  const statusOf = async (sent: SipRequest): Promise<number> => (await ask(sent)).statusCode;
  expect(await statusOf(request("OPTIONS", {}, { version: "SIP/7.0" }))).toBe(505);
  expect(await statusOf(request("OPTIONS", {}, { uri: "mailto:bob@example.com" }))).toBe(416);
  const unknown = await ask(request("JUGGLE"));
  expect([unknown.statusCode, unknown.headers.all("Allow")]).toEqual([501, expect.arrayContaining(["INVITE", "BYE"])]);
  const notAllowed = await ask(request("REGISTER"));
  expect([notAllowed.statusCode, notAllowed.headers.all("Allow")]).toEqual([405, expect.arrayContaining(["INVITE", "BYE"])]);
  const extension = await ask(request("OPTIONS", { Require: "timer, levitation" }));
  expect([extension.statusCode, extension.headers.all("Unsupported")]).toEqual([420, ["levitation"]]);
  expect((await ask(request("OPTIONS", { From: "<<nonsense" }))).reasonPhrase).toBe("Bad From");
  const unreadable = await ask(request("INVITE", { "Content-Type": "text/x-nothing" }, { body: "x" }));
  expect([unreadable.statusCode, unreadable.headers.text("Accept")]).toEqual([415, "application/sdp"]);
  const encoded = await ask(request("MESSAGE", { "Content-Encoding": "gzip", "Content-Type": "text/plain" }, { body: "x" }));
  expect([encoded.statusCode, encoded.headers.text("Accept-Encoding")]).toEqual([415, "identity"]);
  for (const method of ["BYE", "INFO", "UPDATE", "PRACK", "NOTIFY"]) expect(await statusOf(request(method))).toBe(481);
});

test("RFC 3261 §8.1.1.5: a CSeq with another method is malformed", async () => {
  const { network, tester } = bench();
  const stray: number[] = [];
  tester.onEvent = (event) => {
    if (event.type === "stray-response") stray.push(event.response.statusCode); // its CSeq is the request's: no transaction takes it
  };
  tester.send(request("OPTIONS", { CSeq: "1 INVITE" }), await tester.transports.flowTo({ transport: "TCP", ip: "192.0.2.1", port: 5060 }));
  await network.clock.advance(100);
  expect(stray).toEqual([400]);
});

test("RFC 3261 §12.2.2: a request in a dialog that is not known is refused", async () => {
  const { ask } = bench();
  for (const method of ["INVITE", "BYE", "OPTIONS", "MESSAGE", "UPDATE", "NOTIFY", "SUBSCRIBE"]) {
    const response = await ask(request(method, { To: "<sip:bob@192.0.2.1>;tag=unknown" }));
    expect([method, response.statusCode]).toEqual([method, 481]);
  }
});

test("RFC 3261 §12.2.2: whoever knows a call but not its tags cannot end it", async () => {
  const { network, bob, ask } = bench();
  const alice = network.agent("alice");
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  const call = await network.until(alice.invite("sip:bob@192.0.2.1", { offer: OFFER }));
  const { localTag, remoteTag, callId } = call.dialog!;
  const bye = (from: string, to: string, id: string): SipRequest =>
    request("BYE", { From: `<sip:alice@192.0.2.2>;tag=${from}`, To: `<sip:bob@192.0.2.1>;tag=${to}`, "Call-ID": id, CSeq: 100 });
  expect((await ask(bye("wrong", remoteTag, callId))).statusCode).toBe(481);
  expect((await ask(bye(localTag, "wrong", callId))).statusCode).toBe(481);
  expect((await ask(bye(localTag, remoteTag, "wrong"))).statusCode).toBe(481);
  expect(call.state).toBe("confirmed");
  expect(bob.calls).toHaveLength(1);
});

test("RFC 3261 §8.2.2.2: the same request over another path is merged: 482", async () => {
  const { network, bob, ask } = bench();
  bob.addEventListener("invite", ({ call }) => call.ring());
  const invite = request("INVITE", { "Call-ID": "forked" });
  void ask(invite).catch(() => {});
  await network.clock.advance(100);
  expect((await ask(invite)).statusCode).toBe(482);
});

test("RFC 3261 §9.2: a CANCEL for nothing gets 481", async () => {
  const { network, tester } = bench();
  const flow = await tester.transports.flowTo({ transport: "TCP", ip: "192.0.2.1", port: 5060 });
  const stray: number[] = [];
  tester.onEvent = (event) => {
    if (event.type === "stray-response") stray.push(event.response.statusCode);
  };
  tester.send(request("CANCEL"), flow);
  await network.clock.advance(100);
  expect(stray).toEqual([481]);
});

test("RFC 3261 §11.2: OPTIONS is answered with what the user agent can do", async () => {
  const { ask, bob } = bench({ events: ["presence"], methods: ["PUBLISH"] });
  const response = await ask(request("OPTIONS"));
  expect(response.statusCode).toBe(200);
  expect(response.headers.all("Allow")).toEqual(expect.arrayContaining(["INVITE", "SUBSCRIBE", "PUBLISH"]));
  expect(response.headers.all("Supported")).toEqual(expect.arrayContaining(["100rel", "timer", "replaces"]));
  expect([response.headers.text("Accept"), response.headers.text("Allow-Events"), response.headers.text("Server")]).toEqual([
    "application/sdp",
    "presence",
    "Bench/1",
  ]);
  bob.addEventListener("options", (event) => event.respond(486));
  expect((await ask(request("OPTIONS"))).statusCode).toBe(486);
});

test("RFC 3428: MESSAGE is told and answered; a listener may answer otherwise, and later", async () => {
  const { network, ask, bob } = bench({ methods: ["PUBLISH"] });
  const texts: string[] = [];
  bob.addEventListener("message", ({ text }) => texts.push(text));
  expect((await ask(request("MESSAGE", { "Content-Type": "text/plain" }, { body: "grüezi" }))).statusCode).toBe(200);
  bob.addEventListener("message", (event) => {
    event.defer();
    network.clock.schedule(500, () => event.respond(488));
  });
  expect((await ask(request("MESSAGE", { "Content-Type": "text/plain" }, { body: "again" }))).statusCode).toBe(488);
  expect(texts).toEqual(["grüezi", "again"]);
  expect((await ask(request("PUBLISH"))).statusCode).toBe(405);
  bob.addEventListener("request", (event) => event.respond(200, { headers: { "SIP-ETag": "1" } }));
  expect((await ask(request("PUBLISH"))).headers.text("SIP-ETag")).toBe("1");
});

test("RFC 3891 §3: Replaces that names no call gets 481; twice, 400", async () => {
  const { ask, bob } = bench();
  bob.addEventListener("invite", ({ call }) => void call.accept({ answer: ANSWER }));
  expect((await ask(request("INVITE", { Replaces: "no@call;to-tag=1;from-tag=2" }))).statusCode).toBe(481);
  expect((await ask(request("INVITE", { Replaces: ["a@b;to-tag=1;from-tag=2", "c@d;to-tag=1;from-tag=2"] }))).statusCode).toBe(400);
});

test("somebody who calls and calls leaves room for others", async () => {
  const { network, bob, tester } = bench({ maxCalls: 40 });
  bob.addEventListener("invite", ({ call }) => call.ring());
  const refused: number[] = [];
  const flow = await tester.transports.flowTo({ transport: "TCP", ip: "192.0.2.1", port: 5060 });
  const response = ({ statusCode }: SipResponse): unknown => statusCode >= 200 && refused.push(statusCode);
  for (let i = 0; i < 60; i++) tester.request(request("INVITE"), flow, { response, failed: () => {} });
  await network.clock.advance(1000);
  expect(bob.calls).toHaveLength(20);
  expect(refused).toEqual(Array<number>(40).fill(503));
  const alice = network.agent("alice");
  const call = await network.until(alice.call("sip:bob@192.0.2.1", { offer: OFFER }));
  await network.clock.advance(1000);
  expect(call.state).toBe("early");
  expect(bob.calls).toHaveLength(21);
  await network.until(Promise.all(bob.calls.map((each) => each.hangUp())));
  expect(bob.calls).toEqual([]);
});

test("when all requests are over, nothing of them is kept", async () => {
  const { network, bob, ask } = bench();
  for (let i = 0; i < 20; i++) await ask(request(i % 2 === 0 ? "OPTIONS" : "INVITE"));
  await network.clock.advance(100_000);
  expect(bob.stack.transactions.size).toEqual({ clients: 0, servers: 0 });
  expect(bob.calls).toEqual([]);
});
