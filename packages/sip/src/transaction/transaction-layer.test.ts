import { seededRandom } from "@purertc/simulator";
import { createAck, createCancel, createRequest, createResponse, type SipRequest } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { peerVia, Timeline, testFlow, testRandom, testRequest } from "../../test/transaction-timeline.ts";
import { DEFAULT_SIP_TIMERS, nonInviteTryingDelay } from "./timers.ts";
import type { TransactionEvent } from "./transaction.ts";
import { TransactionLayer } from "./transaction-layer.ts";

/** The events that messages from a peer cause in a fresh layer. */
function eventsOf(...messages: SipRequest[]): string[] {
  const timeline = new Timeline();
  for (const message of messages) timeline.receive(message);
  return timeline.log.map((line) => line.slice(line.indexOf(" ") + 1));
}

test("RFC 3261 §8.1.1.7: branches begin with the cookie and are never the same", () => {
  const timeline = new Timeline();
  const branches = new Set<string>();
  for (let i = 0; i < 500; i++) branches.add(timeline.layer.request(0, testRequest("OPTIONS"), timeline.flow).branch);
  expect(branches.size).toBe(500);
  for (const branch of branches) expect(branch).toMatch(/^z9hG4bK[a-z2-7]{16}$/);
});

test("RFC 3261 §18.1.1, RFC 3581 §3: our Via goes on top, with rport; the caller's request is left alone", () => {
  const timeline = new Timeline("TCP", { sentBy: () => ({ host: "[2001:db8::9]", port: 5070 }) });
  const request = testRequest("OPTIONS", { via: "SIP/2.0/UDP first.example.com;branch=z9hG4bKx" });
  const before = request.headers.texts("Via");
  const { request: sent, branch } = timeline.at(0, () => timeline.layer.request(0, request, timeline.flow));
  expect(sent.headers.texts("Via")).toEqual([`SIP/2.0/TCP [2001:db8::9]:5070;branch=${branch};rport`, ...before]);
  expect(request.headers.texts("Via")).toEqual(before);
  expect(timeline.sent[0]?.message).toBe(sent);
});

test("RFC 3261 §17.1.3: a response belongs to the transaction with its branch and CSeq method; the branch in any case", () => {
  const timeline = new Timeline();
  const { request } = timeline.at(0, () => timeline.layer.request(0, testRequest("OPTIONS"), timeline.flow));
  const other = createResponse(request, 200, { headers: { CSeq: "1 INFO" } });
  const unknown = createResponse(request, 200, { headers: { Via: "SIP/2.0/UDP pc33.example.com;branch=z9hG4bKnobody" } });
  for (const response of [other, unknown]) timeline.receive(response);
  const shouting = createResponse(request, 200);
  shouting.headers.set("Via", request.headers.text("Via")!.toUpperCase());
  timeline.receive(shouting);
  expect(timeline.log).toEqual(["0 send OPTIONS", "0 stray-response 200", "0 stray-response 200", "0 response 200"]);
});

test("RFC 3261 §17.2.3: a request is a retransmission when branch, sent-by and method are the same", () => {
  const first = testRequest("OPTIONS", { via: peerVia("z9hG4bK1", "a.example.com") });
  const again = testRequest("OPTIONS", { via: peerVia("Z9HG4BK1", "A.EXAMPLE.COM") }); // tokens and hosts: in any case
  const otherHost = testRequest("OPTIONS", { via: peerVia("z9hG4bK1", "b.example.com") });
  const otherPort = testRequest("OPTIONS", { via: peerVia("z9hG4bK1", "a.example.com:5070") });
  const otherBranch = testRequest("OPTIONS", { via: peerVia("z9hG4bK2", "a.example.com") });
  const otherMethod = testRequest("INFO", { via: peerVia("z9hG4bK1", "a.example.com") });
  expect(eventsOf(first, again)).toEqual(["request OPTIONS"]);
  expect(eventsOf(first, otherHost, otherPort, otherBranch)).toHaveLength(4);
  expect(eventsOf(first, otherMethod, otherMethod, first)).toEqual(["request OPTIONS", "request INFO"]);
});

test("RFC 3261 §17.2.2: a request that comes again from elsewhere is answered there", () => {
  const timeline = new Timeline();
  const request = testRequest("OPTIONS", { via: peerVia() });
  timeline.receive(request);
  const { request: received, transaction } = timeline.events[0] as Extract<TransactionEvent, { type: "request" }>;
  timeline.at(0, () => timeline.layer.respond(0, transaction, createResponse(received, 200, { toTag: "1" })));
  const elsewhere = testFlow("TCP");
  timeline.receive(request, elsewhere);
  timeline.receive(request);
  expect(timeline.sent.map(({ flow }) => flow)).toEqual([timeline.flow, elsewhere, timeline.flow]);
});

test("RFC 3261 §8.2.7: a stranger's request is answered once and forgotten", () => {
  const timeline = new Timeline();
  const invite = testRequest("INVITE", { via: peerVia() });
  for (let i = 0; i < 2; i++) {
    timeline.receive(invite);
    const { request, transaction } = timeline.events.findLast(({ type }) => type === "request") as Extract<
      TransactionEvent,
      { type: "request" }
    >;
    const challenge = createResponse(request, 401, { toTag: "1" });
    timeline.at(timeline.now, () => timeline.layer.respondOnce(timeline.now, transaction, challenge));
    timeline.at(timeline.now, () => timeline.layer.respondOnce(timeline.now, transaction, challenge)); // too late
    timeline.receive(createAck(invite, challenge));
    expect(timeline.layer.size.servers).toBe(0);
  }
  timeline.run(40_000);
  const once = ["0 request INVITE", "0 send 401", "0 terminated", "0 ack"];
  expect(timeline.log).toEqual([...once, ...once]);
});

test("RFC 3261 §17.2.3: without the cookie, requests are matched by Request-URI, tags, Call-ID, CSeq and Via", () => {
  const via = "SIP/2.0/UDP old.example.com:5060;branch=1";
  const base = testRequest("OPTIONS", { via });
  const same = testRequest("OPTIONS", { via });
  expect(eventsOf(base, same)).toHaveLength(1);
  const differences = [
    testRequest("OPTIONS", { via, uri: "sip:carol@example.com" }),
    testRequest("OPTIONS", { via, toTag: "x" }),
    testRequest("OPTIONS", { via, cseq: 2 }),
    testRequest("INFO", { via }),
    testRequest("OPTIONS", { via: "SIP/2.0/UDP old.example.com:5061;branch=1" }),
  ];
  for (const different of differences) expect(eventsOf(base, different)).toHaveLength(2);
  for (const [name, value] of [
    ["Call-ID", "other"],
    ["From", "<sip:alice@atlanta.example.com>;tag=other"],
  ] as const) {
    const different = testRequest("OPTIONS", { via });
    different.headers.set(name, value);
    expect(eventsOf(base, different)).toHaveLength(2);
  }
});

test("RFC 3261 §17.2.3: the ACK of an RFC 2543 client has the response's To tag; its CANCEL finds the INVITE", () => {
  const timeline = new Timeline();
  const invite = testRequest("INVITE", { via: "SIP/2.0/UDP old.example.com" });
  timeline.receive(invite);
  const event = timeline.events[0];
  if (event?.type !== "request") throw new Error("no request");
  timeline.at(10, () => timeline.receive(createCancel(invite)));
  expect(timeline.events[1]).toMatchObject({ type: "request", cancels: event.transaction });
  const response = createResponse(invite, 487, { toTag: "mine" });
  timeline.at(20, () => timeline.layer.respond(20, event.transaction, response));
  timeline.at(30, () => timeline.receive(createAck(invite, createResponse(invite, 487, { toTag: "other" }))));
  expect(event.transaction.state).toBe("completed");
  timeline.at(40, () => timeline.receive(createAck(invite, response)));
  expect(event.transaction.state).toBe("confirmed");
  timeline.run(10_000);
  expect(event.transaction.state).toBe("terminated");
});

test("RFC 3261 §17.1.4: messages sent outside transactions: a request without Via gets ours, once", () => {
  const timeline = new Timeline();
  const ack = timeline.at(0, () => timeline.layer.send(0, testRequest("ACK", { toTag: "1" }), timeline.flow));
  timeline.at(1, () => timeline.layer.send(1, ack, timeline.flow));
  expect(ack.headers.texts("Via")).toHaveLength(1);
  expect(timeline.sent[1]?.bytes).toEqual(timeline.sent[0]?.bytes);
});

test("RFC 3261 §18.1.2: what cannot be matched is counted and dropped", () => {
  const timeline = new Timeline();
  timeline.receive(testRequest("OPTIONS")); // no Via
  timeline.receive(createResponse(testRequest("OPTIONS", { via: peerVia() }), 99));
  timeline.receive(createResponse(testRequest("OPTIONS", { via: peerVia() }), 700));
  timeline.receive(createResponse(testRequest("OPTIONS", { via: "SIP/2.0/UDP a.example.com" }), 200));
  expect(timeline.log).toEqual([]);
  expect(timeline.layer.counters).toEqual({ refused: 0, unusable: 4 });
});

test("RFC 3261 §21.5.4: beyond the bound requests get 503 without state, beyond a rate nothing, and nobody's transaction is displaced", () => {
  const timeline = new Timeline("UDP", { maxServerTransactions: 100, maxRefusalsPerSecond: 10 });
  const flood = testFlow("UDP", "203.0.113.7");
  for (let i = 0; i < 1000; i++) timeline.receive(testRequest("OPTIONS", { via: peerVia(`z9hG4bKflood${i}`) }), flood);
  expect(timeline.layer.size.servers).toBe(50);
  expect(timeline.sent.map(({ message }) => message.kind === "response" && message.statusCode)).toEqual(Array<number>(10).fill(503));
  expect(timeline.layer.counters.refused).toBe(950);
  const victim = testFlow("UDP", "198.51.100.1");
  timeline.receive(testRequest("INVITE", { via: peerVia("z9hG4bKvictim") }), victim);
  expect(timeline.events.at(-1)).toMatchObject({ type: "request", flow: victim });
  timeline.at(1000, () => timeline.receive(testRequest("OPTIONS", { via: peerVia("z9hG4bKlater") }), flood));
  expect(timeline.sent.at(-1)?.message).toMatchObject({ statusCode: 503 });
});

test("RFC 3261 §9.2: a CANCEL for a known INVITE is taken even when the table is full", () => {
  const timeline = new Timeline("UDP", { maxServerTransactions: 2 });
  const invite = testRequest("INVITE", { via: peerVia("z9hG4bK1") });
  timeline.receive(invite);
  timeline.receive(testRequest("CANCEL", { via: peerVia("z9hG4bKnothing") }));
  timeline.receive(createCancel(invite));
  expect(timeline.log).toEqual(["0 request INVITE", "0 send 503", "0 request CANCEL"]);
});

test("once answered, a transaction lets go of its request, and of a 2xx to INVITE", () => {
  const timeline = new Timeline();
  const answered = ["OPTIONS", "INVITE"].map((method) => {
    const request = testRequest(method, { via: peerVia(`z9hG4bK${method}`) });
    timeline.receive(request);
    const event = timeline.events.at(-1);
    if (event?.type !== "request") throw new Error("no request");
    expect(event.transaction.request).toBe(request);
    timeline.layer.respond(0, event.transaction, createResponse(request, 200, { toTag: "1" }));
    return event.transaction;
  });
  expect(answered.map(({ request }) => request)).toEqual([undefined, undefined]);
  expect(answered.map(({ lastResponse }) => lastResponse?.statusCode)).toEqual([200, undefined]);
});

test("beyond the bound of client transactions `request` throws", () => {
  const timeline = new Timeline("UDP", { maxClientTransactions: 2 });
  for (let i = 0; i < 2; i++) timeline.layer.request(0, testRequest("OPTIONS"), timeline.flow);
  expect(() => timeline.layer.request(0, testRequest("OPTIONS"), timeline.flow)).toThrowError(
    expect.objectContaining({ code: "SIP_TOO_MANY_TRANSACTIONS" }),
  );
});

test("RFC 3261 §17: ACK and CANCEL start no transactions, only INVITE is cancelled, and foreign transactions are refused", () => {
  const timeline = new Timeline();
  const { layer, flow } = timeline;
  for (const method of ["ACK", "CANCEL"]) {
    expect(() => layer.request(0, testRequest(method), flow)).toThrowError(expect.objectContaining({ code: "SIP_REQUEST_METHOD" }));
  }
  const options = layer.request(0, testRequest("OPTIONS"), flow);
  expect(() => layer.cancel(0, options)).toThrowError(expect.objectContaining({ code: "SIP_CANCEL_METHOD" }));
  const foreign = { kind: "server", id: 1, request: testRequest("OPTIONS"), flow, state: "trying", lastResponse: undefined } as const;
  expect(() => layer.respond(0, foreign, createResponse(foreign.request, 200))).toThrowError(
    expect.objectContaining({ code: "SIP_FOREIGN_TRANSACTION" }),
  );
});

test("§1.4 law 7: closed, it says nothing more and refuses calls", () => {
  const timeline = new Timeline();
  timeline.layer.request(0, testRequest("INVITE"), timeline.flow);
  timeline.layer.close(1);
  timeline.receive(testRequest("OPTIONS", { via: peerVia() }));
  timeline.run(100_000);
  expect(timeline.log).toEqual([]);
  expect(timeline.layer.pollTimeout()).toBeUndefined();
  expect(() => timeline.layer.request(2, testRequest("INVITE"), timeline.flow)).toThrowError(
    expect.objectContaining({ code: "SIP_CLOSED" }),
  );
});

test("§1.4 law 1: a clock that goes back is taken to stand still", () => {
  const timeline = new Timeline();
  timeline.at(10_000, () => timeline.layer.request(10_000, testRequest("OPTIONS"), timeline.flow));
  timeline.layer.handleTimeout(0);
  expect(timeline.layer.pollTimeout()).toBe(10_500);
});

test("RFC 3261 appendix A: timers can be set; those that would spin are refused", () => {
  const timeline = new Timeline("UDP", { timers: { t1: 100, t2: 200 } });
  timeline.at(0, () => timeline.layer.request(0, testRequest("OPTIONS"), timeline.flow));
  expect(timeline.run(800).log).toEqual(["0 send OPTIONS", "100 send OPTIONS", "300 send OPTIONS", "500 send OPTIONS", "700 send OPTIONS"]);
  for (const timers of [{ t1: 0 }, { t2: 0 }, { t4: -1 }, { d: Number.NaN }, { t1: Number.POSITIVE_INFINITY }]) {
    expect(() => new TransactionLayer({ random: testRandom(), sentBy: () => ({ host: "a" }), timers })).toThrowError(
      expect.objectContaining({ code: "SIP_TIMERS" }),
    );
  }
  expect(nonInviteTryingDelay(DEFAULT_SIP_TIMERS)).toBe(3500);
});

test("when all transactions are over, nothing of them is kept", () => {
  const timeline = new Timeline();
  const random = seededRandom("all over");
  for (let i = 0; i < 200; i++) {
    const via = random.chance(0.2) ? `SIP/2.0/UDP old${i}.example.com` : peerVia(`z9hG4bK${i}`);
    const method = random.chance(0.5) ? "INVITE" : "OPTIONS";
    const request = createRequest({
      ...{ method, uri: "sip:a@b" },
      headers: { Via: via, From: "<sip:a@b>;tag=1", To: "<sip:b@c>", "Call-ID": `${i}`, CSeq: 1 },
    });
    timeline.receive(request);
    const event = timeline.events.at(-1);
    if (event?.type !== "request") throw new Error("no request");
    if (method === "INVITE" && random.chance(0.5)) timeline.receive(createCancel(request));
    timeline.layer.respond(timeline.now, event.transaction, createResponse(request, random.chance(0.5) ? 200 : 404, { toTag: "2" }));
    const cancel = timeline.events.at(-1);
    if (cancel?.type === "request" && cancel.request.method === "CANCEL")
      timeline.layer.respond(timeline.now, cancel.transaction, createResponse(cancel.request, 200));
    timeline.layer.request(timeline.now, testRequest(method), timeline.flow);
  }
  timeline.run(200_000);
  expect(timeline.layer.size).toEqual({ clients: 0, servers: 0 });
  expect(timeline.layer.pollTimeout()).toBeUndefined();
});
